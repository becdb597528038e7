//! Rules of revocations and not-before markers.

use agentidp_domain::id::{AgentId, OrganizationId, TokenId};
use agentidp_domain::token::{NotBefore, RevocationState};

use crate::fixtures::{revocation, stored_agent, uuid};
use crate::harness::Target;

pub async fn revocation_state(target: &Target) {
    let agent = stored_agent(target).await;
    let (id, organization) = (agent.agent_id, agent.organization_id);
    let row = revocation(1000);
    let token = row.token_id;
    let nothing = RevocationState::default();
    let mut work = target.write().await;
    assert_eq!(
        work.tokens()
            .revocation_state(token, Some(id), organization)
            .await
            .unwrap(),
        nothing
    );
    work.journal().add_revocations(&[row]).await.unwrap();
    work.tokens().end_agent_tokens(id, 5).await.unwrap();
    work.tokens()
        .end_organization_tokens(organization, 7)
        .await
        .unwrap();
    let state = work
        .tokens()
        .revocation_state(token, Some(id), organization)
        .await
        .unwrap();
    let wanted = RevocationState {
        revoked: true,
        agent_not_before: Some(5),
        organization_not_before: Some(7),
    };
    assert_eq!(state, wanted);
    let unknown = work
        .tokens()
        .revocation_state(
            TokenId::new(uuid()),
            Some(AgentId::new(uuid())),
            OrganizationId::new(uuid()),
        )
        .await
        .unwrap();
    assert_eq!(unknown, nothing);
}

pub async fn revocation_state_without_agent(target: &Target) {
    let agent = stored_agent(target).await;
    let organization = agent.organization_id;
    let mut row = revocation(1000);
    row.agent_id = None;
    let token = row.token_id;
    let mut work = target.write().await;
    let tokens = work.tokens();
    tokens.end_agent_tokens(agent.agent_id, 5).await.unwrap();
    let state = tokens.revocation_state(token, None, organization).await;
    assert_eq!(state.unwrap(), RevocationState::default());
    tokens
        .end_organization_tokens(organization, 7)
        .await
        .unwrap();
    work.journal().add_revocations(&[row]).await.unwrap();
    let tokens = work.tokens();
    let state = tokens.revocation_state(token, None, organization).await;
    let wanted = RevocationState {
        revoked: true,
        agent_not_before: None,
        organization_not_before: Some(7),
    };
    assert_eq!(state.unwrap(), wanted);
    // Another token of the same organization has not been revoked.
    let other = TokenId::new(uuid());
    let state = tokens.revocation_state(other, None, organization).await;
    let wanted = RevocationState {
        revoked: false,
        ..wanted
    };
    assert_eq!(state.unwrap(), wanted);
}

pub async fn markers_only_rise(target: &Target) {
    let agent = stored_agent(target).await;
    let (id, organization) = (agent.agent_id, agent.organization_id);
    let mut work = target.write().await;
    let store = work.tokens();
    for not_before in [10, 8, 12] {
        assert!(store.end_agent_tokens(id, not_before).await.unwrap());
        assert!(
            store
                .end_organization_tokens(organization, not_before + 1)
                .await
                .unwrap()
        );
    }
    assert!(
        !store
            .end_agent_tokens(AgentId::new(uuid()), 1)
            .await
            .unwrap()
    );
    let unknown = OrganizationId::new(uuid());
    assert!(!store.end_organization_tokens(unknown, 1).await.unwrap());
    let markers = store.not_before_markers(11).await.unwrap();
    let wanted = [
        NotBefore::Agent(id, 12),
        NotBefore::Organization(organization, 13),
    ];
    assert_eq!(markers, wanted);
    assert_eq!(store.not_before_markers(12).await.unwrap(), wanted[1..]);
}

pub async fn live_and_pruned_revocations(target: &Target) {
    let rows = [revocation(100), revocation(200), revocation(300)];
    let mut work = target.write().await;
    work.journal().add_revocations(&rows).await.unwrap();
    assert_eq!(
        work.tokens().live_revocations(200).await.unwrap(),
        rows[2..]
    );
    assert_eq!(work.tokens().prune_revocations(200, 9).await.unwrap(), 1);
    assert_eq!(work.tokens().live_revocations(0).await.unwrap().len(), 2);
}

pub async fn prune_is_bounded(target: &Target) {
    let rows = [300, 100, 500, 200, 400].map(revocation);
    let mut work = target.write().await;
    work.journal().add_revocations(&rows).await.unwrap();
    let tokens = work.tokens();
    for (now, limit, removed, wanted) in [
        (100, 9, 0, vec![100, 200, 300, 400, 500]),
        (400, 0, 0, vec![100, 200, 300, 400, 500]),
        (400, 2, 2, vec![300, 400, 500]),
        (400, 2, 1, vec![400, 500]),
        (400, 2, 0, vec![400, 500]),
        (501, 9, 2, vec![]),
    ] {
        let pruned = tokens.prune_revocations(now, limit).await;
        assert_eq!(pruned.unwrap(), removed, "{now} {limit}");
        let left = tokens.live_revocations(0).await.unwrap();
        let mut left: Vec<_> = left.iter().map(|row| row.expires_at).collect();
        left.sort_unstable();
        assert_eq!(left, wanted, "{now} {limit}");
    }
}
