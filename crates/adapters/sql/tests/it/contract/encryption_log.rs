//! The log of re-encryptions, and what it is good for.

use agentidp_domain::agent::Agent;
use agentidp_sql::RotationState;

use crate::fixtures::{
    at, credential, delegation_key, did_key, signing_key, store_delegation_key, store_did_key,
    store_subscription, stored_agent, stored_organization, subscription,
};
use crate::harness::Target;

/// Every encrypted column.
const COLUMNS: [(&str, &str); 10] = [
    ("credentials", "secret_hash"),
    ("credentials", "vault_path"),
    ("oidc_keys", "private_key"),
    ("oidc_keys", "vault_path"),
    ("agent_did_keys", "private_key"),
    ("agent_did_keys", "vault_key_path"),
    ("delegation_keys", "secret"),
    ("delegation_keys", "vault_path"),
    ("webhook_subscriptions", "signing_secret"),
    ("webhook_subscriptions", "vault_secret_path"),
];

/// Values of any column that are encrypted with a key.
async fn encrypted_with(target: &Target, version: u32) -> usize {
    let all: Vec<String> = COLUMNS
        .iter()
        .map(|(table, column)| format!("SELECT {column} AS stored FROM {table}"))
        .collect();
    let sql = format!(
        "SELECT CAST(count(*) AS text) FROM ({}) AS everything WHERE stored LIKE 'v{version}:%'",
        all.join(" UNION ALL ")
    );
    let count = target.raw.texts(&sql).await.pop().flatten();
    count.unwrap().parse().unwrap()
}

/// Some rows in every table; an agent with three credentials.
async fn fill(target: &Target) -> Agent {
    let agent = stored_agent(target).await;
    let mut work = target.write().await;
    for _ in 0..3 {
        let credential = credential(&agent);
        work.credentials().insert(&credential).await.unwrap();
    }
    for kid in ["a", "b"] {
        let key = signing_key(kid, 1);
        work.signing_keys().insert(&key).await.unwrap();
    }
    work.commit().await.unwrap();
    store_did_key(target, &did_key(agent.agent_id)).await;
    store_delegation_key(target, &delegation_key(1)).await;
    let organization = stored_organization(target).await;
    for _ in 0..2 {
        store_subscription(target, &subscription(organization)).await;
    }
    agent
}

fn add_key(target: &Target) {
    target.keys.add_key();
    target.cipher.reload().unwrap();
}

/// Every run: version of the key, rows, whether it ended, where it is.
async fn runs(target: &Target) -> Vec<String> {
    let sql = "SELECT CAST(key_version AS text) || ' ' || CAST(rows_changed AS text) || ' ' || \
        CASE WHEN finished_at IS NULL THEN 'open' ELSE 'finished' END || ' ' || \
        COALESCE(current_table, '-') FROM _encryption_migration_log ORDER BY key_version";
    target.raw.texts(sql).await.into_iter().flatten().collect()
}

/// What the caller of `reencrypt` has to know.
async fn state(target: &Target) -> (bool, Option<u32>) {
    let RotationState {
        pending,
        highest_version,
    } = target.raw.rotation_state().await.unwrap();
    (pending, highest_version)
}

/// Waits for the end of a transaction that failed: SQLite has one writer.
async fn rolled_back(target: &Target) {
    target.write().await.commit().await.unwrap();
}

pub async fn interrupted_at_every_batch(target: &Target) {
    let agent = fill(target).await;
    let total = encrypted_with(target, 1).await;
    assert_eq!(total, 9);
    add_key(target);
    for done in 0..total {
        let [install, remove] = target.raw.interruption(done);
        target.raw.execute(&install).await.unwrap();
        target.raw.reencrypt(1).await.unwrap_err();
        rolled_back(target).await;
        target.raw.execute(&remove).await.unwrap();
        // The batch that failed is undone as a whole, its rows and its log.
        assert_eq!(encrypted_with(target, 2).await, done);
        assert_eq!(encrypted_with(target, 1).await, total - done);
        let runs = runs(target).await;
        assert!(runs[0].starts_with(&format!("2 {done} open ")), "{runs:?}");
        assert_eq!(runs.len(), 1);
        assert_eq!(state(target).await, (true, Some(2)));
        let mut work = target.read().await;
        let active = work.credentials().active(agent.agent_id).await.unwrap();
        assert_eq!(active.len(), 3);
        assert_eq!(work.signing_keys().live(at(0)).await.unwrap().len(), 2);
    }
    target.raw.reencrypt(1).await.unwrap();
    assert_eq!(encrypted_with(target, 1).await, 0);
    assert_eq!(encrypted_with(target, 2).await, total);
    assert_eq!(runs(target).await, [format!("2 {total} finished -")]);
    assert_eq!(state(target).await, (false, Some(2)));
}

pub async fn rotations_are_told_from_stragglers(target: &Target) {
    fill(target).await;
    assert_eq!(state(target).await, (false, None));
    let sql = "SELECT private_key FROM oidc_keys WHERE kid = 'a'";
    let old = target.raw.texts(sql).await.pop().flatten().unwrap();
    add_key(target);
    assert_eq!(state(target).await, (true, None), "added by somebody else");
    assert_eq!(target.raw.reencrypt(100).await.unwrap(), 9);
    assert_eq!(state(target).await, (false, Some(2)));

    // A server that did not know of the new key wrote this.
    let sql = format!("UPDATE oidc_keys SET private_key = '{old}' WHERE kid = 'a'");
    target.raw.execute(&sql).await.unwrap();
    assert_eq!(encrypted_with(target, 1).await, 1);
    assert_eq!(
        state(target).await,
        (false, Some(2)),
        "the next one adds a key"
    );
    add_key(target);
    assert_eq!(target.raw.reencrypt(100).await.unwrap(), 9);
    assert_eq!(encrypted_with(target, 3).await, 9);
    assert_eq!(runs(target).await, ["2 9 finished -", "3 9 finished -"]);
}

pub async fn an_unfinished_run_goes_on_with_a_newer_key(target: &Target) {
    fill(target).await;
    add_key(target);
    let [install, remove] = target.raw.interruption(4);
    target.raw.execute(&install).await.unwrap();
    target.raw.reencrypt(1).await.unwrap_err();
    rolled_back(target).await;
    target.raw.execute(&remove).await.unwrap();
    add_key(target);
    assert_eq!(state(target).await, (true, Some(2)));
    assert_eq!(target.raw.reencrypt(1).await.unwrap(), 9);
    assert_eq!(encrypted_with(target, 3).await, 9);
    assert_eq!(runs(target).await, ["3 13 finished -"]);
    assert_eq!(state(target).await, (false, Some(3)));
}
