//! Rules of encrypted columns.

use agentidp_domain::agent::Agent;
use agentidp_domain::credential::Credential;
use agentidp_domain::encryption::FieldId;

use super::assert_corrupt;
use crate::fixtures::{at, credential, selector, signing_key, stored_agent, stored_credential};
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

/// Gives a stored credential a path in Vault.
async fn set_vault_path(target: &Target, credential: &Credential) {
    let id = credential.credential_id;
    let field = FieldId {
        table: "credentials",
        column: "vault_path",
        row: &id.to_string(),
    };
    let path = target.cipher.encrypt(field, "secret/data/x").unwrap();
    let sql = format!(
        "UPDATE credentials SET vault_path = '{path}' WHERE credential_id = {}",
        target.raw.id(id.uuid())
    );
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
    set_vault_path(target, &first).await;
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
    let found = work.credentials().find(first.credential_id).await.unwrap();
    assert_eq!(
        found.unwrap().secret_hash.expose(),
        first.secret_hash.expose()
    );
    assert_eq!(work.signing_keys().live(at(0)).await.unwrap().len(), 1);
}
