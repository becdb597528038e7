//! Rate limits per organization and per address.

use std::time::Duration;

use serde_json::json;

use crate::support::texts::{TOKEN_REQUIRED, TOO_MANY};
use crate::support::{Answer, Api, Identity, LIMITED, Setup, TENANT_SCOPES};

const JWKS: &str = "/.well-known/jwks.json";

async fn read(api: &Api, of: &Identity) -> Answer {
    let token = api.token(of, "agents:read");
    api.get("/api/v1/agents").bearer(&token).send().await
}

#[track_caller]
fn shows(api: &Api, answer: &Answer, limit: i64, remaining: i64) {
    assert_eq!(answer.number("x-ratelimit-limit"), limit, "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining);
    let reset = answer.number("x-ratelimit-reset") - api.now();
    assert!((0..=60).contains(&reset), "{reset}");
}

#[track_caller]
fn too_many(api: &Api, answer: &Answer, limit: i64) {
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    shows(api, answer, limit, 0);
    assert!((1..=60).contains(&answer.number("retry-after")));
}

#[track_caller]
fn unlimited(answer: &Answer) {
    for name in [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "retry-after",
    ] {
        assert_eq!(answer.header(name), None);
    }
}

/// At most this many requests without authentication per address.
async fn per_address(limit: u32) -> Api {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = limit;
    setup.start().await
}

#[actix_web::test]
async fn an_organization_shares_one_bucket() {
    let api = Setup::limited().start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 4}))
        .await;
    let other = api.organization("other").await;
    shows(&api, &read(&api, &acme).await, 4, 3);
    shows(&api, &read(&api, &acme.stranger()).await, 4, 2);
    // OAuth requests count once the client is authenticated.
    let issued = api.login(&acme).await;
    issued.expect(200);
    shows(&api, &issued, 4, 1);
    // So does a bad request.
    let token = api.token(&acme, TENANT_SCOPES);
    let bad = api
        .post("/api/v1/agents")
        .bearer(&token)
        .raw("text/plain", "x")
        .send()
        .await;
    bad.expect(415);
    shows(&api, &bad, 4, 0);
    too_many(&api, &read(&api, &acme).await, 4);
    let bad = api
        .post("/api/v1/agents")
        .bearer(&token)
        .raw("text/plain", "x")
        .send()
        .await;
    too_many(&api, &bad, 4);
    let login = api.login(&acme).await;
    login.oauth_refused(
        429,
        "temporarily_unavailable",
        "RATE_LIMIT_EXCEEDED",
        TOO_MANY,
    );
    shows(&api, &login, 4, 0);
    let form = [("token", token.as_str())];
    let introspection = api
        .post("/oauth2/introspect")
        .bearer(&token)
        .form(&form)
        .send()
        .await;
    introspection.oauth_refused(
        429,
        "temporarily_unavailable",
        "RATE_LIMIT_EXCEEDED",
        TOO_MANY,
    );
    // A missing scope is told first.
    let weak = api.token(&acme, "openid");
    api.get("/api/v1/agents")
        .bearer(&weak)
        .send()
        .await
        .scope_missing("agents:read");
    shows(&api, &read(&api, &other).await, 100, 99);
    let refused = [
        "/api/v1/agents",
        "/api/v1/agents",
        "/api/v1/token",
        "/oauth2/introspect",
    ];
    assert_eq!(api.counted.limited(), refused);
    api.pass(120);
    shows(&api, &read(&api, &acme).await, 4, 3);
}

#[actix_web::test]
async fn tiers_have_their_numbers_and_the_system_organization_none() {
    let api = Setup::limited().start().await;
    for (tier, limit) in [
        ("free", Some(100)),
        ("pro", Some(1_000)),
        ("enterprise", None),
    ] {
        let acme = api.organization_with(tier, json!({"planTier": tier})).await;
        let answer = read(&api, &acme).await;
        answer.expect(200);
        match limit {
            Some(limit) => shows(&api, &answer, limit, limit - 1),
            None => unlimited(&answer),
        }
    }
    let operator = api.operator.clone();
    unlimited(&read(&api, &operator).await);
}

#[actix_web::test]
async fn requests_without_authentication_count_for_their_address() {
    let api = per_address(4).await;
    let acme = api.organization("acme").await;
    let anonymous = || api.get("/api/v1/agents").send();
    let first = anonymous().await;
    first.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    shows(&api, &first, 4, 3);
    shows(
        &api,
        &api.get("/api/v1/agents").bearer("garbage").send().await,
        4,
        2,
    );
    let no_grant = api.post("/api/v1/token").send().await;
    no_grant.expect(400);
    shows(&api, &no_grant, 4, 1);
    let unreadable = api
        .post("/oauth2/introspect")
        .header("authorization", "Basic %%%");
    let unreadable = unreadable.form(&[("token", "x")]).send().await;
    unreadable.expect(401);
    shows(&api, &unreadable, 4, 0);
    // From here on 429 takes the place of 401, and of 400.
    too_many(&api, &anonymous().await, 4);
    too_many(
        &api,
        &api.get("/api/v1/agents").bearer("garbage").send().await,
        4,
    );
    for path in [
        "/api/v1/token",
        "/oauth2/introspect",
        "/api/v1/token/revoke",
    ] {
        let answer = api.post(path).send().await;
        answer.oauth_refused(
            429,
            "temporarily_unavailable",
            "RATE_LIMIT_EXCEEDED",
            TOO_MANY,
        );
        shows(&api, &answer, 4, 0);
    }
    // A valid token is not concerned; the token endpoint is, whoever asks.
    read(&api, &acme).await.expect(200);
    let login = api.login(&acme).await;
    login.oauth_refused(
        429,
        "temporarily_unavailable",
        "RATE_LIMIT_EXCEEDED",
        TOO_MANY,
    );
    shows(
        &api,
        &api.get("/api/v1/agents").from("198.51.100.1").send().await,
        4,
        3,
    );
    api.pass(120);
    api.login(&acme).await.expect(200);
    shows(&api, &anonymous().await, 4, 3);
}

#[actix_web::test]
async fn every_kind_of_failed_authentication_is_charged() {
    let api = per_address(50).await;
    let acme = api.organization("acme").await;
    let (id, form) = (
        acme.agent.as_str(),
        [("grant_type", "client_credentials"), ("token", "x")],
    );
    let paths = [
        "/api/v1/token",
        "/api/v1/token/introspect",
        "/oauth2/revoke",
    ];
    let mut left = 50;
    for path in paths {
        for answer in [
            api.post(path).form(&form).send().await,
            api.post(path).basic(id, "wrong").form(&form).send().await,
            api.post(path)
                .header("authorization", "Basic x")
                .form(&form)
                .send()
                .await,
            api.post(path).raw("text/plain", "x").send().await,
            api.post(path).raw("application/json", "{").send().await,
            api.post(path)
                .raw("application/json", "x".repeat(200 * 1024))
                .send()
                .await,
        ] {
            left -= 1;
            shows(&api, &answer, 50, left);
        }
    }
    // A valid request is charged to its organization only.
    let ok = api
        .post(paths[1])
        .basic(id, &acme.secret)
        .form(&form)
        .send()
        .await;
    ok.expect(200);
    shows(&api, &ok, 100, 99);
}

#[actix_web::test]
async fn the_window_slides() {
    let mut setup = Setup::limited();
    setup.world.limits.per_ip = 10;
    setup.world.limits.ip_window = Duration::from_secs(600);
    let api = setup.start().await;
    // To the very beginning of a window.
    let rest = 600_000 - api.world.ports.now().unix_millis().rem_euclid(600_000);
    api.world
        .clock
        .advance(Duration::from_millis(u64::try_from(rest).unwrap()));
    for _ in 0..10 {
        api.get("/api/v1/agents").send().await.expect(401);
    }
    api.get("/api/v1/agents").send().await.expect(429);
    api.pass(600);
    api.get("/api/v1/agents").send().await.expect(429);
    // After half a window half of the old hits count.
    api.pass(300);
    let answer = api.get("/api/v1/agents").send().await;
    answer.expect(401);
    assert_eq!(answer.number("x-ratelimit-remaining"), 4);
}

#[actix_web::test]
async fn probes_and_metadata_are_never_limited() {
    let api = per_address(1).await;
    for _ in 0..2 {
        api.get("/api/v1/agents").send().await;
    }
    api.get("/api/v1/agents").send().await.expect(429);
    for path in [
        "/health",
        "/health/detailed",
        "/metrics",
        JWKS,
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/did.json",
        "/openapi.json",
    ] {
        let answer = api.get(path).send().await;
        assert_eq!(answer.status, 200, "{path}");
        unlimited(&answer);
    }
}

#[actix_web::test]
async fn each_switch_turns_off_its_limits() {
    let mut setup = Setup::default();
    setup.world.limits = LIMITED;
    setup.world.limits.enabled = false;
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 1}))
        .await;
    for _ in 0..3 {
        unlimited(&read(&api, &acme).await);
        let anonymous = api.get("/api/v1/agents").send().await;
        anonymous.expect(401);
        unlimited(&anonymous);
        let token = api.token(&acme, "audit:read");
        unlimited(&api.get("/api/v1/audit/verify").bearer(&token).send().await);
    }
    let mut setup = Setup::limited();
    setup.world.limits.enforce_plans = false;
    let api = setup.start().await;
    let acme = api
        .organization_with("acme", json!({"rateLimitPerMinute": 1}))
        .await;
    for _ in 0..3 {
        unlimited(&read(&api, &acme).await);
    }
    shows(&api, &api.get("/api/v1/agents").send().await, 100, 99);
}
