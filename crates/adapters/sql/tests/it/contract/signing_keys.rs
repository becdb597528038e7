//! Rules of stored signing keys.

use agentidp_domain::error::{Constraint, StoreError};
use secrecy::ExposeSecret;

use super::{assert_conflict, assert_corrupt};
use crate::fixtures::{at, here, signing_key};
use crate::harness::Target;

pub async fn ring(target: &Target) {
    let mut first = signing_key("a", 2);
    first.is_current = true;
    let mut work = target.write().await;
    let keys = work.signing_keys();
    keys.insert(&first).await.unwrap();
    keys.insert(&signing_key("b", 1)).await.unwrap();
    keys.promote("b", at(100)).await.unwrap();
    assert!(matches!(
        keys.promote("c", at(100)).await,
        Err(StoreError::Stale)
    ));
    drop(work);

    let mut work = target.write().await;
    let keys = work.signing_keys();
    keys.insert(&first).await.unwrap();
    keys.insert(&signing_key("b", 1)).await.unwrap();
    keys.promote("b", at(100)).await.unwrap();
    let live = keys.live(at(50)).await.unwrap();
    let seen: Vec<_> = live
        .iter()
        .map(|key| (key.key.kid.as_str(), key.is_current, key.expires_at))
        .collect();
    assert_eq!(seen, [("b", true, None), ("a", false, Some(at(100)))]);
    let stored = &live[1];
    assert_eq!(here(&stored.key.private_pem).expose_secret(), "PEM of a");
    assert_eq!(stored.key.public_jwk, first.key.public_jwk);
    assert_eq!(stored.key.algorithm, first.key.algorithm);
    assert_eq!(stored.created_at, first.created_at);

    assert_eq!(keys.live(at(100)).await.unwrap().len(), 1);
    keys.expire("a", at(10)).await.unwrap();
    assert_eq!(keys.live(at(50)).await.unwrap().len(), 1);
    assert!(matches!(
        keys.expire("b", at(10)).await,
        Err(StoreError::Stale)
    ));
    assert!(keys.knows("a").await.unwrap());
    assert!(!keys.knows("c").await.unwrap());
}

pub async fn conflict_then_continue(target: &Target) {
    let mut work = target.write().await;
    let keys = work.signing_keys();
    keys.insert(&signing_key("a", 1)).await.unwrap();
    let again = keys.insert(&signing_key("a", 2)).await;
    assert_conflict(again, Constraint::SigningKey);
    keys.insert(&signing_key("b", 2)).await.unwrap();
    work.commit().await.unwrap();
    let live = target
        .read()
        .await
        .signing_keys()
        .live(at(0))
        .await
        .unwrap();
    assert_eq!(live.len(), 2);
}

pub async fn prune_keeps_the_row(target: &Target) {
    let mut old = signing_key("old", 1);
    old.expires_at = Some(at(10));
    let mut work = target.write().await;
    let keys = work.signing_keys();
    keys.insert(&old).await.unwrap();
    keys.insert(&signing_key("new", 2)).await.unwrap();
    assert!(keys.prune(at(10)).await.unwrap().is_empty());
    assert!(keys.prune(at(11)).await.unwrap().is_empty());
    assert!(keys.prune(at(11)).await.unwrap().is_empty());
    assert!(keys.knows("old").await.unwrap());
    assert_conflict(keys.insert(&old).await, Constraint::SigningKey);
    // Only an expired key may be without its private part.
    let live = keys.live(at(5)).await;
    assert_corrupt(live, ("oidc_keys", "private_key", "old".to_owned()));
}
