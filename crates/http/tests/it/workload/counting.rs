//! Tokens of exchanges count like those of the token endpoint; bootstrap
//! tokens have no monthly counter.

use std::sync::{Arc, Mutex};

use agentidp_domain::metrics::Metrics;
use agentidp_domain::scope::ScopeSet;
use agentidp_domain::token::{Journal, JournalSettings};
use agentidp_domain::workload::WorkloadExchange;
use agentidp_http::AppState;
use futures_util::future::join_all;
use serde_json::json;

use super::{Stage, composed, subject};
use crate::support::{Answer, Identity};

async fn limited(stage: &Stage, tier: &str, limit: u32) -> Identity {
    let body = json!({"planTier": tier, "maxTokensPerMonth": limit});
    stage.api.organization_with("acme", body).await
}

/// 403 with the words of the token endpoint, in the envelope alone.
#[track_caller]
fn limit_reached(answer: &Answer, token_endpoint: &Answer) {
    let mut expected = token_endpoint.expect(403);
    let members = expected.as_object_mut().unwrap();
    members.remove("error");
    members.remove("error_description");
    assert_eq!(answer.expect(403), expected);
    assert_eq!(answer.header("www-authenticate"), None);
}

#[actix_web::test]
async fn the_monthly_limit_is_that_of_the_token_endpoint() {
    for (tier, code) in [
        ("free", "FREE_TIER_LIMIT_EXCEEDED"),
        ("pro", "TIER_LIMIT_EXCEEDED"),
    ] {
        let stage = Stage::start().await;
        let acme = limited(&stage, tier, 3).await;
        let (agent, policy) = stage.linked(&acme, "a").await;
        stage.run(&json!({})).await.expect(200);
        stage.api.login(&acme).await.expect(200);
        stage.run(&json!({})).await.expect(200);
        let answer = stage.run(&json!({})).await;
        limit_reached(&answer, &stage.api.login(&acme).await);
        let details = json!({"tier": tier, "limit": 3, "current": 3});
        let body = answer.json();
        assert_eq!((&body["code"], &body["details"]), (&json!(code), &details));
        let events = stage.api.events(&acme, "auth.failed").await;
        let event = &events[0];
        assert_eq!(event["agentId"], agent.agent);
        assert_eq!(event["metadata"]["reason"], code);
        assert_eq!(event["metadata"]["policyId"], policy["id"]);
        assert_eq!(event["metadata"]["runId"], "1658821493");
        assert_eq!(stage.api.events(&acme, "token.issued").await.len(), 3);
        // A higher limit helps at once.
        let more = json!({"maxTokensPerMonth": 4});
        stage.api.set_organization(&acme, &more).await.expect(200);
        assert_eq!(subject(&stage.run(&json!({})).await), agent.agent);
    }
}

#[actix_web::test]
async fn the_limit_is_exact_under_concurrent_requests() {
    let stage = Stage::start().await;
    let acme = limited(&stage, "free", 5).await;
    stage.linked(&acme, "a").await;
    stage.run(&json!({})).await.expect(200);
    let calls = (0..16).map(|_| {
        let stage = &stage;
        async move { stage.run(&json!({})).await.status }
    });
    let statuses = join_all(calls).await;
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(200), count(403)), (4, 12));
}

#[actix_web::test]
async fn bootstrap_tokens_are_not_counted() {
    let stage = Stage::start().await;
    let acme = limited(&stage, "free", 1).await;
    stage.policy(&acme, &json!({})).await;
    for _ in 0..3 {
        stage.run(&json!({})).await.expect(200);
    }
    stage.api.login(&acme).await.expect(200);
    stage.api.login(&acme).await.expect(403);
    stage.run(&json!({})).await.expect(200);
}

/// Remembers the scopes of issued tokens.
#[derive(Default)]
struct Issued(Mutex<Vec<String>>);

impl Metrics for Issued {
    fn token_issued(&self, scopes: ScopeSet) {
        self.0.lock().unwrap().push(scopes.to_string());
    }
}

/// An exchange like the one in `state` that reports to `metrics`.
fn reporting(state: &AppState, issuer: String, metrics: Arc<Issued>) -> WorkloadExchange {
    let mut ports = state.ports.clone();
    ports.metrics = metrics;
    let (journal, _) = Journal::start(ports.clone(), JournalSettings::default());
    composed::exchange(ports, Arc::clone(&state.ring), journal, issuer)
}

#[actix_web::test]
async fn every_issued_token_is_measured_by_its_scopes() {
    let metrics = Arc::new(Issued::default());
    let seen = Arc::clone(&metrics);
    let stage = Stage::composed(|state, issuer| reporting(state, issuer, seen)).await;
    let acme = limited(&stage, "free", 1).await;
    stage.linked(&acme, "a").await;
    stage.run(&json!({})).await.expect(200);
    stage.run(&json!({})).await.expect(403);
    stage
        .run_as(&json!({"exp": 1}), &json!({}))
        .await
        .expect(401);
    stage.policy(&acme, &json!({})).await;
    stage.run(&json!({})).await.expect(200);
    let issued = metrics.0.lock().unwrap().clone();
    assert_eq!(issued, ["agents:read", "agents:write"]);
}
