//! Signing in and out.

use std::time::Duration;

use super::support::Site;

const INVALID: &str = "Invalid credentials. Please check your Client ID and secret.";

#[actix_web::test]
async fn the_right_secret_opens_a_session() {
    let site = Site::start().await;
    let page = site.get("/dashboard/login").await;
    page.shows(
        200,
        &[
            "<title>SentryAgent.ai — AgentIdP Dashboard</title>",
            "AgentIdP Dashboard — Sign In",
            "API Base URL",
            "value=\"http://localhost:3000\"",
            "autocomplete=\"username\"",
            "autocomplete=\"current-password\"",
        ],
    );
    let id = format!("  {} ", site.operator.id);
    let answer = site.answer(site.login(&id, &site.operator.secret)).await;
    answer.leads_to("/dashboard/agents");
    let cookie = answer.header("set-cookie").unwrap();
    let (pair, flags) = cookie.split_once("; ").unwrap();
    assert!(pair.starts_with("agentidp_session=") && pair.len() == 17 + 43);
    assert_eq!(flags, "HttpOnly; SameSite=Strict; Path=/");
    let browser = site.browser(&site.operator).await;
    assert_ne!(browser.cookie, pair, "each sign-in has an id of its own");
    browser
        .get("/dashboard/agents")
        .await
        .shows(200, &["Sign out"]);
}

#[actix_web::test]
async fn in_production_the_cookie_is_for_https_only() {
    let site = Site::start_with(|state| state.settings.secure_cookies = true).await;
    let id = site.operator.id.to_string();
    let answer = site.answer(site.login(&id, &site.operator.secret)).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.ends_with("; Secure"), "{cookie}");
}

#[actix_web::test]
async fn a_wrong_secret_opens_nothing_and_is_not_sent_back() {
    let site = Site::start().await;
    let id = site.operator.id.to_string();
    let wrong = format!("sk_live_{}", "0".repeat(64));
    for (id, secret) in [(id.as_str(), wrong.as_str()), ("nobody", "sk"), ("", "")] {
        let answer = site.answer(site.login(id, secret)).await;
        answer.shows(
            403,
            &[INVALID, "role=\"alert\"", &format!("value=\"{id}\"")],
        );
        answer.lacks(&wrong);
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[actix_web::test]
async fn after_twenty_failures_the_page_says_when_to_come_again() {
    let site = Site::start().await;
    let (id, secret) = (site.operator.id.to_string(), &site.operator.secret);
    let minute = 60_000;
    let into = site.world.ports.now().unix_millis().rem_euclid(minute);
    let rest = Duration::from_millis(u64::try_from(minute - into).unwrap());
    site.world.clock.advance(rest);
    for _ in 0..20 {
        let answer = site.answer(site.login(&id, "sk_live_wrong")).await;
        answer.shows(403, &[INVALID]);
        answer.lacks("You can try again");
    }
    for (passed, seconds, when) in [(18, "42", "in 42 seconds."), (41, "1", "in a second.")] {
        site.pass(passed);
        // The right secret does not help either.
        let refused = site.answer(site.login(&id, secret)).await;
        let hint = format!("You can try again {when}");
        refused.shows(429, &["Too many requests.", &hint, "Client Secret"]);
        assert_eq!(refused.header("retry-after"), Some(seconds));
        assert_eq!(refused.header("set-cookie"), None);
        refused.lacks(secret);
    }
    site.pass(61);
    let answer = site.answer(site.login(&id, secret)).await;
    answer.leads_to("/dashboard/agents");
}

#[actix_web::test]
async fn agents_that_get_no_tokens_get_no_session() {
    let site = Site::start().await;
    let agent = site.identity("worker@acme.example", "agents:read").await;
    let browser = site.browser(&site.operator).await;
    let suspend = format!("{}/suspend", agent.page());
    assert_eq!(browser.post(&suspend, &[]).await.status, 303);
    let login = site.login(&agent.id.to_string(), &agent.secret);
    site.answer(login).await.shows(403, &[INVALID]);
}

#[actix_web::test]
async fn other_sites_cannot_sign_anybody_in() {
    let site = Site::start().await;
    let (id, secret) = (site.operator.id.to_string(), &site.operator.secret);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let login = site.login(&id, secret).insert_header((name, value));
        let answer = site.answer(login).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    let own = site.login(&id, secret);
    let own = own.insert_header(("sec-fetch-site", "same-origin"));
    site.answer(own).await.leads_to("/dashboard/agents");
}

#[actix_web::test]
async fn signing_out_ends_the_session() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let answer = browser.post("/dashboard/logout", &[]).await;
    answer.leads_to("/dashboard/login?notice=signed-out");
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("agentidp_session=; Max-Age=0;"),
        "{cookie}"
    );
    let again = browser.get("/dashboard/agents").await;
    again.leads_to("/dashboard/login?notice=expired");
    let page = site.get("/dashboard/login?notice=signed-out").await;
    page.shows(200, &["You have signed out."]);
}

#[actix_web::test]
async fn signing_in_again_ends_the_session_before() {
    let site = Site::start().await;
    let agent = site.identity("twice@acme.example", "agents:read").await;
    let browser = site.browser(&agent).await;
    let wrong = browser
        .send(site.login(&agent.id.to_string(), "sk_live_wrong"))
        .await;
    wrong.shows(403, &["Invalid credentials."]);
    browser
        .get("/dashboard/agents")
        .await
        .shows(200, &["Agents"]);
    let again = browser
        .send(site.login(&agent.id.to_string(), &agent.secret))
        .await;
    again.leads_to("/dashboard/agents");
    let before = browser.get("/dashboard/agents").await;
    assert_eq!(before.status, 303, "the old cookie opens nothing");
}
