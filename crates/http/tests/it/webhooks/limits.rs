//! How many subscriptions and requests there may be, and faults of the store.

use agentidp_domain::error::StoreError;
use agentidp_domain::webhook::WebhookService;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ALL, WEBHOOKS, create, delete, listed, path_of, subscribed, wish};
use crate::support::texts::{INTERNAL, INVALID_BODY, TOO_MANY, UNAVAILABLE};
use crate::support::{Answer, Api, Broken, Identity, Setup, TENANT_SCOPES};

#[track_caller]
fn full(answer: &Answer) {
    let details = answer.invalid(INVALID_BODY, &["body"]);
    let reason = "The organization already has the maximum of 50 subscriptions.";
    assert_eq!(details["reason"], reason);
}

async fn fill(api: &Api, by: &Identity) {
    for _ in 0..50 {
        subscribed(api, by, &ALL).await;
    }
}

#[actix_web::test]
async fn an_organization_has_at_most_50() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    fill(&api, &acme).await;
    let before = api.event_count(&acme).await;
    full(&create(&api, &acme, &wish(&ALL)).await);
    // Paused ones count, and what is wrong with a field is told first.
    let all = listed(&api, &acme).await;
    assert_eq!(all.len(), 50);
    let bad = create(&api, &acme, &json!({"name": "x"})).await;
    bad.invalid(INVALID_BODY, &["url", "events"]);
    let path = path_of(&all[7]);
    super::set_active(&api, &acme, &path, false).await;
    full(&create(&api, &acme, &wish(&ALL)).await);
    assert_eq!(api.event_count(&acme).await, before + 1);
    // Others have a limit of their own.
    subscribed(&api, &other, &ALL).await;
    delete(&api, &acme, &path).await.no_content();
    subscribed(&api, &acme, &ALL).await;
    full(&create(&api, &acme, &wish(&ALL)).await);
    assert_eq!(listed(&api, &acme).await.len(), 50);
}

#[actix_web::test]
async fn the_limit_is_exact_under_concurrent_creations() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let body = wish(&ALL);
    let calls = (0..60).map(|_| create(&api, &acme, &body));
    let answers = join_all(calls).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 50);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        full(refused);
    }
    assert_eq!(listed(&api, &acme).await.len(), 50);
    let events = api.events(&acme, "webhook.created").await;
    assert_eq!(events.len(), 50);
}

/// All six operations about a subscription.
fn operations(path: &str) -> [(&'static str, String, Value); 6] {
    [
        ("POST", WEBHOOKS.to_owned(), wish(&ALL)),
        ("GET", WEBHOOKS.to_owned(), json!({})),
        ("GET", path.to_owned(), json!({})),
        ("GET", format!("{path}/deliveries"), json!({})),
        ("PATCH", path.to_owned(), json!({"active": false})),
        ("DELETE", path.to_owned(), json!({})),
    ]
}

/// The answers to all six.
async fn answers(api: &Api, by: &Identity, path: &str) -> Vec<Answer> {
    let token = api.token(by, TENANT_SCOPES);
    let mut answers = Vec::new();
    for (method, path, body) in operations(path) {
        let call = api.call(method, &path).bearer(&token).json(&body);
        answers.push(call.send().await);
    }
    answers
}

#[actix_web::test]
async fn all_six_are_charged_to_the_organization() {
    let api = Setup::limited().start().await;
    let limit = json!({"rateLimitPerMinute": 7});
    let acme = api.organization_with("acme", limit).await;
    let path = subscribed(&api, &acme, &ALL).await;
    for (left, answer) in (0..6).rev().zip(answers(&api, &acme, &path).await) {
        assert!(answer.status < 300, "{answer:?}");
        assert_eq!(answer.number("x-ratelimit-limit"), 7);
        assert_eq!(answer.number("x-ratelimit-remaining"), left);
    }
    for answer in answers(&api, &acme, &path).await {
        answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
        assert!((1..=60).contains(&answer.number("retry-after")));
    }
    let one = format!("{WEBHOOKS}/:id");
    let history = format!("{one}/deliveries");
    let routes = [WEBHOOKS, WEBHOOKS, &one, &history, &one, &one];
    assert_eq!(api.counted.limited(), routes);
}

async fn over(failure: fn() -> StoreError) -> Vec<Answer> {
    let api = Setup::default()
        .start_with(|state| {
            state.webhooks = WebhookService::new(Broken::ports(&state.ports, failure));
        })
        .await;
    let path = format!("{WEBHOOKS}/{}", Uuid::new_v4());
    answers(&api, &api.operator, &path).await
}

#[actix_web::test]
async fn faults_of_the_store_are_told_without_internals() {
    let failing = || StoreError::Backend("SELECT signing_secret FROM db.internal".to_owned());
    for answer in over(failing).await {
        let details = answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
        assert_eq!(details, Value::Null);
    }
    let away = || StoreError::Unavailable("no route to db.internal:5432".to_owned());
    for answer in over(away).await {
        let details = answer.refused(503, "SERVICE_UNAVAILABLE", UNAVAILABLE);
        assert_eq!(details, Value::Null);
        assert!(answer.number("retry-after") >= 1);
    }
}
