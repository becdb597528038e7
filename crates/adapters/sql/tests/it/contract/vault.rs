//! Rows whose secret lies in Vault, and the list of secrets to remove.

use agentidp_domain::credential::SecretHash;
use agentidp_domain::id::VaultRemovalId;
use agentidp_domain::vault::{Kept, SecretPlace, VaultPath, VaultRemoval};

use crate::fixtures::{
    at, credential, delegation_key, did_key, here, signing_key, stored_agent, subscription, uuid,
};
use crate::harness::Target;

fn path(name: &str) -> VaultPath {
    VaultPath::new("secret", &SecretPlace::Printed(name))
}

fn assert_path<T>(kept: &Kept<T>, name: &str) {
    assert_eq!(kept.vault_path(), Some(&path(name)));
}

/// Nothing of the secret is in the row, and the path is encrypted.
async fn assert_row(target: &Target, table: &str, secret: &str, path: &str) {
    let kept = format!("SELECT {secret} FROM {table} WHERE {secret} IS NOT NULL");
    assert!(target.raw.texts(&kept).await.is_empty(), "{table}");
    let paths = target
        .raw
        .texts(&format!("SELECT {path} FROM {table}"))
        .await;
    let [Some(path)] = paths.as_slice() else {
        panic!("{table}: {paths:?}");
    };
    assert!(path.starts_with("v1:"), "{table}");
}

pub async fn credentials_move_to_vault_and_back(target: &Target) {
    let agent = stored_agent(target).await;
    let mut credential = credential(&agent);
    credential.secret = Kept::InVault(path("c"));
    let mut work = target.write().await;
    work.credentials().insert(&credential).await.unwrap();
    work.commit().await.unwrap();
    let id = credential.credential_id;
    let found = target.read().await.credentials().find(id).await.unwrap();
    assert_path(&found.unwrap().secret, "c");
    let stored = target.raw.texts("SELECT vault_path FROM credentials").await;
    assert!(stored[0].as_ref().unwrap().starts_with("v1:"), "{stored:?}");

    credential.secret = Kept::Here(SecretHash::new("hash".to_owned()));
    let mut work = target.write().await;
    work.credentials().rotate(&credential).await.unwrap();
    work.commit().await.unwrap();
    let found = target.read().await.credentials().find(id).await.unwrap();
    assert_eq!(here(&found.unwrap().secret).expose(), "hash");
    let left = "SELECT vault_path FROM credentials WHERE vault_path IS NOT NULL";
    assert!(target.raw.texts(left).await.is_empty());
}

pub async fn keys_lie_in_vault(target: &Target) {
    let agent = stored_agent(target).await;
    let mut did = did_key(agent.agent_id);
    did.private_key = Kept::InVault(path("d"));
    let mut delegation = delegation_key(1);
    delegation.secret = Kept::InVault(path("g"));
    let signing = signing_key("k", 1).with_private(Kept::InVault(path("k")));
    let mut work = target.write().await;
    work.did_keys().insert(&did).await.unwrap();
    work.delegations().insert_key(&delegation).await.unwrap();
    work.signing_keys().insert(&signing).await.unwrap();
    work.commit().await.unwrap();

    let mut work = target.read().await;
    let stored = work.delegations().keys().await.unwrap();
    assert_path(&stored[0].secret, "g");
    let stored = work.signing_keys().live(at(0)).await.unwrap();
    assert_path(&stored[0].key.private_pem, "k");
    drop(work);
    assert_row(target, "agent_did_keys", "private_key", "vault_key_path").await;
    assert_row(target, "delegation_keys", "secret", "vault_path").await;
    assert_row(target, "oidc_keys", "private_key", "vault_path").await;
}

pub async fn ended_signing_keys_are_named(target: &Target) {
    let in_vault = signing_key("v", 1).with_private(Kept::InVault(path("v")));
    let mut work = target.write().await;
    let keys = work.signing_keys();
    keys.insert(&in_vault).await.unwrap();
    keys.insert(&signing_key("h", 1)).await.unwrap();
    for kid in ["v", "h"] {
        keys.expire(kid, at(10)).await.unwrap();
    }
    assert!(keys.prune(at(10)).await.unwrap().is_empty());
    assert_eq!(keys.prune(at(11)).await.unwrap(), ["v"]);
    assert!(keys.prune(at(11)).await.unwrap().is_empty());
    assert!(keys.knows("v").await.unwrap());
}

pub async fn webhook_secrets_lie_in_vault(target: &Target) {
    let agent = stored_agent(target).await;
    let subscription = subscription(agent.organization_id);
    let mut work = target.write_in(agent.organization_id).await;
    let kept = Kept::InVault(path("w"));
    let subscriptions = work.subscriptions();
    subscriptions.insert(&subscription, &kept).await.unwrap();
    work.commit().await.unwrap();
    let columns = ("signing_secret", "vault_secret_path");
    assert_row(target, "webhook_subscriptions", columns.0, columns.1).await;
}

fn removal(place: &str) -> VaultRemoval {
    VaultRemoval {
        removal_id: VaultRemovalId::new(uuid()),
        place: place.to_owned(),
    }
}

/// Tenants list, the system removes.
pub async fn removals_are_listed_until_they_are_struck(target: &Target) {
    let agent = stored_agent(target).await;
    let mut removals: Vec<_> = ["a", "b", "c"].map(removal).into();
    let mut work = target.write_in(agent.organization_id).await;
    work.vault_removals().add(&removals).await.unwrap();
    work.commit().await.unwrap();
    removals.sort_by_key(|removal| removal.removal_id);

    let mut work = target.write().await;
    let listed = work.vault_removals().listed(None, 2).await.unwrap();
    assert_eq!(listed, removals[..2]);
    let after = Some(listed[1].removal_id);
    let rest = work.vault_removals().listed(after, 2).await.unwrap();
    assert_eq!(rest, removals[2..]);
    let gone = [removals[0].removal_id, removals[2].removal_id];
    work.vault_removals().strike(&gone).await.unwrap();
    work.commit().await.unwrap();
    let mut work = target.read().await;
    let listed = work.vault_removals().listed(None, 9).await.unwrap();
    assert_eq!(listed, removals[1..2]);
}
