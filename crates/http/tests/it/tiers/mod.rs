//! Plans, their limits and their use.

use agentidp_domain::error::StoreError;
use agentidp_domain::tier::TierService;
use agentidp_domain::token::TokenType;
use serde_json::{Value, json};

use crate::support::texts::{DENIED, INTERNAL, TOKEN_REQUIRED, TOO_MANY};
use crate::support::{Answer, Api, Broken, Identity, Setup, TENANT_SCOPES, registration};

const STATUS: &str = "/api/v1/tiers/status";

async fn ask(api: &Api, of: &Identity) -> Answer {
    let token = api.token(of, "");
    api.get(STATUS).bearer(&token).send().await
}

async fn status(api: &Api, of: &Identity) -> Value {
    ask(api, of).await.expect(200)
}

#[actix_web::test]
async fn it_shows_these_members_and_no_other() {
    let api = Setup::limited().start().await;
    let acme = api.organization("acme").await;
    api.login(&acme).await.expect(200);
    let month = api.world.ports.now().month();
    let wanted = json!({
        "organizationId": acme.organization,
        "tier": "free",
        "limits": {"maxAgents": 100, "maxTokensPerMonth": 10_000, "rateLimitPerMinute": 100},
        // The running request counts too.
        "usage": {"agentsRegistered": 1, "tokensThisMonth": 1, "requestsThisMinute": 2},
        "billingPeriodStart": month.first_day().to_string(),
        "billingPeriodEnd": month.last_day().to_string(),
    });
    assert_eq!(status(&api, &acme).await, wanted);
}

#[actix_web::test]
async fn limits_are_the_effective_ones() {
    let api = Api::start().await;
    for (slug, more, limits) in [
        (
            "pro",
            json!({"planTier": "pro"}),
            [json!(1000), json!(100_000), json!(1000)],
        ),
        (
            "enterprise",
            json!({"planTier": "enterprise"}),
            [Value::Null, Value::Null, Value::Null],
        ),
        (
            "mixed",
            json!({"maxAgents": 7, "maxTokensPerMonth": null, "planTier": "pro"}),
            [json!(7), Value::Null, json!(1000)],
        ),
    ] {
        let tenant = api.organization_with(slug, more.clone()).await;
        let shown = status(&api, &tenant).await;
        assert_eq!(shown["tier"], more["planTier"]);
        let names = ["maxAgents", "maxTokensPerMonth", "rateLimitPerMinute"];
        assert_eq!(names.map(|name| shown["limits"][name].clone()), limits);
    }
    let system = status(&api, &api.operator).await;
    assert_eq!(system["limits"]["maxAgents"], Value::Null);
    assert_eq!(system["usage"]["agentsRegistered"], 1);
}

#[actix_web::test]
async fn changes_are_shown_at_once() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let live = async || status(&api, &acme).await["usage"]["agentsRegistered"].clone();
    assert_eq!(live().await, 2);
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    assert_eq!(live().await, 2);
    let token = api.token(&acme, TENANT_SCOPES);
    api.delete(&agent.path()).bearer(&token).send().await;
    assert_eq!(live().await, 1);
    let pro = json!({"planTier": "pro", "rateLimitPerMinute": null});
    api.set_organization(&acme, &pro).await.expect(200);
    let shown = status(&api, &acme).await;
    assert_eq!(shown["tier"], "pro");
    assert_eq!(shown["limits"]["rateLimitPerMinute"], Value::Null);
}

#[actix_web::test]
async fn months_are_told_apart() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.login(&acme).await.expect(200);
    let before = status(&api, &acme).await;
    assert_eq!(before["usage"]["tokensThisMonth"], 1);
    while api.world.ports.now().month().to_string()
        == before["billingPeriodStart"].as_str().unwrap()[..7]
    {
        api.pass(86_400);
    }
    let after = status(&api, &acme).await;
    assert_eq!(after["usage"]["tokensThisMonth"], 0);
    assert!(
        after["billingPeriodStart"]
            .as_str()
            .unwrap()
            .ends_with("-01")
    );
    assert!(after["billingPeriodStart"].as_str() > before["billingPeriodEnd"].as_str());
}

#[actix_web::test]
async fn an_exhausted_organization_can_still_ask() {
    let api = Api::start().await;
    let limits = json!({"maxAgents": 1, "maxTokensPerMonth": 1});
    let acme = api.organization_with("acme", limits).await;
    api.login(&acme).await.expect(200);
    api.login(&acme).await.expect(403);
    let token = api.token(&acme, TENANT_SCOPES);
    let call = api.post("/api/v1/agents").bearer(&token);
    let call = call.json(&registration("more@acme.example"));
    call.send().await.expect(403);
    let shown = status(&api, &acme).await;
    assert_eq!(shown["usage"]["agentsRegistered"], 1);
    assert_eq!(shown["usage"]["tokensThisMonth"], 1);
}

#[actix_web::test]
async fn requests_are_those_of_the_window() {
    let api = Setup::limited().start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    // At the beginning of a window.
    api.pass(u64::try_from(60 - api.now() % 60).unwrap());
    let seen = async || status(&api, &acme).await["usage"]["requestsThisMinute"].clone();
    for wanted in 1..=3 {
        assert_eq!(seen().await, wanted);
    }
    status(&api, &other).await;
    assert_eq!(seen().await, 4);
    api.pass(120);
    assert_eq!(seen().await, 1);
}

#[actix_web::test]
async fn without_a_limit_no_request_is_counted() {
    let mut setup = Setup::limited();
    setup.world.limits.enforce_plans = false;
    setup.world.enforce_plans = false;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let shown = status(&api, &acme).await;
    assert_eq!(shown["usage"]["requestsThisMinute"], 0);
    // The limits are shown although nobody enforces them.
    assert_eq!(shown["limits"]["rateLimitPerMinute"], 100);
}

#[actix_web::test]
async fn every_refusal() {
    let api = Setup::limited().start().await;
    let limit = json!({"rateLimitPerMinute": 1});
    let acme = api.organization_with("acme", limit).await;
    let answer = api.get(STATUS).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let mut claims = api.claims(&acme, TENANT_SCOPES);
    claims.as_object_mut().unwrap().remove("organization_id");
    let token = api.sign(TokenType::AccessToken, &claims);
    let answer = api.get(STATUS).bearer(&token).send().await;
    answer.refused(403, "AUTHORIZATION_ERROR", DENIED);
    ask(&api, &acme).await.expect(200);
    let answer = ask(&api, &acme).await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
}

#[actix_web::test]
async fn a_failing_store_is_500() {
    let api = Setup::default()
        .start_with(|state| {
            let broken = Broken::ports(&state.ports, || StoreError::Backend("SELECT".to_owned()));
            state.tiers = TierService::new(broken, state.limits.clone());
        })
        .await;
    let acme = api.organization("acme").await;
    let answer = ask(&api, &acme).await;
    answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
}
