//! Beginning a checkout of a higher tier.

use std::sync::Arc;

use agentidp_domain::error::StoreError;
use agentidp_domain::organization::PlanTier;
use serde_json::{Value, json};

use super::{NO_SESSION, UPGRADE, tier};
use crate::support::texts::{INTERNAL, INVALID_BODY, TOKEN_REQUIRED, TOO_MANY};
use crate::support::{Answer, Api, Broken, FakeStripe, Identity, Setup};

const DOWNGRADE: &str = "Downgrading tiers is not supported via this endpoint.";

async fn ask(api: &Api, of: &Identity, body: &Value) -> Answer {
    let token = api.token(of, "agents:write");
    api.post(UPGRADE).bearer(&token).json(body).send().await
}

#[actix_web::test]
async fn every_way_up_and_no_way_down() {
    let api = Api::start().await;
    for (from, target, refusal) in [
        ("free", "free", Some("ALREADY_ON_TIER")),
        ("free", "pro", None),
        ("free", "enterprise", None),
        ("pro", "free", Some("DOWNGRADE_NOT_PERMITTED")),
        ("pro", "pro", Some("ALREADY_ON_TIER")),
        ("pro", "enterprise", None),
        ("enterprise", "free", Some("DOWNGRADE_NOT_PERMITTED")),
        ("enterprise", "pro", Some("DOWNGRADE_NOT_PERMITTED")),
        ("enterprise", "enterprise", Some("ALREADY_ON_TIER")),
    ] {
        let slug = format!("{from}-{target}");
        let tenant = api
            .organization_with(&slug, json!({"planTier": from}))
            .await;
        let answer = ask(&api, &tenant, &json!({"targetTier": target})).await;
        let already = format!("Your organization is already on the '{from}' tier.");
        match refusal {
            Some("ALREADY_ON_TIER") => {
                answer.refused(400, "ALREADY_ON_TIER", &already);
            }
            Some(code) => {
                answer.refused(400, code, DOWNGRADE);
            }
            None => {
                let made = answer.expect(201);
                assert_eq!(made.as_object().unwrap().len(), 2, "{made}");
                assert_eq!(made["targetTier"], target);
                let url = made["checkoutUrl"].as_str().unwrap();
                assert!(url.starts_with("https://checkout.stripe.com/"), "{url}");
                let request = api.stripe.requests().pop().unwrap();
                assert_eq!(request.tier.as_str(), target);
                assert_eq!(request.price, format!("price_{target}"));
                assert_eq!(request.organization_id.to_string(), tenant.organization);
            }
        }
        assert_eq!(tier(&api, &tenant).await, from, "nothing is paid yet");
    }
    assert_eq!(api.stripe.requests().len(), 3);
}

#[actix_web::test]
async fn bad_bodies_come_first() {
    let api = Api::start().await;
    // Also for somebody who is at the top already.
    let acme = api
        .organization_with("acme", json!({"planTier": "enterprise"}))
        .await;
    for (body, fields) in [
        (json!({}), &["targetTier"][..]),
        (json!({"targetTier": "gold"}), &["targetTier"]),
        (json!({"targetTier": "Pro"}), &["targetTier"]),
        (json!({"targetTier": null}), &["targetTier"]),
        (
            json!({"targetTier": "pro", "successUrl": "done"}),
            &["successUrl"],
        ),
        (
            json!({"successUrl": 1, "cancelUrl": "ftp://a.example", "x": 1}),
            &["targetTier", "successUrl", "cancelUrl", "x"],
        ),
    ] {
        let answer = ask(&api, &acme, &body).await;
        answer.invalid(INVALID_BODY, fields);
    }
    assert!(api.stripe.requests().is_empty());
}

#[actix_web::test]
async fn the_tier_is_looked_at_before_stripe() {
    let stripe = Arc::new(FakeStripe::default());
    let api = Setup::default()
        .start_with(|state| {
            state.billing = stripe.billing_with(&state.ports, |settings| settings.checkouts = None);
        })
        .await;
    let acme = api.organization("acme").await;
    let answer = ask(&api, &acme, &json!({"targetTier": "free"})).await;
    assert_eq!(answer.expect(400)["code"], "ALREADY_ON_TIER");
    let answer = ask(&api, &acme, &json!({"targetTier": "pro"})).await;
    answer.refused(500, "STRIPE_ERROR", NO_SESSION);
}

#[actix_web::test]
async fn a_tier_without_price_is_not_sold() {
    let stripe = Arc::new(FakeStripe::default());
    let api = Setup::default()
        .start_with(|state| {
            state.billing = stripe.billing_with(&state.ports, |settings| {
                settings.prices.enterprise = None;
            });
        })
        .await;
    let acme = api.organization("acme").await;
    let answer = ask(&api, &acme, &json!({"targetTier": "enterprise"})).await;
    answer.refused(500, "STRIPE_ERROR", NO_SESSION);
    ask(&api, &acme, &json!({"targetTier": "pro"}))
        .await
        .expect(201);
    assert_eq!(stripe.requests()[0].tier, PlanTier::Pro);
}

#[actix_web::test]
async fn the_system_organization_is_at_the_top() {
    let api = Api::start().await;
    for (target, code) in [
        ("pro", "DOWNGRADE_NOT_PERMITTED"),
        ("enterprise", "ALREADY_ON_TIER"),
    ] {
        let answer = ask(&api, &api.operator, &json!({"targetTier": target})).await;
        assert_eq!(answer.expect(400)["code"], code);
    }
}

#[actix_web::test]
async fn every_refusal() {
    let api = Setup::limited().start().await;
    let limit = json!({"rateLimitPerMinute": 1});
    let acme = api.organization_with("acme", limit).await;
    let body = json!({"targetTier": "pro"});
    let answer = api.post(UPGRADE).json(&body).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let weak = api.token(&acme, "agents:read");
    let answer = api.post(UPGRADE).bearer(&weak).json(&body).send().await;
    answer.scope_missing("agents:write");
    ask(&api, &acme, &body).await.expect(201);
    let answer = ask(&api, &acme, &body).await;
    answer.refused(429, "RATE_LIMIT_EXCEEDED", TOO_MANY);
}

#[actix_web::test]
async fn a_failing_store_is_500() {
    let api = Setup::default()
        .start_with(|state| {
            let broken = Broken::ports(&state.ports, || StoreError::Backend("SELECT".to_owned()));
            state.billing = Arc::new(FakeStripe::default()).billing(&broken);
        })
        .await;
    let acme = api.organization("acme").await;
    let answer = ask(&api, &acme, &json!({"targetTier": "pro"})).await;
    answer.refused(500, "INTERNAL_SERVER_ERROR", INTERNAL);
}
