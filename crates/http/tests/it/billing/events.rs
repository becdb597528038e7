//! What follows from events of Stripe.

use serde_json::{Value, json};

use super::{subscription, tier};
use crate::support::stripe::{bought, ended, event, unpaid};
use crate::support::{Api, Identity, Setup};

/// Actions of the log that are about plan and subscription, oldest first, with
/// their metadata.
async fn log(api: &Api, of: &Identity) -> Vec<(&'static str, Value)> {
    let mut found = Vec::new();
    for action in [
        "billing.subscription_activated",
        "tier.upgraded",
        "billing.payment_failed",
        "billing.subscription_cancelled",
    ] {
        for mut event in api.events(of, action).await {
            assert_eq!(event["outcome"], "success");
            assert_eq!(event["agentId"], "00000000-0000-0000-0000-000000000000");
            found.push((action, event["metadata"].take()));
        }
    }
    found
}

#[actix_web::test]
async fn a_purchase_raises_tier_and_limits_at_once() {
    let api = Setup::limited().start().await;
    let acme = api.organization("acme").await;
    let limit = async || {
        let token = api.token(&acme, "agents:read");
        let call = api.get("/api/v1/agents").bearer(&token);
        call.send().await.number("x-ratelimit-limit")
    };
    assert_eq!(limit().await, 100);
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", api.now()))
        .await;
    assert_eq!(limit().await, 1000, "what was remembered is forgotten");
    assert_eq!(tier(&api, &acme).await, "pro");
    let record = ("sub_1".to_owned(), "active".to_owned());
    assert_eq!(subscription(&api, &acme).await, Some(record));
    let wanted = [
        (
            "billing.subscription_activated",
            json!({"tier": "pro", "status": "active"}),
        ),
        ("tier.upgraded", json!({"tier": "pro"})),
    ];
    assert_eq!(log(&api, &acme).await, wanted);
    let counted = [("checkout.session.completed", "applied")];
    assert_eq!(api.stripe.counted(), counted);
}

#[actix_web::test]
async fn overrides_stay_and_other_limits_follow() {
    let api = Api::start().await;
    let limits = json!({"maxAgents": 7, "rateLimitPerMinute": null});
    let acme = api.organization_with("acme", limits).await;
    api.stripe(&bought("evt_1", &acme, "enterprise", "sub_1", api.now()))
        .await;
    let token = api.token(&acme, "");
    let status = api.get("/api/v1/tiers/status").bearer(&token).send().await;
    let limits = json!({"maxAgents": 7, "maxTokensPerMonth": null, "rateLimitPerMinute": null});
    assert_eq!(status.expect(200)["limits"], limits);
}

#[actix_web::test]
async fn the_end_leads_back_to_free() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    api.stripe(&unpaid("evt_2", "sub_1", now + 1)).await;
    let record = ("sub_1".to_owned(), "past_due".to_owned());
    assert_eq!(subscription(&api, &acme).await, Some(record));
    assert_eq!(tier(&api, &acme).await, "pro", "the end comes later");
    api.stripe(&ended("evt_3", "sub_1", now + 2)).await;
    let record = ("sub_1".to_owned(), "canceled".to_owned());
    assert_eq!(subscription(&api, &acme).await, Some(record));
    assert_eq!(tier(&api, &acme).await, "free");
    let found = log(&api, &acme).await;
    let wanted = [
        (
            "billing.payment_failed",
            json!({"tier": "pro", "status": "past_due"}),
        ),
        (
            "billing.subscription_cancelled",
            json!({"tier": "free", "status": "canceled"}),
        ),
    ];
    assert_eq!(found[2..], wanted);
    let counted = [
        ("checkout.session.completed", "applied"),
        ("invoice.payment_failed", "applied"),
        ("customer.subscription.deleted", "applied"),
    ];
    assert_eq!(api.stripe.counted(), counted);
}

#[actix_web::test]
async fn existing_agents_stay_below_a_lower_limit() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    for number in 0..100 {
        let name = format!("agent-{number}");
        api.silent_agent(&acme, &name, &["agents:read"]).await;
    }
    api.stripe(&ended("evt_2", "sub_1", now + 1)).await;
    let token = api.token(&acme, "agents:read agents:write");
    let page = api.get("/api/v1/agents").bearer(&token).send().await;
    assert_eq!(page.expect(200)["total"], 101);
    let more = crate::support::registration("more@acme.example");
    let call = api.post("/api/v1/agents").bearer(&token).json(&more);
    let refused = call.send().await.expect(403);
    assert_eq!(refused["code"], "FREE_TIER_LIMIT_EXCEEDED");
}

#[actix_web::test]
async fn types_that_are_not_handled_are_taken() {
    let api = Api::start().await;
    for name in ["invoice.paid", "customer.created", "other"] {
        let event = event("evt_1", name, api.now(), &json!({"id": "x"}));
        api.stripe(&event).await;
    }
    assert_eq!(api.stripe.counted(), [("other", "ignored"); 3]);
}

#[actix_web::test]
async fn events_about_something_else_have_no_effect() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let now = api.now();
    let good = bought("evt_1", &acme, "pro", "sub_1", now);
    let unknown = "22222222-2222-4222-8222-222222222222";
    for (number, (pointer, value)) in [
        ("/data/object/metadata/organization_id", json!(unknown)),
        ("/data/object/metadata/organization_id", json!("acme")),
        ("/data/object/metadata/target_tier", json!("gold")),
        ("/data/object/metadata/target_tier", json!("free")),
        ("/data/object/metadata", Value::Null),
        ("/data/object/subscription", Value::Null),
        ("/data", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let mut event = good.clone();
        event["id"] = json!(format!("evt_bad_{number}"));
        *event.pointer_mut(pointer).unwrap() = value;
        api.stripe(&event).await;
        let counted = [("checkout.session.completed", "ignored")];
        assert_eq!(api.stripe.counted(), counted, "{event}");
    }
    api.stripe(&unpaid("evt_2", "sub_7", now)).await;
    api.stripe(&ended("evt_3", "sub_8", now)).await;
    let system = bought("evt_4", &api.operator, "pro", "sub_9", now);
    api.stripe(&system).await;
    assert!(
        api.stripe
            .counted()
            .iter()
            .all(|(_, outcome)| *outcome == "ignored")
    );
    assert_eq!(tier(&api, &acme).await, "free");
    assert_eq!(tier(&api, &api.operator).await, "enterprise");
    assert!(log(&api, &acme).await.is_empty() && log(&api, &api.operator).await.is_empty());
    // None of them stands in the way of the real one.
    api.stripe(&good).await;
    assert_eq!(tier(&api, &acme).await, "pro");
}

#[actix_web::test]
async fn suspended_organizations_go_on_paying_and_deleted_ones_do_not_begin() {
    let api = Api::start().await;
    let now = api.now();
    let acme = api.organization("acme").await;
    let suspend = json!({"status": "suspended"});
    api.set_organization(&acme, &suspend).await.expect(200);
    api.stripe(&bought("evt_1", &acme, "pro", "sub_1", now))
        .await;
    let plan = async |of: &Identity| {
        let token = api.token(&api.operator, "admin:orgs");
        let call = api.get(&of.organization_path()).bearer(&token);
        call.send().await.expect(200)["planTier"].clone()
    };
    assert_eq!(plan(&acme).await, "pro");

    let gone = api.organization("gone").await;
    let token = api.token(&api.operator, "admin:orgs");
    let call = api.delete(&gone.organization_path()).bearer(&token);
    call.send().await.no_content();
    api.stripe(&bought("evt_2", &gone, "pro", "sub_2", now))
        .await;
    assert_eq!(plan(&gone).await, "free");
    let outcomes = ["applied", "ignored"];
    let counted = api.stripe.counted();
    let counted: Vec<_> = counted.iter().map(|(_, outcome)| *outcome).collect();
    assert_eq!(counted, outcomes);
}
