//! Two replicas behind a load balancer are replaced one after the other under
//! load: no request fails, nothing that was acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::task::JoinHandle;

use crate::faults::{consistent, received};
use crate::harness::process::POLL;
use crate::harness::{
    Api, Balancer, Client, HEAVY, Installation, Load, OnBreak, Server, TENANT_SCOPES, agents,
    registration, tenant, text,
};

/// Clients that ask for tokens.
const CLIENTS: usize = 4;
/// Tokens between two steps of the upgrade.
const TOKENS: u64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn fails_no_request_and_loses_nothing() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let mut replicas = [installation.start(), installation.start()];
    let balancer = Balancer::start(&replicas.each_ref().map(|replica| replica.port)).await;
    let front = Api::at(balancer.port);
    let (tenant, admin) = tenant(&installation, &replicas[0], "rolling").await;
    let clients = agents(&front, &admin, "rolling", CLIENTS).await;
    let kept = front.token(&clients[0], "").await;
    let revoked = front.token(&clients[0], "").await;
    front.revoke(&revoked).await;

    let load = Load::start(balancer.port, &clients, OnBreak::GoOn);
    let traffic = Traffic::start(balancer.port, &admin, &clients[0]);
    for (place, replica) in replicas.iter_mut().enumerate() {
        load.wait_for(TOKENS).await;
        traffic.wait_for(10).await;
        let fresh = installation.start();
        let (port, old) = (fresh.port, std::mem::replace(replica, fresh));
        ended_in_order(old);
        balancer.replace(place, port).await;
    }
    load.wait_for(TOKENS).await;
    traffic.wait_for(10).await;

    let registered = traffic.finish().await;
    let tallies = load.finish().await;
    for tally in &tallies {
        assert!(tally.refused.is_empty() && tally.broken == 0, "{tally:?}");
    }
    let tokens: u64 = tallies.iter().map(|tally| tally.issued).sum();
    println!("{tokens} tokens, {} agents, none failed", registered.len());

    for replica in &replicas {
        let api = &replica.api;
        assert!(api.accepts(&kept).await, "a token from before the upgrade");
        assert!(!api.accepts(&revoked).await, "revoked before the upgrade");
        for agent in &registered {
            let path = format!("/api/v1/agents/{agent}");
            api.get(&admin, &path).await.expect(200);
        }
        let admin = api.token(&tenant.admin, TENANT_SCOPES).await;
        assert!(api.audit_verified(&admin).await);
    }
    consistent(&installation, &tenant.id, &received(&tallies));
}

/// SIGTERM, and everything that follows from it.
fn ended_in_order(replica: Server) {
    let (status, log) = tokio::task::block_in_place(|| replica.stop());
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("the end is announced"), "{log}");
}

/// Somebody who reads and somebody who writes, as fast as they can.
struct Traffic {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    reader: JoinHandle<()>,
    writer: JoinHandle<Vec<String>>,
}

impl Traffic {
    fn start(port: u16, admin: &str, client: &Client) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let written = Arc::new(AtomicU64::new(0));
        let reader = read(port, admin.to_owned(), client.id.clone(), Arc::clone(&stop));
        let writer = write(
            port,
            admin.to_owned(),
            Arc::clone(&written),
            Arc::clone(&stop),
        );
        Self {
            reader: tokio::spawn(reader),
            writer: tokio::spawn(writer),
            stop,
            written,
        }
    }

    /// Waits until `more` agents were registered from now on.
    async fn wait_for(&self, more: u64) {
        let target = self.written.load(Ordering::SeqCst) + more;
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.written.load(Ordering::SeqCst) < target {
            let alive = !self.reader.is_finished() && !self.writer.is_finished();
            assert!(alive, "a request failed");
            assert!(Instant::now() < deadline, "nothing is written any more");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Ends both; ids of the registered agents.
    async fn finish(self) -> Vec<String> {
        self.stop.store(true, Ordering::SeqCst);
        self.reader.await.unwrap();
        self.writer.await.unwrap()
    }
}

async fn read(port: u16, admin: String, agent: String, stop: Arc<AtomicBool>) {
    let api = Api::at(port);
    let path = format!("/api/v1/agents/{agent}");
    while !stop.load(Ordering::SeqCst) {
        api.get(&admin, &path).await.expect(200);
    }
}

async fn write(
    port: u16,
    admin: String,
    written: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> Vec<String> {
    let api = Api::at(port);
    let mut agents = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let body = registration(&format!("new-{}@rolling.example", agents.len()));
        let answer = api.post(&admin, "/api/v1/agents", &body).await;
        agents.push(text(&answer.expect(201), "agentId"));
        written.fetch_add(1, Ordering::SeqCst);
    }
    agents
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_says_so_and_serves_to_the_end() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    let server = installation.start();
    let api = &server.api;
    assert_eq!(api.open("/health").await.status, 200);
    let asked = api.open(OPEN).await;
    assert_eq!((asked.status, asked.header("connection")), (200, ""));

    let busy = tokio::spawn(ask_always(server.port));
    server.signal("TERM");
    server.wait_for_log("the end is announced", 0);
    // As long as somebody asks, there are answers, each on a new connection.
    for _ in 0..5 {
        let health = api.open("/health").await;
        assert_eq!(health.status, 503, "{}", health.text);
        assert_eq!(health.json()["status"], "degraded");
        assert_eq!(health.json()["services"]["postgres"], "connected");
        let answer = api.open(OPEN).await;
        assert_eq!((answer.status, answer.header("connection")), (200, "close"));
    }
    busy.abort();
    let (status, log) = server.ended();
    assert_eq!(status.code(), Some(0), "{log}");
}

/// What everybody may read.
const OPEN: &str = "/.well-known/jwks.json";

async fn ask_always(port: u16) {
    let api = Api::at(port);
    while api.send(api.request(Method::GET, OPEN)).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_goes_on_while_a_newer_schema_is_put_under_it() {
    let Some(installation) = Installation::scaled() else {
        return;
    };
    let server = installation.start();
    let (tenant, admin) = tenant(&installation, &server, "expand").await;
    for statement in EXPANSION {
        installation.database.sql(statement);
    }
    // It runs, with all it does.
    let api = &server.api;
    let client = agents(api, &admin, "expand", 1).await.remove(0);
    let token = api.token(&client, "").await;
    assert!(api.accepts(&token).await);
    let path = format!("/api/v1/agents/{}", client.id);
    let rename = serde_json::json!({"owner": "another-team"});
    api.patch(&admin, &path, &rename).await.expect(200);
    api.get(&admin, "/api/v1/audit").await.expect(200);
    assert!(api.audit_verified(&admin).await);
    assert_eq!(api.open("/health").await.status, 200);

    // It does not start again, and no command changes what it does not know.
    for arguments in [
        &["serve"][..],
        &["serve", "--migrate"],
        &["migrate"],
        &["bootstrap", "--reset"],
        &["revoke-tokens", "--organization", &tenant.id],
    ] {
        let refused = installation.run(arguments);
        let output = format!("{}{}", refused.stdout, refused.stderr);
        assert_ne!(refused.code, 0, "{arguments:?}: {output}");
        let told = output.contains("schema is newer than this program");
        assert!(told, "{arguments:?}: {output}");
        assert!(!output.contains("listening on port"), "{output}");
    }
    assert!(api.accepts(&token).await, "no command had an effect");
}

/// What a migration of a later version may do while this one runs.
const EXPANSION: [&str; 4] = [
    "ALTER TABLE agents ADD COLUMN later text",
    "ALTER TABLE audit_events ADD COLUMN later bigint NOT NULL DEFAULT 0",
    "CREATE TABLE later (id uuid PRIMARY KEY)",
    "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')",
];

#[test]
fn an_embedded_store_of_a_later_version_is_refused() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if !installation.database.is_accessible() {
        return;
    }
    let _ = installation.start().stop();
    let later = EXPANSION.last().unwrap();
    installation.database.sql(later);
    let refused = installation.run(&["serve"]);
    let output = format!("{}{}", refused.stdout, refused.stderr);
    assert_ne!(refused.code, 0, "{output}");
    let told = output.contains("schema is newer than this program");
    assert!(told, "{output}");
}
