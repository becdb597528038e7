//! The monthly budget of an organization.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Answer, Api, Identity};

#[track_caller]
fn refused(answer: &Answer, code: &str, message: &str, tier: &str, limit: u32) {
    let details = answer.oauth_refused(403, "unauthorized_client", code, message);
    assert_eq!(
        details,
        json!({"tier": tier, "limit": limit, "current": limit})
    );
}

#[actix_web::test]
async fn a_free_organization_is_told_its_limit_until_the_month_is_over() {
    let api = Api::start().await;
    let acme = api
        .organization_with("acme", json!({"maxTokensPerMonth": 2}))
        .await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    api.login(&acme).await.expect(200);
    api.login(&agent).await.expect(200);
    let (code, message) = (
        "FREE_TIER_LIMIT_EXCEEDED",
        "Free tier limit of 2 tokens per month has been reached.",
    );
    for client in [&acme, &agent] {
        refused(&api.login(client).await, code, message, "free", 2);
    }
    let events = api.events(&acme, "auth.failed").await;
    assert_eq!(events.len(), 2);
    assert_eq!(
        events[1]["metadata"],
        json!({"reason": "token_limit_reached", "clientId": agent.agent})
    );
    assert_eq!(api.events(&acme, "token.issued").await.len(), 2);
    // A scope outside the grant is refused first.
    let answer = api.login_with(&agent, &[("scope", "audit:read")]).await;
    assert_eq!(answer.expect(400)["error"], "invalid_scope");
    // Failed authentications are no tokens; neither does another organization pay.
    api.organization("other").await;
    let present = api.world.ports.now().month();
    while api.world.ports.now().month() == present {
        api.world.clock.advance(Duration::from_secs(86_400));
    }
    api.login(&agent).await.expect(200);
}

#[actix_web::test]
async fn a_paid_organization_has_another_code_and_a_higher_limit_helps_at_once() {
    let api = Api::start().await;
    let settings = json!({"planTier": "pro", "maxTokensPerMonth": 1});
    let acme = api.organization_with("acme", settings).await;
    api.login(&acme).await.expect(200);
    let answer = api.login(&acme).await;
    let message = "Limit of 1 tokens per month has been reached.";
    refused(&answer, "TIER_LIMIT_EXCEEDED", message, "pro", 1);
    api.set_organization(&acme, &json!({"maxTokensPerMonth": null}))
        .await
        .expect(200);
    api.login(&acme).await.expect(200);
}

/// Sends 40 requests at once; how many were answered with a token.
async fn rush(api: &Api, clients: &[Identity]) -> (usize, usize) {
    let calls = (0..40).map(|index| api.login(&clients[index % clients.len()]));
    let answers = join_all(calls).await;
    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    (count(200), count(403))
}

#[actix_web::test]
async fn it_is_exact_under_concurrent_requests() {
    let api = Api::start().await;
    let acme = api
        .organization_with("acme", json!({"maxTokensPerMonth": 17}))
        .await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let clients = [acme, agent];
    for client in &clients {
        api.login(client).await.expect(200);
    }
    assert_eq!(rush(&api, &clients).await, (15, 25));
    assert_eq!(rush(&api, &clients).await, (0, 40));
    assert_eq!(api.events(&clients[0], "token.issued").await.len(), 17);
    assert_eq!(api.events(&clients[0], "auth.failed").await.len(), 65);
}

#[actix_web::test]
async fn the_system_organization_is_exempt() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    let body = json!({"maxTokensPerMonth": 1});
    let changed = api.set_organization(&operator, &body).await.expect(200);
    assert_eq!(changed["maxTokensPerMonth"], json!(null));
    for _ in 0..3 {
        api.login(&operator).await.expect(200);
    }
}
