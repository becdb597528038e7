//! Events reach Kafka: all of them, in order, whatever dies in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Api, HEAVY, Installation, Stream, TENANT_SCOPES, registration, tenant, text};

/// Enough for a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// What a killed replica had claimed is free after a while.
const LEASE: Duration = Duration::from_secs(90);

async fn register(api: &Api, token: &str, email: &str) -> String {
    let agent = api
        .post(token, "/api/v1/agents", &registration(email))
        .await;
    text(&agent.expect(201), "agentId")
}

/// The agents whose registration the records tell of, in their order, each at
/// its first place.
fn registered(records: &[Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    records
        .iter()
        .map(|record| &record["envelope"])
        .filter(|envelope| envelope["event"] == "agent.created")
        .map(|envelope| text(&envelope["data"], "agentId"))
        .filter(|agent| seen.insert(agent.clone()))
        .collect()
}

fn has_all(records: &[Value], agents: &[String]) -> bool {
    let found: BTreeSet<_> = registered(records).into_iter().collect();
    agents.iter().all(|agent| found.contains(agent))
}

/// Of an organization, in order and with one id for each event.
fn check_records(records: &[Value], organization: &str, agents: &[String]) {
    let own: Vec<Value> = records
        .iter()
        .filter(|record| record["key"] == organization)
        .cloned()
        .collect();
    let partitions: BTreeSet<_> = own
        .iter()
        .map(|record| record["partition"].as_i64())
        .collect();
    assert_eq!(partitions.len(), 1, "one key, one partition");
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for record in &own {
        let envelope = &record["envelope"];
        assert_eq!(envelope["organization_id"], organization);
        let header = serde_json::json!([["event_type", envelope["event"]]]);
        assert_eq!(record["headers"], header);
        if envelope["event"] == "agent.created" {
            let agent = text(&envelope["data"], "agentId");
            ids.entry(agent).or_default().insert(text(envelope, "id"));
        }
    }
    assert!(ids.values().all(|ids| ids.len() == 1), "ids are stable");
    let order: Vec<_> = registered(&own)
        .into_iter()
        .filter(|agent| agents.contains(agent))
        .collect();
    assert_eq!(order, agents);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_survive_an_outage_of_the_broker() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let Some(mut stream) = Stream::start(&mut installation) else {
        return;
    };
    let server = installation.start();
    let api = &server.api;
    let (tenant, token) = tenant(&installation, &server, "stream").await;
    let mut agents = vec![tenant.admin.id.clone()];
    agents.push(register(api, &token, "first@stream.example").await);
    let records = stream
        .wait_for("the first events", SOON, |records| {
            has_all(records, &agents)
        })
        .await;
    let first = records
        .iter()
        .find(|record| record["envelope"]["data"]["agentId"] == *agents[1]);
    let envelope = &first.unwrap()["envelope"];
    let mut members: Vec<_> = envelope.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(
        members,
        ["data", "event", "id", "organization_id", "timestamp"]
    );
    // Also those of the first start.
    assert!(records.iter().any(|record| record["key"] != *tenant.id));
    let well = installation.run(&["doctor"]);
    assert!(well.stdout.contains("ok    kafka"), "{}", well.stdout);

    stream.broker.stop().unwrap();
    for number in 0..5 {
        let email = format!("agent-{number}@stream.example");
        agents.push(register(api, &token, &email).await);
    }
    server.wait_for_log("events cannot be published", 0);
    let ill = installation.run(&["doctor"]);
    assert_eq!(ill.code, 1, "{}", ill.stdout);
    assert!(ill.stdout.contains("FAIL  kafka"), "{}", ill.stdout);

    stream.broker.start_again().unwrap();
    let records = stream
        .wait_for("all events", LEASE, |records| has_all(records, &agents))
        .await;
    check_records(&records, &tenant.id, &agents);
    server.wait_for_log("events reach the event stream again", 0);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_two_replicas_survive_the_end_of_one() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let Some(mut stream) = Stream::start(&mut installation) else {
        return;
    };
    let a = installation.start();
    let (tenant, token) = tenant(&installation, &a, "pair").await;
    let mut agents = Vec::new();
    for number in 0..10 {
        let email = format!("agent-{number}@pair.example");
        agents.push(register(&a.api, &token, &email).await);
    }
    stream
        .wait_for("the events of the first", SOON, |records| {
            has_all(records, &agents)
        })
        .await;

    // From here on the first one tries and cannot: what it leaves behind is
    // published by the second one or by nobody.
    stream.broker.stop().unwrap();
    for number in 10..20 {
        let email = format!("agent-{number}@pair.example");
        agents.push(register(&a.api, &token, &email).await);
    }
    a.wait_for_log("events cannot be published", 0);
    let b = installation.start();
    let token_of_b = b.api.token(&tenant.admin, TENANT_SCOPES).await;
    for number in 20..30 {
        let email = format!("agent-{number}@pair.example");
        agents.push(register(&b.api, &token_of_b, &email).await);
    }
    a.kill();
    stream.broker.start_again().unwrap();
    let records = stream
        .wait_for("all events", LEASE, |records| has_all(records, &agents))
        .await;
    check_records(&records, &tenant.id, &agents);
}
