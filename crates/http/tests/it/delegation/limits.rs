//! Delegation is charged to the organization.

use serde_json::json;

use super::{DELEGATE, VERIFY, wish};
use crate::support::texts::TOO_MANY;
use crate::support::{Answer, Setup};

#[track_caller]
fn shows(answer: &Answer, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), 4, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
}

#[actix_web::test]
async fn all_three_routes_share_the_bucket_of_the_organization() {
    let api = Setup::limited().start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 4}))
        .await;
    let token = api.token(&acme, "agents:read");
    let body = wish(&acme.stranger());
    let create = || api.post(DELEGATE).bearer(&token).json(&body).send();
    let created = create().await;
    created.expect(404);
    shows(&created, 3);
    let verified = api.post(VERIFY).bearer(&token).send().await;
    verified.expect(400);
    shows(&verified, 2);
    let path = format!("{DELEGATE}/x");
    let revoked = api.delete(&path).bearer(&token).send().await;
    revoked.expect(404);
    shows(&revoked, 1);
    shows(&create().await, 0);
    let refused = create().await;
    refused.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    assert!((1..=60).contains(&refused.number("retry-after")));
    assert_eq!(api.counted.limited(), [DELEGATE]);
}
