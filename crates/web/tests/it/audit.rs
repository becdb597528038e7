//! The audit log and its download.

use actix_web::test::TestRequest;
use agentidp_domain::organization::PlanTier;
use chrono::NaiveDate;

use super::support::Site;

#[actix_web::test]
async fn filters_are_part_of_the_address() {
    let site = Site::start().await;
    let agent = site.agent("a@acme.example", "team", "agents:read").await;
    let browser = site.browser(&site.operator).await;
    let all = browser.get("/dashboard/audit").await;
    let created = "data-label=\"Action\">agent.created</td>";
    let signed_in = "data-label=\"Action\">token.issued</td>";
    all.shows(200, &["All Actions", "All Outcomes", created, signed_in]);
    let one = format!(
        "/dashboard/audit?agentId={}&action=agent.created",
        agent.agent_id
    );
    let found = browser.get(&one).await;
    found.shows(
        200,
        &[
            "Page 1 of 1 (1 total)",
            "value=\"agent.created\" selected",
            created,
        ],
    );
    found.lacks(signed_in);
    let none = browser.get(&format!("{one}&outcome=failure")).await;
    none.shows(200, &["No audit events found."]);
    let export = format!("agentId={}&#38;action=agent.created", agent.agent_id);
    found.shows(200, &[&export]);
    let behind = browser.get(&format!("{one}&page=7")).await;
    behind.leads_to(&one);
    let reversed = browser
        .get("/dashboard/audit?from=2026-03-02&to=2026-03-01")
        .await;
    // The form is still there, with what was chosen.
    reversed.shows(
        400,
        &[
            "Invalid date range.",
            "role=\"alert\"",
            "data-region=\"audit\"",
            "value=\"2026-03-02\"",
        ],
    );
    reversed.lacks("No audit events found.");
}

#[actix_web::test]
async fn a_day_before_the_retention_window_is_told_with_the_first_that_would_do() {
    let site = Site::start().await;
    let admin = site.organization("acme", PlanTier::Free).await;
    let browser = site.browser(&admin).await;
    for zone in ["", "&fromOffset=840", "&fromOffset=-720"] {
        for path in ["/dashboard/audit?", "/dashboard/audit/export?format=csv&"] {
            let address = |day: &str| format!("{path}from={day}{zone}");
            let told = browser.get(&address("2001-01-01")).await;
            told.shows(400, &["exceeds the audit retention of your plan."]);
            let first = told.between("The earliest date is ", ".</p>");
            let found = browser.get(&address(&first)).await;
            found.shows(200, &["token.issued"]);
            let before = first.parse::<NaiveDate>().unwrap().pred_opt().unwrap();
            let refused = browser.get(&address(&before.to_string())).await;
            refused.shows(400, &[&format!("The earliest date is {first}.")]);
        }
    }
}

#[actix_web::test]
async fn what_a_filter_shows_can_be_downloaded() {
    let site = Site::start().await;
    site.agent("a@acme.example", "team", "agents:read").await;
    let hostile = ("user-agent", "=cmd|' /C calc'!A0\"");
    let wrong = site.login("nobody", "x").insert_header(hostile);
    assert_eq!(site.answer(wrong).await.status, 403);
    let browser = site.browser(&site.operator).await;
    let csv = browser.get("/dashboard/audit/export?format=csv").await;
    csv.shows(
        200,
        &[
            "eventId,organizationId,sequence,",
            "agent.created",
            "\"'=cmd|' /C calc'!A0\"\"\"",
        ],
    );
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let disposition = csv.header("content-disposition").unwrap();
    assert_eq!(disposition, "attachment; filename=\"audit-log.csv\"");
    let json = browser
        .get("/dashboard/audit/export?format=json&action=agent.created")
        .await;
    let events: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    let actions = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["action"].as_str());
    assert!(actions.clone().count() > 0);
    assert!(
        actions
            .into_iter()
            .all(|action| action == Some("agent.created"))
    );
}

#[actix_web::test]
async fn a_download_of_many_pages_has_every_event_once() {
    let site = Site::start().await;
    for number in 0..101 {
        let email = format!("worker-{number}@acme.example");
        site.agent(&email, "team", "agents:read").await;
    }
    let browser = site.browser(&site.operator).await;
    let query = "/dashboard/audit/export?format=json&action=agent.created";
    let json = browser.get(query).await;
    let events: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    let ids = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["eventId"].as_str());
    let ids: std::collections::BTreeSet<_> = ids.collect();
    let page = browser.get("/dashboard/audit?action=agent.created").await;
    let total = page.between("Page 1 of 6 (", " total)");
    assert_eq!(total, ids.len().to_string());
}

#[actix_web::test]
async fn the_download_needs_the_same_permission() {
    let site = Site::start().await;
    let reader = site.identity("reader@acme.example", "agents:read").await;
    let browser = site.browser(&reader).await;
    let request = TestRequest::with_uri("/dashboard/audit/export?format=csv");
    let answer = browser.send(request).await;
    answer.shows(403, &["You do not have permission to perform this action."]);
    assert_eq!(answer.header("content-disposition"), None);
}
