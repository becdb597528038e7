//! What the summary shows.

use agentidp_domain::error::StoreError;
use agentidp_domain::token::TokenType;
use agentidp_domain::usage::UsageService;
use serde_json::{Value, json};

use super::{USAGE, ask, flush, tomorrow, usage};
use crate::support::texts::{DENIED, INTERNAL, TOKEN_REQUIRED, TOO_MANY, UNAVAILABLE};
use crate::support::{Api, Broken, Identity, Setup, TENANT_SCOPES};

/// The day of the clock.
fn today(api: &Api) -> String {
    api.world.ports.now().date().to_string()
}

fn numbers(usage: &Value) -> [i64; 4] {
    [
        "tokensIssued",
        "agentsRegistered",
        "credentialsGenerated",
        "apiCallsTotal",
    ]
    .map(|name| usage[name].as_i64().unwrap())
}

#[actix_web::test]
async fn it_shows_these_members_and_no_other() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    // The administrator comes with a credential.
    let wanted = json!({
        "organizationId": acme.organization,
        "date": today(&api),
        "tokensIssued": 0,
        "agentsRegistered": 1,
        "credentialsGenerated": 1,
        "apiCallsTotal": 0,
    });
    assert_eq!(usage(&api, &acme).await, wanted);
}

#[actix_web::test]
async fn an_organization_without_agents_has_used_nothing() {
    let api = Api::start().await;
    let token = api.token(&api.operator, "admin:orgs");
    let call = api.post("/api/v1/organizations").bearer(&token);
    let made = call
        .json(&json!({"name": "n", "slug": "empty"}))
        .send()
        .await;
    let empty = Identity {
        organization: made.expect(201)["organizationId"]
            .as_str()
            .unwrap()
            .to_owned(),
        ..api.operator.stranger()
    };
    assert_eq!(numbers(&usage(&api, &empty).await), [0, 0, 0, 0]);
}

#[actix_web::test]
async fn everything_is_counted_at_once_and_calls_when_they_are_written() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    api.login(&agent).await.expect(200);
    api.login(&acme).await.expect(200);
    assert_eq!(numbers(&usage(&api, &acme).await), [2, 2, 2, 0]);
    flush(&api).await;
    // Registration, credential, summary.
    assert_eq!(numbers(&usage(&api, &acme).await), [2, 2, 2, 3]);
    // What failed is not counted.
    let mut wrong = agent.clone();
    wrong.secret.push('x');
    api.login(&wrong).await.expect(401);
    api.login_with(&agent, &[("scope", "agents:write")])
        .await
        .expect(400);
    assert_eq!(numbers(&usage(&api, &acme).await), [2, 2, 2, 3]);
}

#[actix_web::test]
async fn counters_start_again_at_midnight() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    tomorrow(&api, -1);
    let before = today(&api);
    api.login(&acme).await.expect(200);
    assert_eq!(numbers(&usage(&api, &acme).await)[0], 1);
    api.pass(1);
    let after = usage(&api, &acme).await;
    assert_eq!(numbers(&after), [0, 0, 0, 0]);
    assert_eq!(after["date"], today(&api));
    assert_ne!(after["date"], before);
    api.login(&acme).await.expect(200);
    assert_eq!(numbers(&usage(&api, &acme).await)[0], 1);
}

#[actix_web::test]
async fn others_never_count() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    api.agent(&other, "b", &["agents:read"]).await;
    api.login(&other).await.expect(200);
    flush(&api).await;
    assert_eq!(numbers(&usage(&api, &acme).await), [0, 1, 1, 0]);
    let path = format!("{USAGE}?organizationId={}", other.organization);
    let answer = ask(&api, &acme, &path).await.expect(200);
    assert_eq!(answer["organizationId"], acme.organization);
}

#[actix_web::test]
async fn every_refusal() {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 100;
    let api = setup.start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 1}))
        .await;
    let answer = api.get(USAGE).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let mut claims = api.claims(&acme, TENANT_SCOPES);
    claims.as_object_mut().unwrap().remove("organization_id");
    let token = api.sign(TokenType::AccessToken, &claims);
    let answer = api.get(USAGE).bearer(&token).send().await;
    answer.refused(403, "AUTHORIZATION_ERROR", DENIED);
    ask(&api, &acme, USAGE).await.expect(200);
    let answer = ask(&api, &acme, USAGE).await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
}

#[actix_web::test]
async fn a_failing_store_is_no_secret_and_no_number() {
    let away: fn() -> StoreError = || StoreError::Unavailable("db.internal".to_owned());
    let broken = || StoreError::Backend("SELECT".to_owned());
    let failures = [
        (away, 503, "SERVICE_UNAVAILABLE", UNAVAILABLE),
        (broken, 500, "INTERNAL_SERVER_ERROR", INTERNAL),
    ];
    for (failure, status, code, message) in failures {
        let api = Setup::default()
            .start_with(|state| {
                state.usage = UsageService::new(Broken::ports(&state.ports, failure));
            })
            .await;
        let acme = api.organization("acme").await;
        let answer = ask(&api, &acme, USAGE).await;
        assert_eq!(answer.refused(status, code, message), Value::Null);
    }
}
