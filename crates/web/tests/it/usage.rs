//! Health, usage and plan.

use super::support::Site;

#[actix_web::test]
async fn health_names_the_services_in_use() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    site.probes.set(&[("postgres", true)]);
    let page = browser.get("/dashboard/health").await;
    page.shows(
        200,
        &[
            "System Health",
            "SQLite",
            "In-process cache",
            "Connected",
            "1.2.3",
            "2d 3h 14m",
        ],
    );
    page.lacks("Disconnected</span>");
    site.probes.set(&[("postgres", false), ("redis", true)]);
    let page = browser.get("/dashboard/health").await;
    page.shows(200, &["Redis", "badge-danger\">Disconnected"]);
}

#[actix_web::test]
async fn a_server_on_postgresql_says_so() {
    let site = Site::start_with(|state| state.settings.embedded_store = false).await;
    let browser = site.browser(&site.operator).await;
    let page = browser.get("/dashboard/health").await;
    page.shows(200, &["PostgreSQL"]);
}

#[actix_web::test]
async fn usage_shows_plan_limits_and_the_end_of_a_payment() {
    let site = Site::start().await;
    site.agent("a@acme.example", "team", "agents:read").await;
    // Whatever its scopes: usage needs none.
    let reader = site.identity("reader@acme.example", "audit:read").await;
    let browser = site.browser(&reader).await;
    let page = browser.get("/dashboard/usage").await;
    page.shows(
        200,
        &[
            "Usage &amp; Billing",
            "Showing usage for",
            "API Calls Today",
            "Active Agents",
            "Plan",
        ],
    );
    let cancelled = browser.get("/dashboard/usage?billing=cancel").await;
    cancelled.shows(200, &["The payment was cancelled."]);
    let other = browser.get("/dashboard/usage?billing=%3Cb%3E").await;
    other.lacks("class=\"notice");
}
