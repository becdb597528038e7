//! Rules of stored keys of decentralized identifiers.

use agentidp_domain::encryption::FieldId;
use agentidp_domain::id::AgentId;
use secrecy::ExposeSecret;

use crate::fixtures::{did_key, here, store_did_key, stored_agent, uuid};
use crate::harness::Target;

pub async fn round_trip(target: &Target) {
    let own = stored_agent(target).await;
    let other = stored_agent(target).await;
    let key = did_key(own.agent_id);
    let unknown = AgentId::new(uuid());
    store_did_key(target, &key).await;
    store_did_key(target, &did_key(other.agent_id)).await;
    let without = stored_agent(target).await.agent_id;

    let mut work = target.read().await;
    let keys = work.did_keys();
    let found = keys.public_key(own.agent_id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&key.public_jwk));
    for agent in [without, unknown] {
        assert_eq!(keys.public_key(agent).await.unwrap(), None);
    }
    drop(work);
    let mut work = target.write_in(own.organization_id).await;
    let found = work.did_keys().public_key(own.agent_id).await.unwrap();
    assert_eq!(found, Some(key.public_jwk));

    let created = target.raw.time(key.created_at.unix_millis() * 1000);
    let sql = format!("SELECT 'x' FROM agent_did_keys WHERE created_at = {created}");
    assert_eq!(target.raw.texts(&sql).await.len(), 2);
}

pub async fn one_key_per_agent(target: &Target) {
    let agent = stored_agent(target).await;
    let first = did_key(agent.agent_id);
    store_did_key(target, &first).await;
    let second = did_key(agent.agent_id);
    let refused = target.write().await.did_keys().insert(&second).await;
    assert!(refused.is_err());
    // A key belongs to an agent there is.
    let stray = did_key(AgentId::new(uuid()));
    let refused = target.write().await.did_keys().insert(&stray).await;
    assert!(refused.is_err());

    let mut work = target.read().await;
    let found = work.did_keys().public_key(agent.agent_id).await.unwrap();
    assert_eq!(found, Some(first.public_jwk));
}

pub async fn private_keys_are_encrypted(target: &Target) {
    let mut keys = Vec::new();
    for version in ["v1:", "v2:"] {
        let agent = stored_agent(target).await;
        let key = did_key(agent.agent_id);
        // Written in the transaction of the tenant, as at registration.
        let mut work = target.write_in(agent.organization_id).await;
        work.did_keys().insert(&key).await.unwrap();
        work.commit().await.unwrap();
        keys.push((version, key));
        target.keys.add_key();
        target.cipher.reload().unwrap();
    }
    for (version, key) in keys {
        let row = target.raw.id(key.key_id.uuid());
        let sql = format!("SELECT private_key FROM agent_did_keys WHERE key_id = {row}");
        let stored = target.raw.texts(&sql).await.pop().unwrap().unwrap();
        assert!(stored.starts_with(version), "{stored}");
        let clear = here(&key.private_key).expose_secret();
        assert!(!stored.contains(clear) && !stored.contains("PEM"));
        let field = FieldId {
            table: "agent_did_keys",
            column: "private_key",
            row: &key.key_id.to_string(),
        };
        let read = target.cipher.decrypt(field, &stored).unwrap();
        assert_eq!(read.expose_secret(), clear);
    }
    let others = "SELECT vault_key_path FROM agent_did_keys";
    assert_eq!(target.raw.texts(others).await, [None, None]);
    for jwk in target
        .raw
        .texts("SELECT public_jwk FROM agent_did_keys")
        .await
    {
        assert!(!jwk.unwrap().contains("PEM"));
    }
}
