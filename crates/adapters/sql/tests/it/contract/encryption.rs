//! Rules of encrypted columns.

use agentidp_domain::agent::Agent;
use agentidp_domain::delegation::DelegationKey;
use agentidp_domain::did::AgentDidKey;
use agentidp_domain::encryption::FieldId;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::vault::VaultPath;
use agentidp_domain::webhook::SigningSecret;
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::assert_corrupt;
use crate::fixtures::{
    at, credential, delegation_key, did_key, here, selector, signing_key, store_delegation_key,
    store_did_key, store_subscription, stored_agent, stored_credential, stored_organization,
    subscription,
};
use crate::harness::Target;

pub async fn columns_are_ciphertext(target: &Target) {
    let mut stored = stored_credential(target).await;
    let mut work = target.write().await;
    work.signing_keys()
        .insert(&signing_key("k", 1))
        .await
        .unwrap();
    work.commit().await.unwrap();
    for sql in [
        "SELECT secret_hash FROM credentials",
        "SELECT private_key FROM oidc_keys",
    ] {
        let text = target.raw.texts(sql).await.pop().unwrap().unwrap();
        assert!(text.starts_with("v1:"), "{text}");
        assert!(!text.contains("PEM") && !text.contains("$2b$"));
    }
    stored.selector = selector();
    let mut work = target.write().await;
    work.credentials().rotate(&stored).await.unwrap();
    work.commit().await.unwrap();
    let text = target
        .raw
        .texts("SELECT secret_hash FROM credentials")
        .await
        .pop()
        .unwrap();
    assert!(text.unwrap().starts_with("v1:"));
}

pub async fn moved_values_are_corrupt(target: &Target) {
    let first = stored_credential(target).await;
    let second = stored_credential(target).await;
    let from = target.raw.id(first.credential_id.uuid());
    let to = target.raw.id(second.credential_id.uuid());
    let sql = format!(
        "UPDATE credentials SET secret_hash = \
         (SELECT secret_hash FROM credentials WHERE credential_id = {from}) \
         WHERE credential_id = {to}"
    );
    target.raw.execute(&sql).await.unwrap();
    let mut work = target.read().await;
    assert!(work.credentials().find(first.credential_id).await.is_ok());
    let moved = work.credentials().find(second.credential_id).await;
    let id = second.credential_id.to_string();
    assert_corrupt(moved, ("credentials", "secret_hash", id));
    let active = work.credentials().active(second.agent_id).await;
    assert!(active.is_err());
}

/// The place of a path in Vault: table, column, primary key.
type VaultColumn = (&'static str, &'static str, &'static str);

const VAULT_COLUMNS: [VaultColumn; 4] = [
    ("credentials", "vault_path", "credential_id"),
    ("agent_did_keys", "vault_key_path", "key_id"),
    ("delegation_keys", "vault_path", "key_id"),
    ("webhook_subscriptions", "vault_secret_path", "id"),
];

/// Gives a stored row a path in Vault.
async fn set_vault_path(target: &Target, place: VaultColumn, id: Uuid) {
    let (table, column, key) = place;
    let row = &id.to_string();
    let field = FieldId { table, column, row };
    let path = target.cipher.encrypt(field, "secret/data/x").unwrap();
    let id = target.raw.id(id);
    let sql = format!("UPDATE {table} SET {column} = '{path}' WHERE {key} = {id}");
    target.raw.execute(&sql).await.unwrap();
}

async fn add_credentials(target: &Target, agent: &Agent, count: usize) {
    let mut work = target.write().await;
    for _ in 0..count {
        let credential = credential(agent);
        work.credentials().insert(&credential).await.unwrap();
    }
    work.commit().await.unwrap();
}

pub async fn reencrypt(target: &Target) {
    let agent = stored_agent(target).await;
    let first = credential(&agent);
    let mut work = target.write().await;
    work.credentials().insert(&first).await.unwrap();
    let key = signing_key("k", 1);
    work.signing_keys().insert(&key).await.unwrap();
    work.commit().await.unwrap();
    set_vault_path(target, VAULT_COLUMNS[0], first.credential_id.uuid()).await;
    add_credentials(target, &agent, 6).await;
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 0);

    target.keys.add_key();
    target.cipher.reload().unwrap();
    add_credentials(target, &agent, 1).await;
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 8);
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 0);

    for sql in [
        "SELECT secret_hash FROM credentials",
        "SELECT vault_path FROM credentials WHERE vault_path IS NOT NULL",
        "SELECT private_key FROM oidc_keys",
    ] {
        for text in target.raw.texts(sql).await {
            assert!(text.unwrap().starts_with("v2:"), "{sql}");
        }
    }
    let mut work = target.read().await;
    let active = work.credentials().active(agent.agent_id).await.unwrap();
    assert_eq!(active.len(), 8);
    for found in active {
        if found.credential_id == first.credential_id {
            let path = found.secret.vault_path().map(VaultPath::as_str);
            assert_eq!(path, Some("secret/data/x"));
        } else {
            let hash = here(&found.secret).expose();
            assert_eq!(hash, here(&first.secret).expose());
        }
    }
    assert_eq!(work.signing_keys().live(at(0)).await.unwrap().len(), 1);
}

async fn add_identity_keys(
    target: &Target,
    count: usize,
    dids: &mut Vec<AgentDidKey>,
    delegations: &mut Vec<DelegationKey>,
) {
    for _ in 0..count {
        let key = did_key(stored_agent(target).await.agent_id);
        store_did_key(target, &key).await;
        dids.push(key);
        let key = delegation_key(1);
        store_delegation_key(target, &key).await;
        delegations.push(key);
    }
}

/// The clear values of an encrypted column in the order of the rows' keys, all
/// of which have to be encrypted with key 2.
async fn clear_values(target: &Target, table: &str, column: &str, ids: &[Uuid]) -> Vec<String> {
    let primary = match table {
        "webhook_subscriptions" => "id",
        _ => "key_id",
    };
    let mut clear = Vec::new();
    for id in ids {
        let key = target.raw.id(*id);
        let sql = format!(
            "SELECT {column} FROM {table} WHERE {primary} = {key} AND {column} IS NOT NULL"
        );
        for stored in target.raw.texts(&sql).await.into_iter().flatten() {
            assert!(stored.starts_with("v2:"), "{table}.{column}: {stored}");
            let row = &id.to_string();
            let field = FieldId { table, column, row };
            let value = target.cipher.decrypt(field, &stored).unwrap();
            clear.push(value.expose_secret().to_owned());
        }
    }
    clear
}

pub async fn reencrypt_identity_keys(target: &Target) {
    let (mut dids, mut delegations) = (Vec::new(), Vec::new());
    add_identity_keys(target, 4, &mut dids, &mut delegations).await;
    set_vault_path(target, VAULT_COLUMNS[1], dids[0].key_id.uuid()).await;
    set_vault_path(target, VAULT_COLUMNS[2], delegations[0].key_id.uuid()).await;
    // A key that lies in Vault only.
    let key = target.raw.id(dids[0].key_id.uuid());
    let sql = format!("UPDATE agent_did_keys SET private_key = NULL WHERE key_id = {key}");
    target.raw.execute(&sql).await.unwrap();
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 0);

    target.keys.add_key();
    target.cipher.reload().unwrap();
    add_identity_keys(target, 1, &mut dids, &mut delegations).await;
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 8);
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 0);

    let ids: Vec<_> = dids.iter().map(|key| key.key_id.uuid()).collect();
    let clear = clear_values(target, "agent_did_keys", "private_key", &ids).await;
    let wanted = dids
        .iter()
        .map(|key| here(&key.private_key).expose_secret());
    assert_eq!(clear, wanted.skip(1).collect::<Vec<_>>());
    let clear = clear_values(target, "agent_did_keys", "vault_key_path", &ids).await;
    assert_eq!(clear, ["secret/data/x"]);

    let ids: Vec<_> = delegations.iter().map(|key| key.key_id.uuid()).collect();
    let clear = clear_values(target, "delegation_keys", "secret", &ids).await;
    let wanted = delegations
        .iter()
        .map(|key| here(&key.secret).expose_secret());
    assert_eq!(clear, wanted.collect::<Vec<_>>());
    let clear = clear_values(target, "delegation_keys", "vault_path", &ids).await;
    assert_eq!(clear, ["secret/data/x"]);
}

async fn add_subscriptions(
    target: &Target,
    organization: OrganizationId,
    count: usize,
) -> Vec<(Uuid, SigningSecret)> {
    let mut added = Vec::new();
    for _ in 0..count {
        let subscription = subscription(organization);
        let secret = store_subscription(target, &subscription).await;
        added.push((subscription.subscription_id.uuid(), secret));
    }
    added
}

pub async fn reencrypt_webhook_secrets(target: &Target) {
    let organization = stored_organization(target).await;
    let mut subscriptions = add_subscriptions(target, organization, 4).await;
    let first = subscriptions[0].0;
    set_vault_path(target, VAULT_COLUMNS[3], first).await;
    // A secret that lies in Vault only.
    let key = target.raw.id(first);
    let sql = format!("UPDATE webhook_subscriptions SET signing_secret = NULL WHERE id = {key}");
    target.raw.execute(&sql).await.unwrap();
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 0);

    target.keys.add_key();
    target.cipher.reload().unwrap();
    subscriptions.extend(add_subscriptions(target, organization, 1).await);
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 4);
    assert_eq!(target.raw.reencrypt(3).await.unwrap(), 0);

    let (ids, secrets): (Vec<_>, Vec<_>) = subscriptions.into_iter().unzip();
    let table = "webhook_subscriptions";
    let clear = clear_values(target, table, "signing_secret", &ids).await;
    let wanted: Vec<_> = secrets.iter().skip(1).map(SigningSecret::expose).collect();
    assert_eq!(clear, wanted);
    let clear = clear_values(target, table, "vault_secret_path", &ids).await;
    assert_eq!(clear, ["secret/data/x"]);
}
