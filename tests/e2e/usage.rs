//! Usage survives restarts, and every replica counts into the same rows.

use serde_json::{Value, json};

use crate::harness::{Api, Installation, TENANT_SCOPES, agents, tenant};

const USAGE: &str = "/api/v1/billing/usage";
const CALLS: i64 = 7;

/// The usage of today, unless midnight lies between it and `day`.
async fn usage(api: &Api, token: &str, day: &str) -> Option<Value> {
    let usage = api.get(token, USAGE).await.expect(200);
    (usage["date"] == day).then_some(usage)
}

fn number(usage: &Value, member: &str) -> i64 {
    usage[member].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_survive_a_restart_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        survive(&installation, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_count_together_on_postgres() {
    if let Some(installation) = Installation::scaled() {
        survive(&installation, 2).await;
    }
}

async fn survive(installation: &Installation, replicas: usize) {
    let servers: Vec<_> = (0..replicas).map(|_| installation.start()).collect();
    let (_, admin) = tenant(installation, &servers[0], "metered").await;
    let clients = agents(&servers[0].api, &admin, "metered", 2).await;
    let first = servers[0].api.get(&admin, USAGE).await.expect(200);
    let day = first["date"].as_str().unwrap().to_owned();
    for server in &servers {
        for client in &clients {
            server.api.token(client, "").await;
        }
        for _ in 0..CALLS {
            server.api.get(&admin, "/api/v1/agents").await.expect(200);
        }
    }
    for server in servers {
        let (status, log) = server.stop();
        assert_eq!(status.code(), Some(0), "{log}");
    }

    let server = installation.start();
    let Some(usage) = usage(&server.api, &admin, &day).await else {
        return;
    };
    let replicas = i64::try_from(replicas).unwrap();
    // Two registrations, two credentials, the first summary.
    let calls = 2 + 2 + 1 + CALLS * replicas;
    assert_eq!(number(&usage, "apiCallsTotal"), calls, "{usage}");
    // The administrator's first token.
    assert_eq!(number(&usage, "tokensIssued"), 1 + 2 * replicas, "{usage}");
    assert_eq!(number(&usage, "agentsRegistered"), 3);
    assert_eq!(number(&usage, "credentialsGenerated"), 3);

    let summaries = server.api.get(&admin, "/api/v1/analytics/agents").await;
    let summaries = summaries.expect(200);
    let sum: i64 = summaries["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| number(agent, "tokensIssued"))
        .sum();
    assert_eq!(sum, 1 + 2 * replicas, "{summaries}");
}

#[tokio::test(flavor = "multi_thread")]
async fn analytics_can_be_switched_off_while_counting_goes_on() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    installation.set("ANALYTICS_ENABLED", "false");
    let server = installation.start();
    let (tenant, admin) = tenant(&installation, &server, "silent").await;
    let path = "/api/v1/analytics/tokens?days=2";
    let off = server.api.get(&admin, path).await.expect(404);
    let message = "Analytics is not enabled on this instance.";
    assert_eq!(off, json!({"code": "NOT_FOUND", "message": message}));
    let _ = server.stop();

    installation.unset("ANALYTICS_ENABLED");
    let server = installation.start();
    let token = server.api.token(&tenant.admin, TENANT_SCOPES).await;
    let trend = server.api.get(&token, path).await.expect(200);
    let days = trend["data"].as_array().unwrap();
    let sum: i64 = days.iter().map(|day| number(day, "count")).sum();
    assert_eq!(sum, 2, "{trend}");
}
