//! Analytics, plans and the way to a higher one.

use std::sync::Arc;

use agentidp_domain::billing::{
    BillingService, BillingSettings, CheckoutError, CheckoutRequest, CheckoutSessions, Prices,
};
use agentidp_domain::organization::PlanTier;
use async_trait::async_trait;

use super::support::Site;

const TIER: &str = "/portal/settings/tier";
const CHECKOUT: &str = "https://checkout.stripe.com/c/pay/cs_test";

/// Stripe, which sells whatever it is asked for.
struct Checkouts;

#[async_trait]
impl CheckoutSessions for Checkouts {
    async fn create(&self, _: &CheckoutRequest) -> Result<String, CheckoutError> {
        Ok(CHECKOUT.to_owned())
    }
}

/// A site that sells `pro`, and `enterprise` if that has a price.
async fn shop(enterprise: Option<&str>) -> Site {
    Site::start_with(|state| {
        let settings = BillingSettings {
            checkouts: Some(Arc::new(Checkouts)),
            prices: Prices {
                pro: Some("price_pro".to_owned()),
                enterprise: enterprise.map(str::to_owned),
            },
            ..BillingSettings::default()
        };
        state.billing = BillingService::new(state.ports.clone(), settings);
    })
    .await
}

#[actix_web::test]
async fn charts_have_names_and_tables() {
    let site = Site::start().await;
    let reader = site.identity("reader@acme.example", "audit:read").await;
    let browser = site.browser(&reader).await;
    let page = browser.get("/portal/analytics").await;
    page.shows(
        200,
        &[
            "aria-label=\"Tokens per day from ",
            "aria-label=\"Activity by weekday and hour: ",
            "Show tokens per day as a table",
            "reader@acme.example",
        ],
    );
    let days = |text: &str| text.matches("class=\"chart-point").count();
    assert_eq!(days(&page.text), 30);
    assert_eq!(page.text.matches("<rect class=\"heat ").count(), 7 * 24);
    for (query, length) in [("days=1", 1), ("days=90", 90)] {
        let page = browser.get(&format!("/portal/analytics?{query}")).await;
        assert_eq!(days(&page.text), length, "{query}");
    }
    let positive = "Query parameter `days` must be a positive integer.";
    for (query, text) in [
        ("91", "Query parameter `days` must not exceed 90."),
        ("0", positive),
        ("x", positive),
    ] {
        let page = browser
            .get(&format!("/portal/analytics?days={query}"))
            .await;
        let typed = format!("value=\"{query}\"");
        page.shows(400, &[text, "role=\"alert\"", &typed]);
        // The other parts do not depend on it.
        page.shows(400, &["aria-label=\"Activity by weekday and hour: "]);
        assert_eq!(days(&page.text), 0, "{query}");
    }
}

#[actix_web::test]
async fn prices_are_the_limits_of_the_tiers() {
    let site = shop(Some("price_enterprise")).await;
    let page = site.get("/portal/pricing").await;
    let button = format!("href=\"{TIER}\">Upgrade to Pro</a>");
    page.shows(200, &["1,000", "10,000", "100,000", "Buy a plan", &button]);
    page.lacks("contact sales");
    let unlimited = page.text.matches(">Unlimited<").count();
    assert_eq!(unlimited, 3);
}

#[actix_web::test]
async fn only_higher_plans_are_offered_and_asked_about() {
    let site = shop(Some("price_enterprise")).await;
    let admin = site.organization("plans", PlanTier::Pro).await;
    let browser = site.browser(&admin).await;
    let page = browser.get(TIER).await;
    page.shows(
        200,
        &["Upgrade to Enterprise", "1,000", "100,000", "data-dialog"],
    );
    page.lacks("Upgrade to Pro");
    page.lacks("data-awaiting");
    page.lacks("contact sales");
    let question = browser.get(&format!("{TIER}/upgrade/enterprise")).await;
    question.shows(
        200,
        &["Upgrade to Enterprise?", "Stripe", "agents Unlimited"],
    );
    let bought = browser
        .post(&format!("{TIER}/upgrade/enterprise"), &[])
        .await;
    bought.leads_to(CHECKOUT);
    browser
        .get(&format!("{TIER}/upgrade/gold"))
        .await
        .shows(404, &[]);
}

#[actix_web::test]
async fn what_has_no_price_is_left_to_the_sales_contact() {
    let site = shop(None).await;
    let admin = site.organization("plans", PlanTier::Free).await;
    let browser = site.browser(&admin).await;
    let contact = "Enterprise is not sold online here. Please contact sales";
    let page = browser.get(TIER).await;
    page.shows(200, &["Upgrade to Pro", contact]);
    page.lacks("Upgrade to Enterprise");
    let question = browser.get(&format!("{TIER}/upgrade/enterprise")).await;
    question.shows(404, &[contact]);
    let refused = browser
        .post(&format!("{TIER}/upgrade/enterprise"), &[])
        .await;
    refused.shows(500, &["Failed to create Stripe Checkout Session.", contact]);
    let prices = site.get("/portal/pricing").await;
    prices.shows(
        200,
        &["Upgrade to Pro", "For Enterprise, please contact sales"],
    );
    // Without billing nothing is sold.
    let site = Site::start().await;
    let admin = site.organization("plans", PlanTier::Free).await;
    let page = site.browser(&admin).await.get(TIER).await;
    page.shows(200, &["Pro is not sold online here.", contact]);
    page.lacks("Upgrade to");
    let prices = site.get("/portal/pricing").await;
    prices.shows(200, &["For Pro and Enterprise, please contact sales"]);
    for offer in ["Upgrade to", "Buy a plan"] {
        prices.lacks(offer);
    }
}

#[actix_web::test]
async fn refusals_of_an_upgrade_are_texts() {
    let site = Site::start().await;
    let admin = site.organization("plans", PlanTier::Pro).await;
    let browser = site.browser(&admin).await;
    for (target, status, text) in [
        (
            "free",
            400,
            "Downgrading tiers is not supported via this endpoint.",
        ),
        (
            "pro",
            400,
            "Your organization is already on the &#39;pro&#39; tier.",
        ),
        // Nothing is sold here.
        (
            "enterprise",
            500,
            "Failed to create Stripe Checkout Session. Please try again.",
        ),
    ] {
        let answer = browser.post(&format!("{TIER}/upgrade/{target}"), &[]).await;
        answer.shows(status, &[text, "role=\"alert\"", "Use of the plan"]);
    }
    let reader = site.identity("reader@acme.example", "agents:read").await;
    let browser = site.browser(&reader).await;
    let refused = browser.post(&format!("{TIER}/upgrade/pro"), &[]).await;
    refused.shows(403, &["You do not have permission to perform this action."]);
}

#[actix_web::test]
async fn a_buyer_waits_until_the_plan_is_in_force() {
    let site = Site::start().await;
    let admin = site.organization("plans", PlanTier::Pro).await;
    let browser = site.browser(&admin).await;
    let paid = |tier: &str| format!("{TIER}?billing=success&target={tier}");
    let waiting = browser.get(&paid("enterprise")).await;
    waiting.shows(200, &["data-awaiting", "Processing", "Look again"]);
    waiting.lacks("Upgrade to Enterprise");
    let done = browser.get(&paid("pro")).await;
    done.shows(200, &["The upgrade is complete."]);
    done.lacks("data-awaiting");
    let cancelled = browser.get(&format!("{TIER}?billing=cancel")).await;
    cancelled.shows(200, &["The payment was cancelled. Nothing has changed."]);
}
