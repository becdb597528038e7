//! Each control fails when its cause is there, and passes when it is gone; the
//! replicas agree.

use std::time::Duration;

use serde_json::json;

use crate::harness::database::Database;
use crate::harness::{Agent, Api, Installation, Pair, registration, tenant, text, until};

const CONTROLS: &str = "/api/v1/compliance/controls";

const SCOPES: &str = "agents:read agents:write audit:read webhooks:read webhooks:write";

/// Jobs run twice a second here; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// The first look at the results of others comes after five seconds, the next
/// ones a minute apart.
const AGREED: Duration = Duration::from_secs(100);

/// Status of a control.
async fn status(api: &Api, id: &str) -> String {
    let answer = api.open(CONTROLS).await.expect(200);
    let controls = answer["controls"].as_array().unwrap();
    assert_eq!(controls.len(), 5, "{answer}");
    let control = controls.iter().find(|control| control["id"] == id);
    text(control.unwrap(), "status")
}

async fn becomes(api: &Api, id: &str, wanted: &str, limit: Duration) {
    let what = format!("{id} is {wanted} at {}", api.base);
    until(&what, limit, || async { status(api, id).await == wanted }).await;
}

fn hurried(installation: Option<Installation>) -> Option<Installation> {
    let mut installation = installation?;
    for name in [
        "AUDIT_CHAIN_VERIFICATION_INTERVAL_MS",
        "SECRETS_ROTATION_CHECK_INTERVAL_MS",
    ] {
        installation.set(name, "500");
    }
    installation.set("WEBHOOK_ALLOW_INSECURE_TARGETS", "true");
    installation.set("WEBHOOK_MAX_RETRIES", "1");
    Some(installation)
}

#[tokio::test(flavor = "multi_thread")]
async fn controls_follow_their_causes_on_the_embedded_store() {
    if let Some(installation) = hurried(Installation::embedded())
        && installation.database.is_accessible()
    {
        controls_follow(&installation).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn controls_follow_their_causes_on_postgres() {
    if let Some(installation) = hurried(Installation::scaled()) {
        controls_follow(&installation).await;
    }
}

async fn controls_follow(installation: &Installation) {
    let server = installation.start();
    let api = &server.api;
    let (tenant, _) = tenant(installation, &server, "controlled").await;
    let token = api.token(&tenant.admin, SCOPES).await;
    for id in ["CC6.1", "CC7.2", "CC9.2", "CC7.1"] {
        becomes(api, id, "passing", SOON).await;
    }
    // Neither production nor switched on.
    assert_eq!(status(api, "CC6.7").await, "unknown");
    overdue_credentials(&installation.database, api, &token).await;
    dead_letters(&installation.database, api, &token).await;
    altered_log(&installation.database, api, &token).await;
    altered_secret(&installation.database, api, &token).await;
    // The next check is an hour away, unless the server starts anew.
    server.stop();
    let server = installation.start();
    becomes(&server.api, "CC6.1", "passing", SOON).await;
}

/// CC9.2: a credential in use is past its end, until it is revoked.
async fn overdue_credentials(database: &Database, api: &Api, token: &str) {
    let agent = api.agent(token, "overdue@controlled.example").await;
    let series = format!(
        "agentidp_credentials_expiring_soon_total{{agent_id=\"{}\"}}",
        agent.client.id
    );
    set_end(database, &agent, 1);
    until("the credential is counted", SOON, || async {
        api.open("/metrics").await.text.contains(&series)
    })
    .await;
    assert_eq!(status(api, "CC9.2").await, "passing");
    set_end(database, &agent, -1);
    becomes(api, "CC9.2", "failing", SOON).await;
    until("the series ends", SOON, || async {
        !api.open("/metrics").await.text.contains(&series)
    })
    .await;
    let path = format!(
        "/api/v1/agents/{}/credentials/{}",
        agent.client.id, agent.credential
    );
    assert_eq!(api.delete(token, &path).await.status, 204);
    becomes(api, "CC9.2", "passing", SOON).await;
}

/// Lets a credential end so many days from now.
pub fn set_end(database: &Database, agent: &Agent, days: i64) {
    let end = if database.is_postgres() {
        format!("now() + {days} * interval '1 day'")
    } else {
        format!("(unixepoch() + {days} * 86400) * 1000000")
    };
    let id = database.id(&agent.credential);
    database.sql(&format!(
        "UPDATE credentials SET expires_at = {end} WHERE credential_id = {id}"
    ));
}

/// CC7.1: more than ten deliveries within the hour were given up.
async fn dead_letters(database: &Database, api: &Api, token: &str) {
    // Nobody listens on port 1.
    let hook = json!({
        "name": "Nobody",
        "url": "http://127.0.0.1:1/",
        "events": ["agent.created"],
    });
    let created = api.post(token, "/api/v1/webhooks", &hook).await.expect(201);
    let path = format!(
        "/api/v1/webhooks/{}/deliveries?status=dead_letter",
        text(&created, "id")
    );
    register(api, token, 0..10).await;
    until("ten dead letters", SOON, || async {
        api.get(token, &path).await.expect(200)["total"] == 10
    })
    .await;
    assert_eq!(status(api, "CC7.1").await, "passing");
    register(api, token, 10..11).await;
    becomes(api, "CC7.1", "failing", SOON).await;
    // An hour later one more is the only one.
    let earlier = if database.is_postgres() {
        "updated_at - interval '2 hours'"
    } else {
        "updated_at - 7200 * 1000000"
    };
    database.sql(&format!(
        "UPDATE webhook_deliveries SET updated_at = {earlier} WHERE status = 'dead_letter'"
    ));
    register(api, token, 11..12).await;
    becomes(api, "CC7.1", "passing", SOON).await;
}

async fn register(api: &Api, token: &str, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let agent = registration(&format!("unheard-{number}@controlled.example"));
        api.post(token, "/api/v1/agents", &agent).await.expect(201);
    }
}

/// CC7.2: an event of the log was altered, until it is as it was.
async fn altered_log(database: &Database, api: &Api, token: &str) {
    let page = api.get(token, "/api/v1/audit?limit=1").await.expect(200);
    let event = text(&page["data"][0], "eventId");
    let hash = text(&page["data"][0], "hash");
    let unlock = if database.is_postgres() {
        "SET session_replication_role = replica"
    } else {
        "DROP TRIGGER IF EXISTS trg_audit_events_immutable_update"
    };
    let set = |hash: &str| {
        let id = database.id(&event);
        let update = format!("UPDATE audit_events SET hash = '{hash}' WHERE event_id = {id}");
        database.try_sql(&[unlock, &update]).unwrap();
    };
    set(&"0".repeat(64));
    // Should the altered event have been verified before, the next one does
    // not follow it.
    let new = registration("after@controlled.example");
    api.post(token, "/api/v1/agents", &new).await.expect(201);
    becomes(api, "CC7.2", "failing", SOON).await;
    let metrics = api.open("/metrics").await.text;
    assert!(metrics.contains("agentidp_audit_chain_integrity 0"));
    let path = "/api/v1/compliance/report";
    let report = api.get(token, path).await.expect(200);
    assert_eq!(report["status"], "fail", "{report}");
    let summary = &report["sections"][1]["summary"];
    assert_eq!(summary["verified"], false, "{report}");
    assert!(summary["brokenAtEventId"].is_string(), "{report}");
    set(&hash);
    becomes(api, "CC7.2", "passing", SOON).await;
}

/// CC6.1: a stored secret cannot be decrypted.
async fn altered_secret(database: &Database, api: &Api, token: &str) {
    let agent = api.agent(token, "altered@controlled.example").await;
    assert_eq!(status(api, "CC6.1").await, "passing");
    let id = database.id(&agent.credential);
    let copy = format!(
        "UPDATE credentials SET secret_hash = \
         (SELECT min(secret_hash) FROM credentials WHERE credential_id <> {id}) \
         WHERE credential_id = {id}"
    );
    database.sql(&copy);
    let refused = api.try_token(&agent.client, "").await.unwrap();
    refused.expect(500);
    assert_eq!(status(api, "CC6.1").await, "failing");
    database.sql(&format!(
        "UPDATE credentials SET status = 'revoked' WHERE credential_id = {id}"
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_agree_on_what_one_of_them_found() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    // Only B looks at credentials often.
    let a = installation.start();
    installation.set("SECRETS_ROTATION_CHECK_INTERVAL_MS", "500");
    let b = installation.start();
    let pair = [&a.api, &b.api];
    let (_, token) = tenant(&installation, &a, "agreed").await;
    for api in pair {
        becomes(api, "CC9.2", "passing", SOON).await;
    }
    let agent = a.api.agent(&token, "overdue@agreed.example").await;
    set_end(&installation.database, &agent, -1);
    becomes(&b.api, "CC9.2", "failing", SOON).await;
    becomes(&a.api, "CC9.2", "failing", AGREED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_shared_by_the_replicas() {
    let Some(pair) = Pair::start().await else {
        return;
    };
    let path = "/api/v1/compliance/report";
    let first = pair.a.api.get(&pair.admin, path).await.expect(200);
    assert_eq!(
        (&first["cached"], &first["status"]),
        (&json!(false), &json!("pass"))
    );
    let second = pair.b.api.get(&pair.admin, path).await.expect(200);
    assert_eq!(second["cached"], true);
    assert_eq!(second["generatedAt"], first["generatedAt"]);
    let path = "/api/v1/compliance/agent-cards";
    let cards = pair.b.api.get(&pair.admin, path).await;
    assert_eq!(
        cards.header("content-disposition"),
        "attachment; filename=\"agent-cards.json\""
    );
    assert_eq!(cards.expect(200).as_array().unwrap().len(), 1);
}
