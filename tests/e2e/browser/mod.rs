//! Dashboard and portal in a real browser: the scripts in `tests/browser`, one
//! test each, every one on a server of its own.
//!
//! A script prints its scenarios by name. Pictures of all pages stay in
//! `target/screenshots`, of pages where a scenario failed in
//! `target/screenshots/failures`.

mod stage;

use stage::play;

use crate::harness::Installation;

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_and_manages_agents() {
    play("agents.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_secrets_once() {
    play("credentials.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_exports_the_audit_log() {
    play("audit.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_health_and_usage() {
    play("health.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_no_secret_and_ends_sessions() {
    play("session.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_sessions_that_are_kept_in_redis() {
    play("session.mjs", Installation::scaled, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_forms_of_its_own_pages_only() {
    play("forms.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_hostile_values_as_text() {
    play("hostile.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fits_and_is_accessible_at_all_widths_in_both_schemes() {
    play("appearance.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn works_without_scripts() {
    play("without_scripts.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn works_with_the_keyboard_alone() {
    play("keyboard.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shows_the_portal() {
    // Something is for sale, at a Stripe that cannot be reached.
    let shop = [
        ("BILLING_ENABLED", "true"),
        ("STRIPE_SECRET_KEY", "sk_test_1"),
        ("STRIPE_PRICE_ID", "price_1"),
        ("STRIPE_PRICE_ID_ENTERPRISE", "price_2"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:1"),
    ];
    play("portal.mjs", Installation::embedded, &shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tells_what_is_switched_off() {
    let off = [
        ("MARKETPLACE_ENABLED", "false"),
        ("ANALYTICS_ENABLED", "false"),
    ];
    play("portal_without.mjs", Installation::embedded, &off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leads_from_the_portal_to_a_token() {
    play("get_started.mjs", Installation::embedded, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explores_the_api() {
    play("explorer.mjs", Installation::embedded, &[]).await;
}
