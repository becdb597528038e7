//! What all three routes refuse, and the switch.

use agentidp_domain::analytics::AnalyticsService;
use agentidp_domain::error::StoreError;
use agentidp_domain::token::TokenType;
use serde_json::{Value, json};

use super::{ACTIVITY, AGENTS, TOKENS, ask};
use crate::support::texts::{DENIED, INTERNAL, TOKEN_REQUIRED, TOO_MANY};
use crate::support::{Broken, Setup, TENANT_SCOPES};

const OFF: &str = "Analytics is not enabled on this instance.";
const ROUTES: [&str; 3] = [TOKENS, ACTIVITY, AGENTS];

#[actix_web::test]
async fn every_refusal() {
    let api = Setup::limited().start().await;
    for (slug, route) in ["a", "b", "c"].into_iter().zip(ROUTES) {
        let limit = json!({"rateLimitPerMinute": 1});
        let tenant = api.organization_with(slug, limit).await;
        let answer = api.get(route).send().await;
        answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
        let mut claims = api.claims(&tenant, TENANT_SCOPES);
        claims.as_object_mut().unwrap().remove("organization_id");
        let token = api.sign(TokenType::AccessToken, &claims);
        let answer = api.get(route).bearer(&token).send().await;
        answer.refused(403, "AUTHORIZATION_ERROR", DENIED);
        ask(&api, &tenant, route).await.expect(200);
        let answer = ask(&api, &tenant, route).await;
        answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
    }
}

#[actix_web::test]
async fn a_failing_store_is_500() {
    let api = Setup::default()
        .start_with(|state| {
            let broken = Broken::ports(&state.ports, || StoreError::Backend("SELECT".to_owned()));
            state.analytics = AnalyticsService::new(broken);
        })
        .await;
    let acme = api.organization("acme").await;
    for route in ROUTES {
        let answer = ask(&api, &acme, route).await;
        answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
    }
}

#[actix_web::test]
async fn switched_off_all_routes_are_404_before_anything_else_and_recording_goes_on() {
    let mut setup = Setup::limited();
    setup.http.analytics = false;
    setup.world.limits.per_ip = 1;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let token = api.token(&acme, "");
    for route in ROUTES {
        let bad = format!("{route}?days=0");
        for answer in [
            api.get(route).send().await,
            api.get(route).bearer("garbage").send().await,
            api.get(route).bearer(&token).send().await,
            api.get(&bad).bearer(&token).send().await,
        ] {
            assert_eq!(answer.refused(404, "NOT_FOUND", OFF), Value::Null);
            assert_eq!(answer.header("x-ratelimit-limit"), None);
        }
    }
    api.login(&acme).await.expect(200);
    let usage = ask(&api, &acme, "/api/v1/billing/usage").await;
    assert_eq!(usage.expect(200)["tokensIssued"], 1);
}
