//! Ten projects per minute and organization.

use serde_json::json;

use super::{ask, unpack};
use crate::support::texts::TOO_MANY;
use crate::support::{Answer, Setup};

#[track_caller]
fn shows(answer: &Answer, limit: i64, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), limit, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
}

#[track_caller]
fn exhausted(answer: &Answer) {
    let seconds = answer.number("retry-after");
    assert!((1..=60).contains(&seconds), "{seconds}");
    let text = format!("Scaffold rate limit exceeded. Please retry after {seconds} seconds.");
    answer.refused(429, "RATE_LIMIT_EXCEEDED", &text);
    shows(answer, 10, 0);
}

#[actix_web::test]
async fn every_request_counts_also_failing_ones_and_those_of_colleagues() {
    let api = Setup::limited().start().await;
    // No limit of its own on requests, but on projects.
    let tier = json!({"planTier": "enterprise"});
    let acme = api.organization_with("acme", tier).await;
    let other = api.organization("other").await;
    let colleague = acme.stranger();
    for (remaining, query) in [
        (9, ""),
        (8, "?language=ruby"),
        (7, "?language=go"),
        (6, "?language=GO"),
    ] {
        let answer = ask(&api, &acme, &acme.agent, query).await;
        shows(&answer, 10, remaining);
    }
    for remaining in (0..6).rev() {
        let answer = ask(&api, &colleague, "no-uuid", "").await;
        answer.expect(404);
        shows(&answer, 10, remaining);
    }
    exhausted(&ask(&api, &acme, &acme.agent, "").await);
    // Refused before the language is looked at.
    exhausted(&ask(&api, &colleague, &acme.agent, "?language=ruby").await);
    let route = "/api/v1/sdk/scaffold/:id";
    assert_eq!(api.counted.limited(), [route, route]);
    // The bucket is for projects only, and for one organization.
    let token = api.token(&acme, "agents:read");
    let read = api.get(&acme.path()).bearer(&token).send().await;
    read.expect(200);
    shows(&ask(&api, &other, &other.agent, "").await, 10, 9);
    api.pass(120);
    let answer = ask(&api, &acme, &acme.agent, "").await;
    unpack(&answer);
    shows(&answer, 10, 9);
}

#[actix_web::test]
async fn the_nearer_limit_of_the_organization_is_shown_and_refuses_in_its_words() {
    let api = Setup::limited().start().await;
    let slow = json!({"rateLimitPerMinute": 2});
    let acme = api.organization_with("acme", slow).await;
    for remaining in [1, 0] {
        let answer = ask(&api, &acme, &acme.agent, "").await;
        unpack(&answer);
        shows(&answer, 2, remaining);
    }
    let answer = ask(&api, &acme, &acme.agent, "").await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    shows(&answer, 2, 0);
}
