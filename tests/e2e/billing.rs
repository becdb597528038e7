//! Tiers are bought at Stripe, and take effect when Stripe says so.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::stripe::{Stripe, StripeMock, WEBHOOK, WEBHOOK_SECRET, deliver};
use crate::harness::{
    Api, Installation, Server, TENANT_SCOPES, Tenant, platform_token, text, unix_now, until,
};

const CHECKOUT: &str = "/api/v1/billing/checkout";
const UPGRADE: &str = "/api/v1/tiers/upgrade";
const KEY: &str = "sk_test_4eC39HqLyjWDarjtT1zdp7dc";

/// A free organization and a token of its administrator.
async fn free(installation: &Installation, server: &Server, slug: &str) -> (Tenant, String) {
    let platform = platform_token(installation, server).await;
    let plan = json!({"planTier": "free"});
    let tenant = server.api.tenant(&platform, slug, plan).await;
    let token = server.api.token(&tenant.admin, TENANT_SCOPES).await;
    (tenant, token)
}

fn event(id: &str, event_type: &str, created: i64, object: &Value) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-08-26.dahlia", "type": event_type,
        "created": created, "livemode": false, "data": {"object": object},
    })
}

fn bought(id: &str, tenant: &Tenant, tier: &str, subscription: &str, created: i64) -> Value {
    let session = json!({
        "id": "cs_test_1", "object": "checkout.session", "mode": "subscription",
        "customer": "cus_1", "subscription": subscription,
        "metadata": {"organization_id": tenant.id, "target_tier": tier},
    });
    event(id, "checkout.session.completed", created, &session)
}

fn ended(id: &str, subscription: &str, created: i64) -> Value {
    let object = json!({"id": subscription, "object": "subscription", "status": "canceled"});
    event(id, "customer.subscription.deleted", created, &object)
}

fn unpaid(id: &str, subscription: &str, created: i64) -> Value {
    let parent = json!({"subscription_details": {"subscription": subscription}});
    let invoice = json!({"id": "in_1", "object": "invoice", "parent": parent});
    event(id, "invoice.payment_failed", created, &invoice)
}

/// Both paid tiers, sold through Stripe's stand-in.
fn sell(installation: &mut Installation, mock: &StripeMock) {
    for (name, value) in [
        ("BILLING_ENABLED", "true"),
        ("STRIPE_SECRET_KEY", KEY),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("STRIPE_PRICE_ID", "price_pro"),
        ("STRIPE_PRICE_ID_ENTERPRISE", "price_enterprise"),
        ("STRIPE_API_BASE", &mock.url()),
    ] {
        installation.set(name, value);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checkouts_are_accepted_by_stripes_own_stand_in() {
    let (Some(mock), Some(mut installation)) = (StripeMock::start(), Installation::embedded())
    else {
        return;
    };
    sell(&mut installation, &mock);
    let server = installation.start();
    let api = &server.api;
    let (tenant, token) = free(&installation, &server, "buyer").await;
    let made = api.post(&token, CHECKOUT, &json!({})).await.expect(201);
    let url = text(&made, "checkoutUrl");
    assert!(url.starts_with("https://checkout.stripe.com/"), "{url}");
    let ends = json!({
        "targetTier": "enterprise",
        "successUrl": "https://app.buyer.example/done?session={CHECKOUT_SESSION_ID}",
        "cancelUrl": "https://app.buyer.example/plans",
    });
    let made = api.post(&token, UPGRADE, &ends).await.expect(201);
    assert_eq!(made["targetTier"], "enterprise");
    let body = json!({"targetTier": "free"});
    let refused = api.post(&token, UPGRADE, &body).await;
    assert_eq!(refused.expect(400)["code"], "ALREADY_ON_TIER");
    let limits = api.get(&token, "/api/v1/tiers/status").await.expect(200);
    assert_eq!(limits["tier"], "free", "nothing is paid yet");

    until("the requests", Duration::from_secs(10), || async {
        mock.requests().matches("status=200").count() == 2
    })
    .await;
    let requests = mock.requests();
    let organization = format!("organization_id:{}", tenant.id);
    // Each carries it in two places.
    assert_eq!(requests.matches(&organization).count(), 4, "{requests}");
    for word in [
        "mode:subscription",
        "price:price_pro",
        "price:price_enterprise",
        "target_tier:pro",
        "target_tier:enterprise",
        "https://app.buyer.example/done?session={CHECKOUT_SESSION_ID}",
        "/dashboard/usage?billing=success",
    ] {
        assert!(requests.contains(word), "{word} in {requests}");
    }
    let (_, log) = server.stop();
    assert!(!log.contains(KEY) && !log.contains(WEBHOOK_SECRET), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stripe_refuses_is_an_error_without_its_key() {
    let (Some(mock), Some(mut installation)) = (StripeMock::start(), Installation::embedded())
    else {
        return;
    };
    // stripe-mock takes keys of the test mode only.
    let key = "rk_live_51H8secret";
    installation.set("BILLING_ENABLED", "true");
    installation.set("STRIPE_SECRET_KEY", key);
    installation.set("STRIPE_PRICE_ID", "price_pro");
    installation.set("STRIPE_API_BASE", &mock.url());
    let server = installation.start();
    let (_, token) = free(&installation, &server, "refused").await;
    let message = "Failed to create Stripe Checkout Session. Please try again.";
    let wanted = json!({"code": "STRIPE_ERROR", "message": message});
    let answer = server.api.post(&token, CHECKOUT, &json!({})).await;
    assert_eq!(answer.expect(500), wanted);
    let (_, log) = server.stop();
    assert!(log.contains("Stripe answered 401"), "{log}");
    assert!(!log.contains(key), "{log}");

    let doctor = installation.run(&["doctor"]);
    let named = doctor.stdout.contains("STRIPE_WEBHOOK_SECRET: missing");
    assert!(named, "{}", doctor.stdout);

    installation.set("BILLING_ENABLED", "false");
    let server = installation.start();
    let answer = server.api.post(&token, CHECKOUT, &json!({})).await;
    assert_eq!(answer.expect(500), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_stripe_signed_is_believed() {
    let Some(mut installation) = Installation::embedded() else {
        return;
    };
    let Some(mut stripe) = Stripe::start(&installation) else {
        return;
    };
    installation.set("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
    let server = installation.start();
    let api = &server.api;
    let (tenant, token) = free(&installation, &server, "signed").await;
    let body = bought("evt_1", &tenant, "pro", "sub_1", unix_now()).to_string();
    let good = stripe.header(&body, WEBHOOK_SECRET, 0).await;
    let changed = body.replace("\"pro\"", "\"prq\"");
    let cases = [
        (good.clone(), changed),
        (
            stripe.header(&body, WEBHOOK_SECRET, 400).await,
            body.clone(),
        ),
        (
            stripe.header(&body, WEBHOOK_SECRET, -400).await,
            body.clone(),
        ),
        (stripe.header(&body, "whsec_other", 0).await, body.clone()),
        ("t=1".to_owned(), body.clone()),
    ];
    for (header, body) in cases {
        let answer = deliver(api, &header, body).await.expect(400);
        assert_eq!(answer["code"], "STRIPE_SIGNATURE_INVALID", "{header}");
    }
    let answer = api.post_open(WEBHOOK, &json!({"id": "evt_1"})).await;
    let answer = answer.expect(400);
    assert_eq!(answer["message"], "Missing Stripe-Signature header.");
    let tier = async || {
        let status = api.get(&token, "/api/v1/tiers/status").await.expect(200);
        text(&status, "tier")
    };
    assert_eq!(tier().await, "free");
    deliver(api, &good, body).await.expect(200);
    assert_eq!(tier().await, "pro");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_change_plan_and_limits_on_the_embedded_store() {
    if let Some(installation) = Installation::embedded() {
        life_of_a_subscription(installation, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_change_plan_and_limits_on_both_replicas() {
    if let Some(installation) = Installation::scaled() {
        life_of_a_subscription(installation, 2).await;
    }
}

async fn life_of_a_subscription(mut installation: Installation, replicas: usize) {
    let Some(mut stripe) = Stripe::start(&installation) else {
        return;
    };
    installation.set("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET);
    installation.set("RATE_LIMIT_ENABLED", "true");
    let servers: Vec<_> = (0..replicas).map(|_| installation.start()).collect();
    let api = &servers[0].api;
    let (tenant, token) = free(&installation, &servers[0], "life").await;
    limited(&servers, &token, "100").await;
    let now = unix_now();

    // The same event to all replicas at once, as often as Stripe likes.
    let purchase = bought("evt_2", &tenant, "pro", "sub_1", now).to_string();
    let header = stripe.header(&purchase, WEBHOOK_SECRET, 0).await;
    let deliveries: Vec<_> = (0..10)
        .map(|number| {
            let api = servers[number % servers.len()].api.clone();
            let (header, purchase) = (header.clone(), purchase.clone());
            tokio::spawn(async move { deliver(&api, &header, purchase).await.status })
        })
        .collect();
    for delivery in deliveries {
        assert_eq!(delivery.await.unwrap(), 200);
    }
    limited(&servers, &token, "1000").await;

    // An old one changes nothing, a failed payment not yet.
    stripe.send(api, &ended("evt_1", "sub_1", now - 60)).await;
    stripe.send(api, &unpaid("evt_3", "sub_1", now + 60)).await;
    limited(&servers, &token, "1000").await;

    stripe.send(api, &ended("evt_4", "sub_1", now + 120)).await;
    limited(&servers, &token, "100").await;
    deliver(api, &header, purchase).await.expect(200);
    limited(&servers, &token, "100").await;

    // Asking goes on without a limit.
    let platform = platform_token(&installation, &servers[0]).await;
    let path = format!("/api/v1/organizations/{}", tenant.id);
    let unlimited = json!({"rateLimitPerMinute": null});
    api.patch(&platform, &path, &unlimited).await.expect(200);
    recorded(api, &token).await;
    counted(&servers).await;
}

/// Waits until every replica applies the request rate of the new plan; the one
/// that took the event, and any other within a second.
async fn limited(servers: &[Server], token: &str, limit: &str) {
    for server in servers {
        let what = format!("a limit of {limit}");
        until(&what, Duration::from_secs(1), || async {
            let answer = server.api.get(token, "/api/v1/agents?limit=1").await;
            answer.header("x-ratelimit-limit") == limit
        })
        .await;
    }
}

/// Each change is in the log once.
async fn recorded(api: &Api, token: &str) {
    for (action, metadata) in [
        (
            "billing.subscription_activated",
            json!({"tier": "pro", "status": "active"}),
        ),
        ("tier.upgraded", json!({"tier": "pro"})),
        (
            "billing.payment_failed",
            json!({"tier": "pro", "status": "past_due"}),
        ),
        (
            "billing.subscription_cancelled",
            json!({"tier": "free", "status": "canceled"}),
        ),
    ] {
        let path = format!("/api/v1/audit?action={action}");
        let page = api.get(token, &path).await.expect(200);
        assert_eq!(page["total"], 1, "{action}: {page}");
        assert_eq!(page["data"][0]["metadata"], metadata);
    }
    assert!(api.audit_verified(token).await);
}

/// Over all replicas: one purchase was applied, ten were repeats.
async fn counted(servers: &[Server]) {
    let mut metrics = String::new();
    for server in servers {
        metrics.push_str(&server.api.open("/metrics").await.text);
    }
    let sum = |event_type: &str, outcome: &str| -> u64 {
        let labels = format!("{{outcome=\"{outcome}\",type=\"{event_type}\"}} ");
        let name = format!("agentidp_stripe_webhook_events_total{labels}");
        let lines = metrics.lines();
        let values = lines.filter_map(|line| line.strip_prefix(&name)?.parse::<u64>().ok());
        values.sum()
    };
    for (event_type, outcome, wanted) in [
        ("checkout.session.completed", "applied", 1),
        ("checkout.session.completed", "repeated", 10),
        ("customer.subscription.deleted", "applied", 1),
        ("customer.subscription.deleted", "stale", 1),
        ("invoice.payment_failed", "applied", 1),
        ("invoice.payment_failed", "failed", 0),
    ] {
        assert_eq!(sum(event_type, outcome), wanted, "{event_type} {outcome}");
    }
}
