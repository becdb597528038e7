//! Redis away and back: slower, never wrong, and healed without a restart.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{
    Api, HEAVY, Installation, Server, agents, refused_within_a_second, tenant, text, until,
};

/// Time for connections to be made again.
const RECOVERY: Duration = Duration::from_secs(15);
/// Two requests while Redis takes connections and does not answer.
const HANGING: Duration = Duration::from_secs(3);
/// Requests in a measurement of the fast path.
const PROBES: i64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn does_not_let_a_revoked_token_pass() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let (a, b) = (installation.start(), installation.start());
    let (tenant, admin) = tenant(&installation, &a, "redis").await;
    let client = agents(&a.api, &admin, "redis", 1).await.remove(0);
    let kept = a.api.token(&client, "").await;
    let revoked = a.api.token(&client, "").await;
    for server in [&a, &b] {
        healthy(server).await;
        fast(server, &kept).await;
    }
    a.api.revoke(&revoked).await;

    installation.redis.as_mut().unwrap().kill().unwrap();
    for server in [&a, &b] {
        assert!(
            !server.api.accepts(&revoked).await,
            "revoked before the outage"
        );
        degraded(server, &client.id, &kept).await;
        server.api.token(&client, "").await;
    }
    let during = a.api.token(&client, "").await;
    assert!(b.api.accepts(&during).await);
    a.api.revoke(&during).await;
    let after = refused_within_a_second(&b.api, &during).await;
    println!("without Redis, a revoked token was refused after {after:?}");
    let ended = a.api.token(&client, "").await;
    installation.succeed(&["revoke-tokens", "--organization", &tenant.id]);
    refused_within_a_second(&b.api, &ended).await;

    installation.redis.as_mut().unwrap().start_again().unwrap();
    let fresh = a.api.token(&client, "").await;
    for server in [&a, &b] {
        healthy(server).await;
        fast(server, &fresh).await;
        for token in [&revoked, &during, &ended, &kept] {
            assert!(
                !server.api.accepts(token).await,
                "ended before or during the outage"
            );
        }
    }
    a.api.revoke(&fresh).await;
    refused_within_a_second(&b.api, &fresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_redis_and_finds_it_later() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    installation.redis.as_mut().unwrap().stop().unwrap();
    let server = installation.start();
    let (_, admin) = tenant(&installation, &server, "late").await;
    let client = agents(&server.api, &admin, "late", 1).await.remove(0);
    let token = server.api.token(&client, "").await;
    degraded(&server, &client.id, &token).await;
    installation.redis.as_mut().unwrap().start_again().unwrap();
    healthy(&server).await;
    fast(&server, &token).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_delays_nothing_for_long() {
    let Some(mut installation) = Installation::scaled() else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let (a, b) = (installation.start(), installation.start());
    let (_, admin) = tenant(&installation, &a, "frozen").await;
    let client = agents(&a.api, &admin, "frozen", 1).await.remove(0);
    let token = a.api.token(&client, "").await;
    fast(&b, &token).await;
    installation.redis.as_mut().unwrap().pause().unwrap();
    for server in [&a, &b] {
        let begun = Instant::now();
        server.api.token(&client, "").await;
        assert!(server.api.accepts(&token).await);
        let took = begun.elapsed();
        assert!(took < HANGING, "issuance and introspection took {took:?}");
    }
    let begun = Instant::now();
    a.api.revoke(&token).await;
    let took = begun.elapsed();
    assert!(took < HANGING, "revocation took {took:?}");
    refused_within_a_second(&b.api, &token).await;
    installation.redis.as_mut().unwrap().resume().unwrap();
    let fresh = b.api.token(&client, "").await;
    for server in [&a, &b] {
        healthy(server).await;
        fast(server, &fresh).await;
        assert!(!server.api.accepts(&token).await);
    }
}

async fn health(api: &Api) -> (u16, Value) {
    let answer = api.open("/health").await;
    (answer.status, answer.json())
}

async fn healthy(server: &Server) {
    let api = &server.api;
    until("healthy", RECOVERY, || async {
        let (status, body) = health(api).await;
        status == 200 && body["status"] == "ok"
    })
    .await;
}

/// Reads go on; the health check tells what is missing.
async fn degraded(server: &Server, agent: &str, token: &str) {
    let record = server
        .api
        .get(token, &format!("/api/v1/agents/{agent}"))
        .await
        .expect(200);
    assert_eq!(text(&record, "agentId"), agent);
    let (status, body) = health(&server.api).await;
    assert_eq!((status, &body["status"]), (503, &json!("degraded")));
    assert_eq!(
        body["services"],
        json!({"postgres": "connected", "redis": "disconnected"})
    );
}

/// Waits until authentication needs no database again: with a token that is
/// good but lacks the scope, a request ends before anything else is read.
async fn fast(server: &Server, token: &str) {
    until("no query per request", RECOVERY, || async {
        let before = queries(&server.api).await;
        for _ in 0..PROBES {
            server.api.get(token, "/api/v1/audit").await.expect(403);
        }
        // Background work has a few of its own.
        queries(&server.api).await - before < PROBES
    })
    .await;
}

async fn queries(api: &Api) -> i64 {
    let metrics = api.open("/metrics").await.text;
    let mut lines = metrics.lines();
    let name = "agentidp_db_query_duration_seconds_count{operation=\"query\"} ";
    let count = lines.find_map(|line| line.strip_prefix(name));
    count.unwrap_or("0").parse().unwrap()
}
