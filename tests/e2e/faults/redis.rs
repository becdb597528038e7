//! Redis forgets everything, or is slow. Away and hanging: see
//! [`crate::redis_outage`].

use std::time::Duration;

use super::scene::assert_only_unavailable;
use super::{consistent, received};
use crate::harness::{
    Client, HEAVY, Installation, Load, OnBreak, Pair, agents, refused_within_a_second,
};

/// Times Redis forgets, or stops, under load.
const TIMES: usize = 10;
/// How long each command takes at most when it is slow.
const SLOW: Duration = Duration::from_millis(300);

/// Two replicas whose windows of rate limits are in Redis.
async fn pair() -> Option<Pair> {
    let mut installation = Installation::scaled()?;
    installation.set("RATE_LIMIT_ENABLED", "true");
    installation.set("RATE_LIMIT_MAX_REQUESTS", "1000000");
    Some(Pair::over(installation).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn forgetting_everything_lets_nothing_pass() {
    let Some(pair) = pair().await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let clients = agents(&pair.a.api, &pair.admin, "flushed", 6).await;
    let revoked = pair.token(&clients[0]).await;
    pair.a.api.revoke(&revoked).await;
    refused_within_a_second(&pair.b.api, &revoked).await;
    let suspended = pair.agent("suspended").await;
    let ended = pair.token(&suspended.client).await;
    let path = format!("/api/v1/agents/{}", suspended.client.id);
    let body = serde_json::json!({"status": "suspended"});
    let answer = pair.a.api.patch(&pair.admin, &path, &body).await;
    answer.expect(200);
    refused_within_a_second(&pair.b.api, &ended).await;

    let loads = loads(&pair, &clients).await;
    let redis = pair.installation.redis.as_ref().unwrap();
    for _ in 0..TIMES {
        redis.flush().unwrap();
        for load in &loads {
            load.wait_for(5).await;
        }
        let fresh = pair.token(&clients[0]).await;
        redis.flush().unwrap();
        pair.a.api.revoke(&fresh).await;
        redis.flush().unwrap();
        refused_within_a_second(&pair.b.api, &fresh).await;
        for api in [&pair.a.api, &pair.b.api] {
            assert!(!api.accepts(&revoked).await, "revoked before");
            assert!(!api.accepts(&ended).await, "of a suspended agent");
        }
    }
    finish(&pair, loads).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slowness_delays_and_fails_nothing() {
    let Some(mut pair) = pair().await else {
        return;
    };
    let _turn = HEAVY.acquire().await;
    let clients = agents(&pair.a.api, &pair.admin, "slow", 6).await;
    let loads = loads(&pair, &clients).await;
    for _ in 0..TIMES {
        let token = pair.token(&clients[0]).await;
        let redis = pair.installation.redis.as_mut().unwrap();
        redis.pause().unwrap();
        // Not a wait for anything: it is the fault.
        tokio::time::sleep(SLOW).await;
        redis.resume().unwrap();
        for load in &loads {
            load.wait_for(5).await;
        }
        pair.a.api.revoke(&token).await;
        refused_within_a_second(&pair.b.api, &token).await;
    }
    finish(&pair, loads).await;
}

/// Load on both, which know the secrets by then: nobody is turned away because
/// too many have to be hashed at once.
async fn loads(pair: &Pair, clients: &[Client]) -> [Load; 2] {
    for client in clients {
        pair.a.api.token(client, "").await;
        pair.b.api.token(client, "").await;
    }
    [&pair.a, &pair.b].map(|server| Load::start(server.port, clients, OnBreak::GoOn))
}

/// No request failed, and nothing is lost.
async fn finish(pair: &Pair, loads: [Load; 2]) {
    let mut tallies = Vec::new();
    for load in loads {
        tallies.extend(load.finish().await);
    }
    assert_only_unavailable(&tallies);
    let refused: u64 = tallies
        .iter()
        .flat_map(|tally| tally.refused.values())
        .sum();
    assert_eq!(refused, 0, "requests refused");
    assert!(pair.a.api.audit_verified(&pair.admin).await);
    consistent(&pair.installation, &pair.tenant.id, &received(&tallies));
}
