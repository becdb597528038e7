//! Rules of stored credentials.

use agentidp_domain::agent::Agent;
use agentidp_domain::credential::{Credential, CredentialFilter, CredentialStatus, SecretHash};
use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::CredentialId;

use super::assert_conflict;
use crate::fixtures::{at, credential, here, page, selector, stored_agent, stored_credential};
use crate::harness::Target;
use agentidp_domain::vault::Kept;

async fn store(target: &Target, credential: &Credential) {
    let mut work = target.write().await;
    work.credentials().insert(credential).await.unwrap();
    work.commit().await.unwrap();
}

async fn find(target: &Target, id: CredentialId) -> Credential {
    let mut work = target.read().await;
    work.credentials().find(id).await.unwrap().unwrap()
}

fn assert_same(found: &Credential, wanted: &Credential) {
    assert_eq!(found.credential_id, wanted.credential_id);
    assert_eq!(found.agent_id, wanted.agent_id);
    assert_eq!(found.organization_id, wanted.organization_id);
    assert_eq!(found.selector, wanted.selector);
    assert_eq!(here(&found.secret).expose(), here(&wanted.secret).expose());
    assert_eq!(found.status, wanted.status);
    assert_eq!(found.created_at, wanted.created_at);
    assert_eq!(found.expires_at, wanted.expires_at);
    assert_eq!(found.revoked_at, wanted.revoked_at);
}

pub async fn round_trip(target: &Target) {
    let mut wanted = credential(&stored_agent(target).await);
    wanted.expires_at = Some(at(100));
    store(target, &wanted).await;
    assert_same(&find(target, wanted.credential_id).await, &wanted);
    let unknown = CredentialId::new(crate::fixtures::uuid());
    assert!(
        target
            .write()
            .await
            .credentials()
            .find(unknown)
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn conflict_then_continue(target: &Target) {
    let first = stored_credential(target).await;
    let mut second = first.clone();
    second.credential_id = CredentialId::new(crate::fixtures::uuid());
    let mut third = second.clone();
    third.selector = selector();

    let mut work = target.write().await;
    let refused = work.credentials().insert(&second).await;
    assert_conflict(refused, Constraint::CredentialSelector);
    work.credentials().insert(&third).await.unwrap();
    third.selector = first.selector.clone();
    let refused = work.credentials().rotate(&third).await;
    assert_conflict(refused, Constraint::CredentialSelector);
    third.selector = selector();
    work.credentials().rotate(&third).await.unwrap();
    work.commit().await.unwrap();
    assert_same(&find(target, third.credential_id).await, &third);
}

pub async fn rotate(target: &Target) {
    let mut credential = stored_credential(target).await;
    credential.selector = selector();
    credential.secret = Kept::Here(SecretHash::new("another".to_owned()));
    credential.expires_at = Some(at(50));
    let mut work = target.write().await;
    work.credentials().rotate(&credential).await.unwrap();
    work.commit().await.unwrap();
    assert_same(&find(target, credential.credential_id).await, &credential);

    let mut work = target.write().await;
    let id = credential.credential_id;
    assert!(work.credentials().revoke(id, at(60)).await.unwrap());
    assert!(!work.credentials().revoke(id, at(61)).await.unwrap());
    let stale = work.credentials().rotate(&credential).await;
    assert!(matches!(stale, Err(StoreError::Stale)));
    work.commit().await.unwrap();
    let found = find(target, id).await;
    assert_eq!(
        (found.status, found.revoked_at),
        (CredentialStatus::Revoked, Some(at(60)))
    );
}

pub async fn rotate_and_revoke_race(target: &Target) {
    let credential = stored_credential(target).await;
    let id = credential.credential_id;
    let rotations = (0..20).map(|_| {
        let mut next = credential.clone();
        next.selector = selector();
        async move {
            let mut work = target.write().await;
            match work.credentials().rotate(&next).await {
                Ok(()) => work.commit().await.map(|()| Some(next.selector)),
                Err(StoreError::Stale) => Ok(None),
                Err(error) => Err(error),
            }
        }
    });
    let revocations = (0..5).map(|_| async move {
        let mut work = target.write().await;
        let revoked = work.credentials().revoke(id, at(9)).await?;
        work.commit().await.map(|()| revoked)
    });
    let (rotated, revoked) = tokio::join!(
        futures_util::future::try_join_all(rotations),
        futures_util::future::try_join_all(revocations),
    );
    assert_eq!(
        revoked
            .unwrap()
            .into_iter()
            .filter(|revoked| *revoked)
            .count(),
        1
    );
    let found = find(target, id).await;
    assert_eq!(found.status, CredentialStatus::Revoked);
    let mut written: Vec<_> = rotated.unwrap().into_iter().flatten().collect();
    written.push(credential.selector);
    assert!(written.contains(&found.selector));
}

async fn three(target: &Target, agent: &Agent) -> Vec<Credential> {
    let mut all = Vec::new();
    for _ in 0..3 {
        let credential = credential(agent);
        store(target, &credential).await;
        all.push(credential);
    }
    all.sort_by_key(|credential| std::cmp::Reverse(credential.credential_id));
    all
}

fn ids(credentials: &[Credential]) -> Vec<CredentialId> {
    credentials
        .iter()
        .map(|credential| credential.credential_id)
        .collect()
}

pub async fn lists(target: &Target) {
    let agent = stored_agent(target).await;
    let all = three(target, &agent).await;
    stored_credential(target).await;
    let mut work = target.write().await;
    work.credentials()
        .revoke(all[1].credential_id, at(1))
        .await
        .unwrap();
    work.commit().await.unwrap();

    let mut work = target.read().await;
    let filter = CredentialFilter::default();
    let mut seen = Vec::new();
    for number in 1..=2 {
        let page = work
            .credentials()
            .list(agent.agent_id, filter, page(number, 2))
            .await
            .unwrap();
        assert_eq!(page.total, 3);
        seen.extend(ids(&page.items));
    }
    assert_eq!(seen, ids(&all));
    let filter = CredentialFilter {
        status: Some(CredentialStatus::Revoked),
    };
    let page = work
        .credentials()
        .list(agent.agent_id, filter, page(1, 20))
        .await
        .unwrap();
    assert_eq!(
        (page.total, ids(&page.items)),
        (1, vec![all[1].credential_id])
    );
    let active = work.credentials().active(agent.agent_id).await.unwrap();
    assert_eq!(ids(&active), [all[0].credential_id, all[2].credential_id]);
}

pub async fn revoke_all(target: &Target) {
    let agent = stored_agent(target).await;
    let mut ending = credential(&agent);
    ending.expires_at = Some(at(100));
    store(target, &ending).await;
    let mut wanted: Vec<_> = three(target, &agent)
        .await
        .iter()
        .chain([&ending])
        .map(|credential| (credential.credential_id, credential.expires_at))
        .collect();
    wanted.sort_unstable();
    let mut work = target.write().await;
    let revoked = work
        .credentials()
        .revoke_all(agent.agent_id, at(3))
        .await
        .unwrap();
    assert_eq!(revoked, wanted);
    assert!(
        work.credentials()
            .revoke_all(agent.agent_id, at(4))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        work.credentials()
            .active(agent.agent_id)
            .await
            .unwrap()
            .is_empty()
    );
}
