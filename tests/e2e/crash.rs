//! kill -9 while tokens are being issued: no token that left the server is
//! missing in the log, and nothing in the log is broken.

use std::collections::BTreeMap;

use crate::harness::{
    Api, HEAVY, Installation, Load, OnBreak, TENANT_SCOPES, Tally, agents, tenant,
};

const ROUNDS: usize = 3;
const CLIENTS: usize = 12;
/// Tokens before the kill, each round.
const TOKENS: u64 = 120;

#[tokio::test(flavor = "multi_thread")]
async fn loses_no_event_on_the_embedded_store() {
    let Some(installation) = Installation::embedded() else {
        return;
    };
    if installation.database.is_accessible() {
        crashes(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loses_no_event_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        crashes(&installation).await;
    }
}

async fn crashes(installation: &Installation) {
    let _alone = HEAVY.lock().await;
    let server = installation.start();
    let (tenant, admin) = tenant(installation, &server, "crash").await;
    let clients = agents(&server.api, &admin, "crash", CLIENTS).await;
    let mut received: BTreeMap<String, u64> = BTreeMap::new();
    let mut server = Some(server);
    for _ in 0..ROUNDS {
        let running = server.take().unwrap();
        let load = Load::start(running.port, &clients, OnBreak::End);
        load.wait_for(TOKENS).await;
        running.kill();
        let tallies = load.finish().await;
        let again = installation.start();
        for tally in tallies {
            assert_eq!(
                tally.refused,
                BTreeMap::new(),
                "only the kill may end a client"
            );
            still_accepted(&again.api, &tally).await;
            *received.entry(tally.agent).or_default() += tally.issued;
        }
        let token = again.api.token(&tenant.admin, TENANT_SCOPES).await;
        assert!(again.api.audit_verified(&token).await);
        installation.succeed(&["verify-audit"]);
        consistent(installation, &tenant.id, &received);
        server = Some(again);
    }
    let total: u64 = received.values().sum();
    println!("{total} tokens received over {ROUNDS} kills");
}

async fn still_accepted(api: &Api, tally: &Tally) {
    if let Some(token) = &tally.latest {
        assert!(api.accepts(token).await, "a token from before the kill");
    }
}

/// What the tables say about the organization fits together and covers what
/// the clients received.
pub fn consistent(installation: &Installation, tenant: &str, received: &BTreeMap<String, u64>) {
    let database = &installation.database;
    let log = format!("organization_id = {}", database.id(tenant));
    let events = format!("FROM audit_events WHERE {log}");
    let issued = format!("{events} AND action = 'token.issued'");
    for (agent, tokens) in received {
        let count = database.number(&format!(
            "SELECT count(*) {issued} AND agent_id = '{agent}'"
        ));
        let count = u64::try_from(count).unwrap();
        assert!(*tokens <= count, "{agent}: {tokens} tokens, {count} events");
    }
    let counted = format!("SELECT sum(count) FROM token_monthly_counts WHERE {log}");
    let all = database.number(&format!("SELECT count(*) {issued}"));
    assert_eq!(database.number(&counted), all, "monthly count and events");
    let gaps = format!("SELECT count(*) - max(sequence) - 1 {events}");
    assert_eq!(database.number(&gaps), 0, "sequences without a gap");
    let head = format!("SELECT next_sequence FROM audit_log_heads WHERE {log}");
    let next = database.number(&format!("SELECT count(*) {events}"));
    assert_eq!(database.number(&head), next, "head of the log");
}

/// Tokens received, by agent.
pub fn received(tallies: &[Tally]) -> BTreeMap<String, u64> {
    let mut received = BTreeMap::new();
    for tally in tallies {
        *received.entry(tally.agent.clone()).or_default() += tally.issued;
    }
    received
}
