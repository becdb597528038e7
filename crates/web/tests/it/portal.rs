//! The developer portal: its routes, open pages, the marketplace.

use super::support::{Browser, Site};

const ROUTES: [(&str, &str); 8] = [
    ("/portal", "The identity provider made for AI agents"),
    ("/portal/pricing", "Pricing"),
    ("/portal/sdks", "SDKs"),
    ("/portal/api-explorer", "API Explorer"),
    ("/portal/get-started", "Get started"),
    ("/portal/marketplace", "Marketplace"),
    ("/portal/analytics", "Analytics"),
    ("/portal/settings/tier", "Plan"),
];

/// A public agent; its id.
async fn published(site: &Site, browser: &Browser<'_>) -> String {
    let fields = [
        ("email", "public@market.example"),
        ("agentType", "screener"),
        ("version", "1.0.0"),
        ("capabilities", "market:read"),
        ("owner", "market-team"),
        ("deploymentEnv", "production"),
    ];
    let made = browser.post("/portal/get-started?step=2", &fields).await;
    let id = made.header("location").unwrap();
    let id = id.rsplit_once("agent=").unwrap().1.to_owned();
    site.publish(id.parse().unwrap()).await;
    id
}

#[actix_web::test]
async fn every_page_has_the_bar_with_one_active_link() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let id = published(&site, &browser).await;
    let detail = format!("/portal/marketplace/{id}");
    let detail = (detail.as_str(), "Public card");
    for (path, text) in ROUTES.into_iter().chain([detail]) {
        let page = browser.get(path).await;
        page.shows(200, &[text, "Sign out", "API Explorer</a>", "Settings</a>"]);
        let active = page.text.matches("aria-current=\"page\"").count();
        assert_eq!(active, 1, "{path}");
    }
}

#[actix_web::test]
async fn six_pages_are_open_and_two_ask_to_sign_in() {
    let site = Site::start().await;
    for (path, text) in &ROUTES[..6] {
        let page = site.get(path).await;
        page.shows(200, &[text]);
        page.lacks("Sign out");
    }
    let asked = site.get("/portal/analytics?days=7").await;
    asked.leads_to("/portal/login?next=%2Fportal%2Fanalytics%3Fdays%3D7");
    let asked = site.get("/portal/settings/tier").await;
    asked.leads_to("/portal/login?next=%2Fportal%2Fsettings%2Ftier");
}

#[actix_web::test]
async fn signing_in_leads_back_to_the_page_and_never_elsewhere() {
    let site = Site::start().await;
    for (next, location) in [
        ("/portal/settings/tier", "/portal/settings/tier"),
        ("/dashboard/agents", "/dashboard/agents"),
        ("https://evil.example/portal", "/portal/analytics"),
        ("//evil.example", "/portal/analytics"),
    ] {
        let path = format!("/portal/login?next={next}");
        let (id, secret) = (site.operator.id.to_string(), &site.operator.secret);
        site.get(&path).await.shows(200, &["Developer Portal"]);
        let answer = site.answer(site.login_at(&path, &id, secret)).await;
        answer.leads_to(location);
    }
}

#[actix_web::test]
async fn an_unknown_page_is_not_found_and_leads_on() {
    let site = Site::start().await;
    let page = site.get("/portal/no-such-page").await;
    page.shows(404, &["Page not found", ">Home</a>", "href=\"/api-docs\""]);
}

#[actix_web::test]
async fn the_first_page_shows_the_command_for_this_server() {
    let site = Site::start().await;
    let page = site.get("/portal").await;
    let command = page.between("id=\"token-command\">", "</pre>");
    assert!(command.starts_with("curl -s http://localhost:3000/api/v1/token "));
    assert!(command.contains("$CLIENT_ID") && command.contains("$CLIENT_SECRET"));
}

#[actix_web::test]
async fn the_marketplace_is_searched_and_shows_no_address() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let id = published(&site, &browser).await;
    let link = format!("href=\"/portal/marketplace/{id}\"");
    for found in [
        "",
        "?q=MARKET",
        "?capability=market:read",
        "?publisher=market-team",
    ] {
        let page = site.get(&format!("/portal/marketplace{found}")).await;
        page.shows(200, &[&link, "Page 1 of 1 (1 total)"]);
        page.lacks("public@market.example");
    }
    for missed in ["?q=unheard-of", "?capability=market", "?publisher=team"] {
        let page = site.get(&format!("/portal/marketplace{missed}")).await;
        page.shows(200, &["No public agents found."]);
    }
    let long = format!("/portal/marketplace?q={}", "x".repeat(257));
    let refused = site.get(&long).await;
    refused.shows(400, &["Search: Must have at most 256 characters."]);
    let zero = site.get("/portal/marketplace?publisher=%00").await;
    zero.shows(400, &["Must not contain the character U+0000."]);
    let page = site.get(&format!("/portal/marketplace/{id}")).await;
    page.shows(200, &["market-team", "market:read", "JsonWebKey2020"]);
    page.lacks("public@market.example");
    let unknown = format!("/portal/marketplace/{}", site.operator.id);
    for unknown in [unknown.as_str(), "/portal/marketplace/%3Cb%3E"] {
        let text = "Agent with the specified ID was not found.";
        site.get(unknown).await.shows(404, &[text]);
    }
}

#[actix_web::test]
async fn what_is_switched_off_is_told_and_is_no_error() {
    let site = Site::start_with(|state| {
        state.settings.marketplace = false;
        state.settings.analytics = false;
    })
    .await;
    let browser = site.browser(&site.operator).await;
    for (path, text) in [
        (
            "/portal/marketplace",
            "The Agent Marketplace is not enabled on this instance.",
        ),
        (
            "/portal/marketplace/a1b2c3d4-0000-4000-8000-000000000001",
            "The Agent Marketplace is not enabled on this instance.",
        ),
        (
            "/portal/analytics",
            "Analytics is not enabled on this instance.",
        ),
    ] {
        let page = browser.get(path).await;
        page.shows(200, &[text]);
        page.lacks("role=\"alert\"");
    }
}

#[actix_web::test]
async fn the_explorer_lists_every_operation_at_both_places() {
    let site = Site::start().await;
    let description = agentidp_http::openapi::generate();
    let paths = description["paths"].as_object().unwrap();
    for place in ["/portal/api-explorer", "/api-docs"] {
        let page = site.get(place).await;
        page.shows(200, &["data-explorer=\"/openapi.json\"", "js/explorer.js"]);
        for (path, item) in paths {
            for method in item.as_object().unwrap().keys() {
                let method = method.to_uppercase();
                let operation = format!("data-method=\"{method}\" data-path=\"{path}\"");
                assert!(page.text.contains(&operation), "{place}: {operation}");
            }
        }
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
    }
    site.get("/api-docs/").await.leads_to("/api-docs");
}
