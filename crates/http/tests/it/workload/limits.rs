//! The exchange has no Bearer token: it is charged to the address.

use serde_json::json;

use super::{EXCHANGE, POLICIES, Stage};
use crate::support::texts::TOO_MANY;
use crate::support::{Answer, LIMITED};

async fn limited(per_ip: u32) -> Stage {
    Stage::with(|setup| {
        setup.world.limits = LIMITED;
        setup.world.limits.per_ip = per_ip;
    })
    .await
}

#[track_caller]
fn shows(answer: &Answer, limit: i64, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), limit, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
}

#[actix_web::test]
async fn every_exchange_is_charged_to_its_address() {
    let stage = limited(7).await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    let post = || stage.api.post(EXCHANGE);
    let good = json!({"token": stage.token()});
    // Whatever becomes of it, and whoever says to be behind it.
    let own = stage.api.token(&acme, "agents:read");
    let answers = [
        (post().json(&good).send().await, 200),
        (post().json(&json!({"token": "x"})).send().await, 401),
        (post().json(&json!({})).send().await, 400),
        (post().raw("application/json", "{").send().await, 400),
        (post().raw("text/plain", "x").send().await, 415),
        (
            post()
                .raw("text/plain", " ".repeat(200 * 1024))
                .send()
                .await,
            413,
        ),
        (post().bearer(&own).json(&good).send().await, 200),
    ];
    for (left, (answer, status)) in (0..7).rev().zip(answers) {
        assert_eq!(answer.status, status);
        shows(&answer, 7, left);
    }
    let events = stage.api.event_count(&acme).await;
    let fetches = stage.github.fetches();
    for call in [post().json(&good), post().raw("application/json", "{")] {
        let answer = call.send().await;
        answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
        shows(&answer, 7, 0);
        assert!((1..=60).contains(&answer.number("retry-after")));
    }
    assert_eq!(stage.api.event_count(&acme).await, events);
    assert_eq!(stage.github.fetches(), fetches);
    assert_eq!(stage.api.counted.limited(), [EXCHANGE, EXCHANGE]);
    let elsewhere = post().from("198.51.100.1").json(&good).send().await;
    elsewhere.expect(200);
    shows(&elsewhere, 7, 6);
    stage.api.pass(120);
    post().json(&good).send().await.expect(200);
}

#[actix_web::test]
async fn policies_are_charged_to_the_organization() {
    let stage = limited(1).await;
    let body = json!({"rateLimitPerMinute": 3});
    let acme = stage.api.organization_with("acme", body).await;
    let token = stage.api.token(&acme, "agents:read agents:write");
    let list = || stage.api.get(POLICIES).bearer(&token).send();
    shows(&list().await, 3, 2);
    let body = json!({"provider": "github", "repository": "acme/app"});
    let created = stage.api.post(POLICIES).bearer(&token).json(&body).send();
    shows(&created.await, 3, 1);
    let path = format!("{POLICIES}/x");
    let deleted = stage.api.delete(&path).bearer(&token).send().await;
    deleted.expect(404);
    shows(&deleted, 3, 0);
    list().await.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
}
