//! Beginning a checkout of tier `pro`.

use std::sync::Arc;

use agentidp_domain::billing::{BillingSettings, CheckoutError};
use agentidp_domain::organization::PlanTier;
use agentidp_domain::outbound::FetchError;
use agentidp_domain::token::TokenType;
use serde_json::{Value, json};

use super::{CHECKOUT, NO_SESSION, tier};
use crate::support::texts::{DENIED, INVALID_BODY, TOKEN_REQUIRED, TOO_MANY};
use crate::support::{Answer, Api, FakeStripe, Identity, Setup, TENANT_SCOPES};

async fn ask(api: &Api, of: &Identity, body: Option<&Value>) -> Answer {
    let token = api.token(of, "agents:write");
    let call = api.post(CHECKOUT).bearer(&token);
    match body {
        Some(body) => call.json(body).send().await,
        None => call.send().await,
    }
}

#[actix_web::test]
async fn it_sells_pro_to_the_organization_of_the_caller() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for body in [None, Some(json!({}))] {
        let made = ask(&api, &acme, body.as_ref()).await.expect(201);
        assert_eq!(made.as_object().unwrap().len(), 1, "{made}");
        let url = made["checkoutUrl"].as_str().unwrap();
        assert!(url.starts_with("https://checkout.stripe.com/"), "{url}");
    }
    api.pass(300);
    ask(&api, &acme, None).await.expect(201);
    let requests = api.stripe.requests();
    let [first, second, third] = &requests[..] else {
        panic!("three checkouts");
    };
    assert_eq!(first.organization_id.to_string(), acme.organization);
    assert_eq!(
        (first.tier, first.price.as_str()),
        (PlanTier::Pro, "price_pro")
    );
    let page = "http://localhost:3000/dashboard/usage?billing=";
    assert_eq!(
        first.redirects.success_url.as_str(),
        format!("{page}success")
    );
    assert_eq!(first.redirects.cancel_url.as_str(), format!("{page}cancel"));
    // A double click makes one checkout; a later one has its own.
    assert_ne!(first.idempotency_key, third.idempotency_key);
    assert_eq!(first.idempotency_key, second.idempotency_key);
    // Nothing changes before Stripe says so.
    assert_eq!(tier(&api, &acme).await, "free");
}

#[actix_web::test]
async fn a_buyer_returns_where_the_caller_says() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let (success, cancel) = (
        "https://app.acme.example/done?session={CHECKOUT_SESSION_ID}",
        "http://localhost:5173/plans",
    );
    let body = json!({"successUrl": success, "cancelUrl": cancel});
    ask(&api, &acme, Some(&body)).await.expect(201);
    let request = api.stripe.requests().remove(0);
    assert_eq!(request.redirects.success_url.as_str(), success);
    assert_eq!(request.redirects.cancel_url.as_str(), cancel);
}

#[actix_web::test]
async fn bad_bodies_are_refused_and_stripe_is_not_asked() {
    let mut setup = Setup::default();
    setup.http.redirects.allow_http = false;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    for (body, fields) in [
        (
            json!({"successUrl": "http://app.acme.example/"}),
            &["successUrl"][..],
        ),
        (
            json!({"successUrl": "/done", "cancelUrl": 7}),
            &["successUrl", "cancelUrl"],
        ),
        (json!({"cancelUrl": "javascript:alert(1)"}), &["cancelUrl"]),
        (json!({"cancelUrl": null}), &["cancelUrl"]),
        (json!({"tier": "pro"}), &["tier"]),
        (
            json!({"organizationId": acme.organization}),
            &["organizationId"],
        ),
    ] {
        let answer = ask(&api, &acme, Some(&body)).await;
        answer.invalid(INVALID_BODY, fields);
    }
    assert!(api.stripe.requests().is_empty());
}

#[actix_web::test]
async fn every_refusal() {
    let api = Setup::limited().start().await;
    let limit = json!({"rateLimitPerMinute": 1});
    let acme = api.organization_with("acme", limit).await;
    let answer = api.post(CHECKOUT).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let weak = api.token(&acme, "agents:read");
    let answer = api.post(CHECKOUT).bearer(&weak).send().await;
    answer.scope_missing("agents:write");
    let mut claims = api.claims(&acme, TENANT_SCOPES);
    claims.as_object_mut().unwrap().remove("organization_id");
    let token = api.sign(TokenType::AccessToken, &claims);
    let answer = api.post(CHECKOUT).bearer(&token).send().await;
    answer.refused(403, "AUTHORIZATION_ERROR", DENIED);
    ask(&api, &acme, None).await.expect(201);
    let answer = ask(&api, &acme, None).await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
}

#[actix_web::test]
async fn the_system_organization_buys_nothing() {
    let api = Api::start().await;
    let answer = ask(&api, &api.operator, None).await;
    answer.refused(403, "AUTHORIZATION_ERROR", DENIED);
    assert!(api.stripe.requests().is_empty());
}

#[actix_web::test]
async fn an_exhausted_organization_can_still_buy() {
    let api = Api::start().await;
    let limits = json!({"maxAgents": 1, "maxTokensPerMonth": 1});
    let acme = api.organization_with("acme", limits).await;
    api.login(&acme).await.expect(200);
    api.login(&acme).await.expect(403);
    ask(&api, &acme, None).await.expect(201);
}

#[actix_web::test]
async fn what_stripe_says_stays_here() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for failure in [
        CheckoutError::Rejected {
            status: 402,
            reason: "api_key_expired".to_owned(),
        },
        CheckoutError::Unreachable(FetchError::Timeout),
        CheckoutError::Unusable,
    ] {
        api.stripe.fail(failure);
        let answer = ask(&api, &acme, None).await;
        let details = answer.refused(500, "STRIPE_ERROR", NO_SESSION);
        assert_eq!(details, Value::Null);
    }
}

#[actix_web::test]
async fn without_stripe_nothing_is_sold() {
    type Change = fn(&mut BillingSettings);
    let off: Change = |settings| settings.checkouts = None;
    let unpriced: Change = |settings| settings.prices.pro = None;
    for change in [off, unpriced] {
        let stripe = Arc::new(FakeStripe::default());
        let api = Setup::default()
            .start_with(|state| state.billing = stripe.billing_with(&state.ports, change))
            .await;
        let acme = api.organization("acme").await;
        let answer = ask(&api, &acme, None).await;
        answer.refused(500, "STRIPE_ERROR", NO_SESSION);
        assert!(stripe.requests().is_empty());
    }
}
