//! A server under load to which something happens.

use std::collections::BTreeMap;
use std::time::Duration;

use agentidp_testkit::services::SmallDisk;
use serde_json::{Value, json};

use super::{consistent, received};
use crate::harness::{
    Answer, Client, Installation, Load, OnBreak, Server, Tally, Tenant, agents, registration,
    tenant, until,
};
use crate::postgres_outage::unavailable;

/// Clients under load.
const CLIENTS: usize = 8;
/// Tokens before a fault, and after it.
const TOKENS: u64 = 60;
/// Refusals that show that the fault has begun.
const REFUSALS: u64 = 8;
/// Longest time until all works again.
const RECOVERY: Duration = Duration::from_secs(30);

/// What becomes of writes during a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// None succeeds.
    Refused,
    /// One may still find room.
    Scarce,
}

/// A server, tokens it has issued, and clients that ask for more.
pub struct Scene {
    pub server: Server,
    tenant: Tenant,
    admin: String,
    client: Client,
    kept: String,
    revoked: String,
    load: Load,
}

impl Scene {
    /// Starts everything.
    pub async fn set(installation: &Installation) -> Self {
        let server = installation.start();
        let api = &server.api;
        let (tenant, admin) = tenant(installation, &server, "fault").await;
        let clients = agents(api, &admin, "fault", CLIENTS).await;
        let client = clients[0].clone();
        let kept = api.token(&client, "").await;
        let revoked = api.token(&client, "").await;
        api.revoke(&revoked).await;
        let load = Load::start(server.port, &clients, OnBreak::GoOn);
        load.wait_for(TOKENS).await;
        Self {
            server,
            tenant,
            admin,
            client,
            kept,
            revoked,
            load,
        }
    }

    /// Waits for the fault to show, then: what needs a write is refused in the
    /// documented way, what needs no store is served, and the revoked token
    /// does not pass.
    pub async fn suffers(&self, writes: Writes) {
        self.load.wait_for_refusals(REFUSALS).await;
        let api = &self.server.api;
        let new = registration("new@fault.example");
        let (kept, revoked) = (self.kept.as_str(), self.revoked.as_str());
        let (of_kept, of_revoked) = ([("token", kept)], [("token", revoked)]);
        let (issued, introspected, registered, ended, keys) = tokio::join!(
            api.try_token(&self.client, ""),
            api.form(kept, "/oauth2/introspect", &of_kept),
            api.post(&self.admin, "/api/v1/agents", &new),
            api.form(revoked, "/oauth2/introspect", &of_revoked),
            api.open("/.well-known/jwks.json"),
        );
        let oauth = json!("temporarily_unavailable");
        refused(&issued.unwrap(), 200, &oauth, writes);
        refused(&introspected, 200, &oauth, writes);
        refused(&registered, 201, &Value::Null, writes);
        // Known as revoked, or not known at all: never accepted.
        assert!([401, 503].contains(&ended.status), "{}", ended.text);
        keys.expect(200);
    }

    /// A read is served.
    pub async fn reads(&self) {
        let path = format!("/api/v1/agents/{}", self.client.id);
        self.server.api.get(&self.kept, &path).await.expect(200);
    }

    /// After the fault: the server goes on by itself, nothing is lost, and
    /// everything fits together.
    pub async fn heals(self, installation: &Installation) {
        let api = &self.server.api;
        until("healthy again", RECOVERY, || async {
            api.open("/health").await.status == 200
        })
        .await;
        self.load.wait_for(TOKENS).await;
        let tallies = self.load.finish().await;
        assert_only_unavailable(&tallies);
        for tally in &tallies {
            let latest = tally.latest.as_ref().unwrap();
            assert!(api.accepts(latest).await, "the last token of a client");
        }
        assert!(api.accepts(&self.kept).await, "a token from before");
        assert!(!api.accepts(&self.revoked).await, "a revoked token");
        assert!(api.audit_verified(&self.admin).await);
        installation.succeed(&["verify-audit"]);
        consistent(installation, &self.tenant.id, &received(&tallies));
        let (status, log) = self.server.stop();
        assert!(status.success(), "{log}");
    }
}

/// A disk gets full under load, and is emptied again.
pub async fn full_for_a_while(installation: &Installation, disk: &SmallDisk) {
    let scene = Scene::set(installation).await;
    disk.fill().unwrap();
    scene.suffers(Writes::Scarce).await;
    scene.reads().await;
    disk.free().unwrap();
    scene.heals(installation).await;
}

/// Every request got an answer: a token, or 503.
pub fn assert_only_unavailable(tallies: &[Tally]) {
    let mut refused: BTreeMap<u16, u64> = BTreeMap::new();
    for tally in tallies {
        assert_eq!(tally.broken, 0, "a request without an answer");
        for (status, times) in &tally.refused {
            *refused.entry(*status).or_default() += times;
        }
    }
    assert!(refused.keys().all(|status| *status == 503), "{refused:?}");
    println!("refused: {refused:?}");
}

#[track_caller]
fn refused(answer: &Answer, success: u16, error: &Value, writes: Writes) {
    if writes == Writes::Refused || answer.status != success {
        unavailable(answer, error);
    }
}
