//! Events reach webhook receivers: signed, once, within a second, after a
//! crash too, and from every replica.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    Api, HEAVY, Installation, Load, OnBreak, Pair, Receiver, Server, agents, registration, tenant,
    text, until,
};

const SCOPES: &str = "agents:read agents:write audit:read webhooks:read webhooks:write";

/// Enough for a busy machine; the usual time is printed.
const SOON: Duration = Duration::from_secs(10);

/// A claim that nobody settled runs out after a minute.
const LEASE: Duration = Duration::from_secs(90);

const INSECURE: &str = "WEBHOOK_ALLOW_INSECURE_TARGETS";

/// An installation whose receivers may be on this machine.
fn open(installation: Option<Installation>) -> Option<Installation> {
    let mut installation = installation?;
    installation.set(INSECURE, "true");
    Some(installation)
}

async fn admin(installation: &Installation, server: &Server, slug: &str) -> String {
    let (tenant, _) = tenant(installation, server, slug).await;
    server.api.token(&tenant.admin, SCOPES).await
}

async fn register(api: &Api, token: &str, email: &str) -> String {
    let agent = api
        .post(token, "/api/v1/agents", &registration(email))
        .await;
    text(&agent.expect(201), "agentId")
}

async fn deliveries(api: &Api, token: &str, subscription: &str) -> Vec<Value> {
    let path = format!("/api/v1/webhooks/{subscription}/deliveries?limit=100");
    let page = api.get(token, &path).await.expect(200);
    page["deliveries"].as_array().unwrap().clone()
}

/// The only delivery of a subscription, once an attempt was noted.
async fn attempted(api: &Api, token: &str, subscription: &str) -> Value {
    until("an attempt", SOON, || async {
        let all = deliveries(api, token, subscription).await;
        all.len() == 1 && all[0]["attempt_count"] == 1
    })
    .await;
    deliveries(api, token, subscription).await.remove(0)
}

fn distinct(requests: &[Value], member: impl Fn(&Value) -> &Value) -> BTreeSet<String> {
    let values = requests.iter().map(|request| member(request).as_str());
    values.map(|value| value.unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn arrive_signed_from_the_embedded_store() {
    if let Some(installation) = open(Installation::embedded()) {
        arrive(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrive_signed_from_postgres() {
    if let Some(installation) = open(Installation::scaled()) {
        arrive(&installation).await;
    }
}

async fn arrive(installation: &Installation) {
    let Some(mut receiver) = Receiver::start(installation).await else {
        return;
    };
    let server = installation.start();
    let api = &server.api;
    let token = admin(installation, &server, "hooks").await;
    let foreign = admin(installation, &server, "other").await;
    let mut subscribed = Vec::new();
    for path in ["/ok/a", "/fail/a", "/moved/a"] {
        let events = ["agent.created"];
        subscribed.push(receiver.subscribe(api, &token, path, &events).await);
    }
    let events = ["agent.created"];
    receiver
        .subscribe(api, &foreign, "/ok/other", &events)
        .await;

    let agent = register(api, &token, "first@hooks.example").await;
    let request = receiver.wait_for("/ok/a", 1, SOON).await.remove(0);
    let envelope = &request["envelope"];
    assert_eq!(envelope["event"], "agent.created");
    assert_eq!(envelope["data"]["agentId"], *agent);
    print_latency(&request);

    let taken = attempted(api, &token, &subscribed[0]).await;
    assert_eq!(taken["status"], "delivered");
    assert_eq!(taken["http_status_code"], 204);
    assert_eq!(taken["id"], request["delivery"]);
    assert_eq!(taken["payload"], *envelope);
    for (subscription, status) in [(&subscribed[1], 500), (&subscribed[2], 302)] {
        let failed = attempted(api, &token, subscription).await;
        assert_eq!(failed["status"], "failed");
        assert_eq!(failed["http_status_code"], status);
        assert_eq!(failed["payload"]["id"], envelope["id"], "one event");
        assert!(failed["next_retry_at"].is_string());
    }
    assert_eq!(receiver.received("/ok/a").await.len(), 1, "exactly once");
    assert!(receiver.received("/ok/moved").await.is_empty());
    assert!(receiver.received("/ok/other").await.is_empty());
    assert!(api.get(&token, "/metrics").await.text.contains(&format!(
        "agentidp_webhook_dead_letters_total{{organization_id=\"{}\"}} 0",
        text(envelope, "organization_id")
    )));
}

fn print_latency(request: &Value) {
    let sent = text(&request["envelope"], "timestamp");
    let arrived = request["arrived"].as_f64().unwrap();
    println!("event of {sent} arrived at Unix second {arrived:.3}");
}

#[tokio::test(flavor = "multi_thread")]
async fn do_not_go_to_the_own_network() {
    let Some(mut installation) = open(Installation::embedded()) else {
        return;
    };
    let Some(mut receiver) = Receiver::start(&installation).await else {
        return;
    };
    let server = installation.start();
    let token = admin(&installation, &server, "private").await;
    let events = ["agent.created"];
    let id = receiver
        .subscribe(&server.api, &token, "/ok/private", &events)
        .await;
    let _ = server.stop();

    // As in production: what was allowed once is refused at delivery.
    installation.unset(INSECURE);
    let server = installation.start();
    register(&server.api, &token, "first@private.example").await;
    let failed = attempted(&server.api, &token, &id).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["http_status_code"], Value::Null);
    assert!(receiver.received("/ok/private").await.is_empty());
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://hooks.acme.example/",
    ] {
        let body = json!({"name": "x", "url": url, "events": events});
        let refused = server.api.post(&token, "/api/v1/webhooks", &body).await;
        assert_eq!(refused.expect(400)["details"]["field"], "url", "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survive_a_crash_on_the_embedded_store() {
    if let Some(installation) = open(Installation::embedded()) {
        survive_crashes(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survive_a_crash_on_postgres() {
    if let Some(installation) = open(Installation::scaled()) {
        survive_crashes(&installation).await;
    }
}

/// Kills the server as soon as it has answered, which is before it sends.
async fn survive_crashes(installation: &Installation) {
    let Some(mut receiver) = Receiver::start(installation).await else {
        return;
    };
    let mut server = installation.start();
    let token = admin(installation, &server, "crashed").await;
    let events = ["agent.created"];
    receiver
        .subscribe(&server.api, &token, "/ok/crash", &events)
        .await;
    let mut registered = BTreeSet::new();
    for round in 0..3 {
        let email = format!("agent-{round}@crashed.example");
        registered.insert(register(&server.api, &token, &email).await);
        server.kill();
        server = installation.start();
    }
    let requests = receiver
        .wait_for("/ok/crash", registered.len(), LEASE)
        .await;
    let told = distinct(&requests, |request| &request["envelope"]["data"]["agentId"]);
    assert_eq!(told, registered);
    let ids = distinct(&requests, |request| &request["envelope"]["id"]);
    assert_eq!(ids.len(), registered.len(), "a repetition keeps its id");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_replicas_are_sent_by_both_together() {
    let Some(installation) = open(Installation::scaled()) else {
        return;
    };
    let Some(mut receiver) = Receiver::start(&installation).await else {
        return;
    };
    let pair = Pair::over(installation).await;
    let token = pair.a.api.token(&pair.tenant.admin, SCOPES).await;
    let events = ["agent.created"];
    receiver
        .subscribe(&pair.a.api, &token, "/ok/pair", &events)
        .await;
    let mut registered = BTreeSet::new();
    for number in 0..60 {
        let api = if number % 2 == 0 {
            &pair.a.api
        } else {
            &pair.b.api
        };
        let email = format!("agent-{number}@pair.example");
        registered.insert(register(api, &token, &email).await);
    }
    let requests = receiver.wait_for("/ok/pair", registered.len(), SOON).await;
    let told = distinct(&requests, |request| &request["envelope"]["data"]["agentId"]);
    assert_eq!(told, registered, "no event is lost");
    let deliveries = distinct(&requests, |request| &request["delivery"]);
    let ids = distinct(&requests, |request| &request["envelope"]["id"]);
    assert_eq!(deliveries.len(), ids.len(), "a repetition keeps its id");
    println!("{} requests for {} events", requests.len(), ids.len());
}

/// Events to the slow receiver.
const BACKLOG: u64 = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn to_a_slow_receiver_hold_up_nobody() {
    let Some(installation) = open(Installation::embedded()) else {
        return;
    };
    let Some(mut receiver) = Receiver::start(&installation).await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let server = installation.start();
    let api = &server.api;
    let token = admin(&installation, &server, "slow").await;
    let clients = agents(api, &token, "slow", 8).await;

    let free = issue(&server, &clients).await;
    receiver
        .subscribe(api, &token, "/slow/a", &["token.issued"])
        .await;
    receiver
        .subscribe(api, &token, "/ok/fast", &["agent.created"])
        .await;
    let loaded = issue(&server, &clients).await;
    println!("{BACKLOG} tokens in {free:?} without and {loaded:?} with a slow receiver");

    // Of the slow one's events nearly all still wait now.
    let agent = register(api, &token, "beside@slow.example").await;
    let request = receiver.wait_for("/ok/fast", 1, SOON).await.remove(0);
    assert_eq!(request["envelope"]["data"]["agentId"], *agent);
    print_latency(&request);
    let arrived = receiver.received("/slow/a").await.len();
    assert!(arrived < 500, "{arrived}: the receiver was not slow");
}

async fn issue(server: &Server, clients: &[crate::harness::Client]) -> Duration {
    let begin = std::time::Instant::now();
    let load = Load::start(server.port, clients, OnBreak::End);
    load.wait_for(BACKLOG).await;
    let took = begin.elapsed();
    load.finish().await;
    took
}
