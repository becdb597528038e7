//! Rules of what the issuance journal reads and writes.

use agentidp_domain::agent::{Agent, AgentStatus};
use agentidp_domain::id::{CredentialId, OrganizationId, TrustPolicyId};
use agentidp_domain::time::Month;
use agentidp_domain::token::BatchRows;

use crate::fixtures::{
    at, change_agent, policy, policy_of, repository, revocation, store_policy, stored_agent,
    stored_credential, stored_organization, uuid,
};
use crate::harness::Target;

pub async fn credential_states(target: &Target) {
    let usable = stored_credential(target).await;
    let revoked = stored_credential(target).await;
    let suspended = stored_credential(target).await;
    let mut work = target.write().await;
    work.credentials()
        .revoke(revoked.credential_id, at(1))
        .await
        .unwrap();
    let mut agent = work
        .agents()
        .find(suspended.agent_id)
        .await
        .unwrap()
        .unwrap();
    agent.status = AgentStatus::Suspended;
    work.agents().update(&agent).await.unwrap();

    let ids = [
        usable.credential_id,
        revoked.credential_id,
        suspended.credential_id,
        CredentialId::new(uuid()),
    ];
    let states = work.journal().credential_states(&ids).await.unwrap();
    assert_eq!(states.len(), 3);
    for state in states {
        assert_eq!(state.active, state.credential_id == usable.credential_id);
        if state.active {
            assert_eq!(state.selector, usable.selector);
        }
    }
    assert!(
        work.journal()
            .credential_states(&[])
            .await
            .unwrap()
            .is_empty()
    );
}

pub async fn usable_policies(target: &Target) {
    let active = stored_agent(target).await;
    let suspended = stored_agent(target).await;
    let ended = stored_agent(target).await;
    let deleted = policy_of(&suspended);
    let bootstrap = policy(active.organization_id);
    let mut linked = Vec::new();
    for agent in [&active, &suspended, &ended] {
        let mut policy = policy_of(agent);
        policy.repository = repository("acme/linked");
        store_policy(target, &policy).await;
        linked.push(policy.policy_id);
    }
    store_policy(target, &bootstrap).await;
    store_policy(target, &deleted).await;
    let ids = [&linked[..], &[bootstrap.policy_id, deleted.policy_id]].concat();

    let usable = async |ids: &[TrustPolicyId]| {
        let mut work = target.write().await;
        let mut usable = work.journal().usable_policies(ids).await.unwrap();
        usable.sort_unstable();
        usable
    };
    let mut wanted = ids.clone();
    wanted.sort_unstable();
    assert_eq!(usable(&ids).await, wanted);

    let set = |status| move |agent: &mut Agent| agent.status = status;
    change_agent(target, suspended.agent_id, set(AgentStatus::Suspended)).await;
    change_agent(target, ended.agent_id, set(AgentStatus::Decommissioned)).await;
    let tenant = deleted.organization_id;
    let mut work = target.write_in(tenant).await;
    let policies = work.trust_policies();
    let removed = policies.delete(tenant, deleted.policy_id).await.unwrap();
    assert!(removed.is_some());
    work.commit().await.unwrap();

    let mut wanted = vec![linked[0], bootstrap.policy_id];
    wanted.sort_unstable();
    let unknown = TrustPolicyId::new(uuid());
    assert_eq!(usable(&[&ids[..], &[unknown]].concat()).await, wanted);
    assert!(usable(&[unknown]).await.is_empty());
    assert!(usable(&[]).await.is_empty());
}

/// A batch that only counts.
fn counts(month: Month, issued: &[(OrganizationId, i64)]) -> BatchRows<'_> {
    BatchRows {
        records: &[],
        heads: &[],
        usage: &[],
        month,
        issued,
    }
}

pub async fn quotas_and_counts(target: &Target) {
    let first = stored_organization(target).await;
    let second = stored_agent(target).await.organization_id;
    let (month, other) = (at(0).month(), at(60 * 86_400).month());
    let mut work = target.write().await;
    let journal = work.journal();
    for (month, issued) in [
        (month, &[(first, 3), (first, 4)][..]),
        (month, &[(first, 1), (second, 2)]),
        (other, &[(first, 100)]),
        (month, &[]),
    ] {
        journal.write(counts(month, issued)).await.unwrap();
    }
    let unknown = OrganizationId::new(uuid());
    let mut issued: Vec<_> = journal
        .quotas(&[first, second, OrganizationId::SYSTEM, unknown], month)
        .await
        .unwrap()
        .into_iter()
        .map(|quota| (quota.organization.organization_id, quota.issued))
        .collect();
    issued.sort_unstable();
    let mut wanted = vec![(first, 8), (second, 2), (OrganizationId::SYSTEM, 0)];
    wanted.sort_unstable();
    assert_eq!(issued, wanted);
    assert_eq!(work.tokens().issued_in(first, other).await.unwrap(), 100);
    assert_eq!(
        work.tokens()
            .issued_in(OrganizationId::SYSTEM, month)
            .await
            .unwrap(),
        0
    );
}

pub async fn revocations_are_added_once(target: &Target) {
    let mut bootstrap = revocation(100);
    bootstrap.agent_id = None;
    let rows = [bootstrap, revocation(200)];
    let mut work = target.write().await;
    let added = work.journal().add_revocations(&rows[..1]).await.unwrap();
    assert_eq!(added, [rows[0].token_id]);
    let added = work
        .journal()
        .add_revocations(&[rows[0], rows[1], rows[1]])
        .await
        .unwrap();
    assert_eq!(added, [rows[1].token_id]);
    assert!(
        work.journal()
            .add_revocations(&[])
            .await
            .unwrap()
            .is_empty()
    );
    let mut live = work.tokens().live_revocations(0).await.unwrap();
    live.sort_by_key(|row| row.expires_at);
    assert_eq!(live, rows);
}
