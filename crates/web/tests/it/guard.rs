//! Who gets to see pages, and which forms are taken.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use url::form_urlencoded;

use super::support::Site;

/// The login page of the portal that leads back to `page`.
fn portal_login(page: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("next", page).finish();
    format!("/portal/login?{query}")
}

#[actix_web::test]
async fn without_a_session_every_page_leads_to_the_login() {
    let site = Site::start().await;
    let agent = site.operator.page();
    for path in [
        "/dashboard/agents",
        &agent,
        &format!("{agent}/suspend"),
        &format!("{agent}/credentials"),
        &format!("{agent}/credentials/{}/rotate", site.operator.id),
        "/dashboard/audit",
        "/dashboard/audit/export?format=csv",
        "/dashboard/health",
        "/dashboard/usage",
    ] {
        site.get(path).await.leads_to("/dashboard/login");
    }
    for path in [
        "/portal/analytics",
        "/portal/settings/tier",
        "/portal/settings/tier/upgrade/pro",
        "/portal/get-started?step=2",
        "/portal/get-started?step=3",
    ] {
        site.get(path).await.leads_to(&portal_login(path));
    }
    for path in [
        "/dashboard",
        "/dashboard/",
        "/dashboard/nowhere",
        "/dashboard/agents/a/b",
    ] {
        site.get(path).await.leads_to("/dashboard/agents");
    }
}

#[actix_web::test]
async fn arriving_from_another_site_the_page_loads_itself_again() {
    let site = Site::start().await;
    let address = "/dashboard/usage?billing=success";
    let arrive = || TestRequest::with_uri(address).insert_header(("sec-fetch-site", "cross-site"));
    let answer = site.answer(arrive()).await;
    answer.shows(200, &["http-equiv=\"refresh\"", address]);
    answer.lacks("<script");
    let browser = site.browser(&site.operator).await;
    let answer = browser.send(arrive()).await;
    answer.shows(200, &["The payment was received."]);
}

#[actix_web::test]
async fn a_session_ends_an_hour_after_its_last_request() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    for _ in 0..2 {
        site.pass(3_500);
        assert_eq!(browser.get("/dashboard/agents").await.status, 200);
    }
    site.pass(3_601);
    let answer = browser.get("/dashboard/agents").await;
    answer.leads_to("/dashboard/login?notice=expired");
    let login = site.get("/dashboard/login?notice=expired").await;
    login.shows(200, &["Your session has ended. Please sign in again."]);
}

#[actix_web::test]
async fn what_needs_no_session_does_not_prolong_one() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    site.pass(3_000);
    for (path, status) in [
        ("/dashboard/login", 200),
        ("/dashboard/nowhere", 303),
        ("/api-docs", 200),
    ] {
        assert_eq!(browser.get(path).await.status, status, "{path}");
    }
    site.pass(601);
    let answer = browser.get("/dashboard/agents").await;
    answer.leads_to("/dashboard/login?notice=expired");
}

#[actix_web::test]
async fn a_form_without_the_token_of_its_session_changes_nothing() {
    let site = Site::start().await;
    let agent = site.agent("a@acme.example", "team", "agents:read").await;
    let path = format!("/dashboard/agents/{}/suspend", agent.agent_id);
    let browser = site.browser(&site.operator).await;
    let other = site.browser(&site.operator).await;
    for fields in [
        vec![],
        vec![("csrf", "")],
        vec![("csrf", other.form_token.as_str())],
    ] {
        let answer = browser.post_bare(&path, &fields).await;
        answer.shows(403, &["This form does not belong to your session."]);
    }
    let page = browser
        .get(&format!("/dashboard/agents/{}", agent.agent_id))
        .await;
    page.shows(200, &["badge-success"]);
}

#[actix_web::test]
async fn what_is_no_form_is_refused_for_what_it_is() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let urlencoded = "application/x-www-form-urlencoded";
    let long = format!("clientId={}", "x".repeat(17_000));
    for path in ["/dashboard/login", "/portal/login", "/dashboard/logout"] {
        for (media_type, body, status, text) in [
            (
                "application/json",
                "{}",
                415,
                "The content type of the request is not supported.",
            ),
            (
                urlencoded,
                long.as_str(),
                413,
                "The request body is too large.",
            ),
        ] {
            let request = TestRequest::with_uri(path)
                .method(Method::POST)
                .insert_header(("content-type", media_type))
                .set_payload(body.to_owned());
            browser.send(request).await.shows(status, &[text, "<html"]);
        }
    }
    browser
        .get("/dashboard/agents")
        .await
        .shows(200, &["Sign out"]);
}

#[actix_web::test]
async fn the_api_does_not_know_the_cookie() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    assert_eq!(browser.get("/api/v1/agents").await.status, 401);
}

#[actix_web::test]
async fn pages_are_kept_nowhere_and_run_nothing_of_others() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let public = site.agent("a@acme.example", "team", "agents:read").await;
    site.publish(public.agent_id).await;
    let card = format!("/portal/marketplace/{}", public.agent_id);
    for path in [
        "/dashboard/login",
        "/dashboard/agents",
        "/dashboard/audit",
        "/dashboard/health",
        "/dashboard/usage",
        "/portal/login",
        "/portal",
        "/portal/pricing",
        "/portal/sdks",
        "/portal/api-explorer",
        "/portal/get-started",
        "/portal/get-started?step=2",
        "/portal/marketplace",
        &card,
        "/portal/analytics",
        "/portal/settings/tier",
        "/api-docs",
    ] {
        let answer = browser.get(path).await;
        answer.shows(200, &["<html lang=\"en\">"]);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'self';"), "{policy}");
        assert_eq!(answer.header("x-frame-options"), Some("SAMEORIGIN"));
        assert!(policy.ends_with("form-action 'self' https://checkout.stripe.com"));
        for inline in ["<script>", "<style", " style=", " onclick="] {
            answer.lacks(inline);
        }
    }
}
