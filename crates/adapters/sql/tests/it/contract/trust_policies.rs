//! Rules of stored trust policies.

use agentidp_domain::error::Constraint;
use agentidp_domain::id::{AgentId, OrganizationId, TrustPolicyId};
use agentidp_domain::workload::{Branch, TrustPolicy};

use super::{assert_conflict, assert_corrupt};
use crate::fixtures::{
    agent, at, policy, policy_of, repository, store_agent, store_policy, stored_agent,
    stored_organization, uuid,
};
use crate::harness::Target;

async fn listed(
    target: &Target,
    organization: OrganizationId,
    agent: Option<AgentId>,
) -> Vec<TrustPolicy> {
    let mut work = target.read().await;
    let listed = work.trust_policies().list(organization, agent).await;
    listed.unwrap()
}

async fn deleted(target: &Target, tenant: OrganizationId, id: TrustPolicyId) -> bool {
    let mut work = target.write_in(tenant).await;
    let deleted = work.trust_policies().delete(tenant, id).await.unwrap();
    work.commit().await.unwrap();
    deleted.is_some()
}

/// The same rule under another id.
fn again(policy: &TrustPolicy) -> TrustPolicy {
    TrustPolicy {
        policy_id: TrustPolicyId::new(uuid()),
        created_at: at(9),
        updated_at: at(9),
        ..policy.clone()
    }
}

pub async fn round_trip(target: &Target) {
    let agent = stored_agent(target).await;
    let organization = agent.organization_id;
    let bare = policy(organization);
    let full = TrustPolicy {
        repository: repository("Acme-1/app_x.rs"),
        branch: Some(Branch::exact("feature/ä-'1'")),
        agent_id: Some(agent.agent_id),
        repository_id: Some("1296269".to_owned()),
        repository_owner_id: Some("583231".to_owned()),
        created_at: at(1),
        updated_at: at(2),
        ..policy(organization)
    };
    store_policy(target, &bare).await;
    store_policy(target, &full).await;
    let wanted = [full.clone(), bare.clone()];
    assert_eq!(listed(target, organization, None).await, wanted);

    let mut work = target.write_in(organization).await;
    let policies = work.trust_policies();
    for policy in wanted {
        let id = policy.policy_id;
        let removed = policies.delete(organization, id).await.unwrap();
        assert_eq!(removed, Some(policy));
        assert_eq!(policies.delete(organization, id).await.unwrap(), None);
    }
    work.commit().await.unwrap();
    assert!(listed(target, organization, None).await.is_empty());
}

pub async fn conflict_then_continue(target: &Target) {
    let organization = stored_organization(target).await;
    let first = policy(organization);
    let mut second = policy(organization);
    second.branch = Some(Branch::exact("main"));
    second.created_at = at(1);

    let mut work = target.write_in(organization).await;
    let policies = work.trust_policies();
    policies.insert(&first).await.unwrap();
    let refused = policies.insert(&again(&first)).await;
    assert_conflict(refused, Constraint::TrustPolicy);
    policies.insert(&second).await.unwrap();
    work.commit().await.unwrap();
    let wanted = [second, first.clone()];
    assert_eq!(listed(target, organization, None).await, wanted);

    // A rule that was deleted can be made again.
    assert!(deleted(target, organization, first.policy_id).await);
    store_policy(target, &again(&first)).await;
    assert_eq!(listed(target, organization, None).await.len(), 2);
}

pub async fn absent_values_are_equal(target: &Target) {
    let agent = stored_agent(target).await;
    let organization = agent.organization_id;
    for branch in [None, Some(Branch::exact("main"))] {
        for agent_id in [None, Some(agent.agent_id)] {
            let branch = branch.clone();
            let policy = TrustPolicy {
                branch,
                agent_id,
                ..policy(organization)
            };
            let mut work = target.write_in(organization).await;
            let policies = work.trust_policies();
            policies.insert(&policy).await.unwrap();
            let refused = policies.insert(&again(&policy)).await;
            assert_conflict(refused, Constraint::TrustPolicy);
            work.commit().await.unwrap();
            let refused = target
                .write_in(organization)
                .await
                .trust_policies()
                .insert(&again(&policy))
                .await;
            assert_conflict(refused, Constraint::TrustPolicy);
        }
    }
    assert_eq!(listed(target, organization, None).await.len(), 4);
}

pub async fn rules_are_compared_exactly(target: &Target) {
    let first = stored_agent(target).await;
    let organization = first.organization_id;
    let second = agent(organization);
    store_agent(target, &second).await;
    let mut rule = policy_of(&first);
    rule.branch = Some(Branch::exact("main"));
    let branch = |name| Some(Branch::exact(name));
    let others = [
        TrustPolicy {
            repository: repository("Acme/app"),
            ..again(&rule)
        },
        TrustPolicy {
            branch: branch("Main"),
            ..again(&rule)
        },
        TrustPolicy {
            branch: branch("main/"),
            ..again(&rule)
        },
        TrustPolicy {
            agent_id: Some(second.agent_id),
            ..again(&rule)
        },
        TrustPolicy {
            agent_id: None,
            organization_id: stored_organization(target).await,
            ..again(&rule)
        },
    ];
    store_policy(target, &rule).await;
    for other in &others {
        store_policy(target, other).await;
    }
    assert_eq!(listed(target, organization, None).await.len(), 5);
}

pub async fn newest_first(target: &Target) {
    let organization = stored_organization(target).await;
    let mut wanted = Vec::new();
    for (number, created) in [0, 5, 0, 5, 0, 3].into_iter().enumerate() {
        let mut policy = policy(organization);
        policy.repository = repository(&format!("acme/app{number}"));
        policy.created_at = at(created);
        policy.updated_at = at(-created);
        store_policy(target, &policy).await;
        wanted.push(policy);
    }
    wanted.sort_unstable_by_key(|policy| (policy.created_at, policy.policy_id));
    wanted.reverse();
    assert_eq!(listed(target, organization, None).await, wanted);
}

pub async fn of_one_agent(target: &Target) {
    let first = stored_agent(target).await;
    let organization = first.organization_id;
    let second = agent(organization);
    store_agent(target, &second).await;
    let of_first = policy_of(&first);
    let mut newer = policy_of(&first);
    newer.branch = Some(Branch::exact("main"));
    newer.created_at = at(1);
    for policy in [
        &of_first,
        &newer,
        &policy_of(&second),
        &policy(organization),
    ] {
        store_policy(target, policy).await;
    }
    let found = listed(target, organization, Some(first.agent_id)).await;
    assert_eq!(found, [newer, of_first]);
    let found = listed(target, organization, Some(second.agent_id)).await;
    assert_eq!(found.len(), 1);
    let unknown = AgentId::new(uuid());
    assert!(listed(target, organization, Some(unknown)).await.is_empty());
    assert_eq!(listed(target, organization, None).await.len(), 4);
}

pub async fn tenants_are_apart(target: &Target) {
    let own = policy(stored_organization(target).await);
    let agent = stored_agent(target).await;
    let foreign = policy_of(&agent);
    store_policy(target, &own).await;
    store_policy(target, &foreign).await;
    let tenant = own.organization_id;
    let all = listed(target, tenant, None).await;
    assert_eq!(all, std::slice::from_ref(&own));
    let found = listed(target, tenant, Some(agent.agent_id)).await;
    assert!(found.is_empty());

    assert!(!deleted(target, tenant, foreign.policy_id).await);
    // The owner of a policy does not delete it in the name of somebody else.
    let mut work = target.write_in(foreign.organization_id).await;
    let policies = work.trust_policies();
    let missed = policies.delete(tenant, foreign.policy_id).await;
    assert_eq!(missed.unwrap(), None);
    work.commit().await.unwrap();
    let kept = listed(target, foreign.organization_id, None).await;
    assert_eq!(kept, std::slice::from_ref(&foreign));

    assert!(deleted(target, foreign.organization_id, foreign.policy_id).await);
    assert_eq!(listed(target, tenant, None).await, [own]);
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let policy = policy(stored_organization(target).await);
    store_policy(target, &policy).await;
    let id = policy.policy_id.to_string();
    let key = target.raw.id(policy.policy_id.uuid());
    // None of these branches may be taken for any branch, or for `main`.
    for (column, value, old) in [
        ("provider", "'gitlab'", "'github'"),
        ("repository", "'acme'", "'acme/app'"),
        ("branch", "''", "NULL"),
        ("branch", "'refs/heads/'", "NULL"),
        ("branch", "' main'", "NULL"),
        ("branch", "'refs/heads/main'", "NULL"),
        ("branch", "'*'", "NULL"),
    ] {
        let set =
            |value| format!("UPDATE oidc_trust_policies SET {column} = {value} WHERE id = {key}");
        target.raw.execute(&set(value)).await.unwrap();
        let mut work = target.read().await;
        let found = work.trust_policies().list(policy.organization_id, None);
        assert_corrupt(found.await, ("oidc_trust_policies", column, id.clone()));
        drop(work);
        target.raw.execute(&set(old)).await.unwrap();
    }
    let found = listed(target, policy.organization_id, None).await;
    assert_eq!(found, [policy]);
}
