//! Vault away and back: what is remembered goes on, nothing is half done, and
//! nobody has to start anything again.

use std::time::{Duration, Instant};

use agentidp_testkit::vault::FakeVault;
use serde_json::{Value, json};

use crate::harness::{Agent, Api, Installation, Server, registration, tenant, until};

/// Time for the list of removals to be worked off.
const RECOVERY: Duration = Duration::from_secs(30);

/// A call to Vault is given up after five seconds.
const GIVEN_UP: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn of_the_embedded_store() {
    let vault = FakeVault::start().unwrap();
    if let Some(installation) = Installation::embedded_with_vault(&vault)
        && installation.database.is_accessible()
    {
        outage(&installation, vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_postgres() {
    let vault = FakeVault::start().unwrap();
    if let Some(installation) = Installation::scaled_with_vault(&vault) {
        outage(&installation, vault).await;
    }
}

/// Agents of which only the first is remembered by the server.
struct Stage<'a> {
    installation: &'a Installation,
    server: Server,
    admin: String,
    known: Agent,
    unknown: Agent,
    leaving: Agent,
}

impl<'a> Stage<'a> {
    async fn set(installation: &'a Installation) -> Self {
        let server = installation.start();
        let (_, admin) = tenant(installation, &server, "outage").await;
        let api = &server.api;
        let known = api.agent(&admin, "known@outage.example").await;
        let unknown = api.agent(&admin, "unknown@outage.example").await;
        let leaving = api.agent(&admin, "leaving@outage.example").await;
        api.token(&known.client, "").await;
        Self {
            installation,
            server,
            admin,
            known,
            unknown,
            leaving,
        }
    }

    fn api(&self) -> &Api {
        &self.server.api
    }

    fn count(&self, table: &str) -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        self.installation.database.number(&query)
    }

    async fn new_credential(&self) -> (u16, Value) {
        let path = format!("/api/v1/agents/{}/credentials", self.known.client.id);
        let answer = self.api().post(&self.admin, &path, &json!({})).await;
        (answer.status, answer.json())
    }

    /// What the documentation says of an outage.
    async fn is_degraded(&self) {
        self.api().token(&self.known.client, "").await;
        let answer = self.api().try_token(&self.unknown.client, "").await;
        assert_eq!(answer.unwrap().expect(401)["error"], "invalid_client");
        let before = ["credentials", "agents", "agent_did_keys"].map(|table| self.count(table));
        let (status, body) = self.new_credential().await;
        assert_eq!(status, 500, "{body}");
        assert_eq!(body["code"], "INTERNAL_SERVER_ERROR");
        let new = registration("new@outage.example");
        let answer = self.api().post(&self.admin, "/api/v1/agents", &new).await;
        assert!(answer.status >= 500, "{}", answer.text);
        let after = ["credentials", "agents", "agent_did_keys"].map(|table| self.count(table));
        assert_eq!(before, after, "no row without its secret");
        let health = self.api().open("/health/detailed").await.expect(503);
        assert_eq!(health["services"]["vault"]["status"], "unreachable");
        assert_eq!(health["services"]["postgres"]["status"], "healthy");
    }

    async fn is_well(&self) {
        self.api().token(&self.unknown.client, "").await;
        let (status, body) = self.new_credential().await;
        assert_eq!(status, 201, "{body}");
        let new = registration("new@outage.example");
        let answer = self.api().post(&self.admin, "/api/v1/agents", &new).await;
        answer.expect(201);
        let health = self.api().open("/health/detailed").await;
        assert_ne!(health.status, 503, "{}", health.text);
        assert!(self.api().audit_verified(&self.admin).await);
    }
}

async fn outage(installation: &Installation, mut vault: FakeVault) {
    let stage = Stage::set(installation).await;
    vault.seal(true);
    stage.is_degraded().await;
    vault.seal(false);
    vault.stop();
    stage.is_degraded().await;

    // An end does not wait for Vault; its secret goes when Vault is back.
    let answer = stage
        .api()
        .delete(&stage.admin, &stage.leaving.path())
        .await;
    assert_eq!(answer.status, 204, "{}", answer.text);
    let removals = || stage.count("vault_removals");
    assert_eq!(removals(), 1);
    assert_eq!(vault.versions(&stage.leaving.vault_path()).len(), 1);

    let start = installation.run(&["serve"]);
    let output = format!("{}{}", start.stdout, start.stderr);
    assert_ne!(start.code, 0, "{output}");
    for part in ["Failed to start server", "Vault", "VAULT_ADDR"] {
        assert!(output.contains(part), "no {part:?} in\n{output}");
    }
    let doctor = installation.run(&["doctor"]);
    assert_eq!(doctor.code, 1, "{}", doctor.stdout);
    assert!(doctor.stdout.contains("FAIL  vault"), "{}", doctor.stdout);

    vault.start_again().unwrap();
    stage.is_well().await;
    until("the secret is removed", RECOVERY, || async {
        vault.versions(&stage.leaving.vault_path()).is_empty() && removals() == 0
    })
    .await;
    hangs(&stage, &vault).await;
    let (status, log) = stage.server.stop();
    assert!(status.success(), "{log}");
    for secret in vault.values() {
        assert!(!log.contains(&secret), "a secret is logged");
    }
}

/// Connections that stay open and are never answered.
async fn hangs(stage: &Stage<'_>, vault: &FakeVault) {
    let other = stage.api().credential(&stage.admin, &stage.known.client.id);
    let other = other.await;
    vault.hang(true);
    let begun = Instant::now();
    let answer = stage.api().try_token(&other.client, "").await.unwrap();
    assert_eq!(answer.expect(401)["error"], "invalid_client");
    assert!(begun.elapsed() < GIVEN_UP, "{:?}", begun.elapsed());
    stage.api().token(&stage.known.client, "").await;
    let health = stage.api().open("/health/detailed").await.expect(503);
    assert_eq!(health["services"]["vault"]["status"], "unreachable");
    vault.hang(false);
    stage.api().token(&other.client, "").await;
}
