//! To whom requests for pages are charged, and what is shown beyond a limit.

use agentidp_domain::organization::PlanTier;

use super::support::{Answer, Site};

const REFUSED: &str = "Too many requests. Please retry after the rate limit window resets.";

/// A page that says when to come again.
#[track_caller]
fn refused(answer: &Answer) {
    answer.shows(
        429,
        &[
            "<h1>Too many requests</h1>",
            REFUSED,
            "You can try again in ",
        ],
    );
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("100"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    assert!(answer.header("x-ratelimit-reset").is_some());
}

#[actix_web::test]
async fn without_a_session_pages_and_the_public_api_share_the_address() {
    let site = Site::limited().await;
    let first = site.get("/portal/pricing").await;
    let left = |answer: &Answer| answer.header("x-ratelimit-remaining").map(str::to_owned);
    assert_eq!(left(&first).as_deref(), Some("99"));
    let second = site.get("/api/v1/marketplace/agents").await;
    assert_eq!(left(&second).as_deref(), Some("98"));
    let asset = first.between("rel=\"stylesheet\" href=\"", "\"");
    for number in 0..98 {
        let path = ["/dashboard/login", "/portal", "/dashboard/agents"][number % 3];
        assert_ne!(site.get(path).await.status, 429, "{number}");
    }
    for path in ["/dashboard/login", "/portal", "/portal/marketplace"] {
        refused(&site.get(path).await);
    }
    // A secret is not looked at.
    let id = site.operator.id.to_string();
    let login = site.login(&id, &site.operator.secret);
    refused(&site.answer(login).await);
    assert_eq!(site.get("/api/v1/marketplace/agents").await.status, 429);
    for _ in 0..2 {
        let file = site.get(&asset).await;
        assert_eq!((file.status, file.header("x-ratelimit-limit")), (200, None));
    }
    site.pass(120);
    assert_eq!(site.get("/dashboard/login").await.status, 200);
}

#[actix_web::test]
async fn with_a_session_pages_are_charged_to_the_organization() {
    let site = Site::limited().await;
    let admin = site.organization("limited", PlanTier::Free).await;
    let browser = site.browser(&admin).await;
    for number in 0..100 {
        let page = browser.get("/portal/pricing").await;
        assert_eq!(page.status, 200, "{number}");
    }
    for path in ["/portal/pricing", "/dashboard/agents"] {
        refused(&browser.get(path).await);
    }
    // Others go on, from the same address too.
    assert_eq!(site.get("/portal/pricing").await.status, 200);
    let operator = site.browser(&site.operator).await;
    let page = operator.get("/dashboard/agents").await;
    page.shows(200, &["Agents"]);
    assert_eq!(page.header("x-ratelimit-limit"), None, "nothing limits it");
}
