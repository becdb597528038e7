//! Agents: the list, one agent, and what is done with it.

use agentidp_domain::organization::PlanTier;

use super::support::Site;

const DENIED: &str = "You do not have permission to perform this action.";

#[actix_web::test]
async fn names_are_shown_as_text_whatever_they_contain() {
    let site = Site::start().await;
    let name = "<img src=x onerror=alert(1)>";
    let agent = site.agent("a@acme.example", name, "agents:read").await;
    let browser = site.browser(&site.operator).await;
    for path in [
        "/dashboard/agents".to_owned(),
        format!("/dashboard/agents/{}", agent.agent_id),
    ] {
        let page = browser.get(&path).await;
        page.shows(200, &["onerror=alert(1)"]);
        page.lacks("<img");
    }
    let echoed = browser
        .get("/dashboard/agents?q=%22%3E%3Cimg+src%3Dx%3E")
        .await;
    echoed.shows(200, &["No agents found."]);
    echoed.lacks("<img");
}

#[actix_web::test]
async fn filters_and_pages_are_links() {
    let site = Site::start().await;
    for number in 0..21 {
        let email = format!("worker-{number:02}@acme.example");
        site.agent(&email, "team", "agents:read").await;
        site.pass(1);
    }
    let browser = site.browser(&site.operator).await;
    let all = browser.get("/dashboard/agents").await;
    all.shows(
        200,
        &[
            "Page 1 of 2 (22 total)",
            "href=\"/dashboard/agents?page=2\"",
        ],
    );
    let rest = browser.get("/dashboard/agents?page=2").await;
    rest.shows(
        200,
        &[
            "worker-00@",
            "admin@system.local",
            "href=\"/dashboard/agents\"",
        ],
    );
    rest.lacks("worker-20@");
    let behind = browser.get("/dashboard/agents?page=9&status=active").await;
    behind.leads_to("/dashboard/agents?status=active&page=2");
    let found = browser
        .get("/dashboard/agents?q=WORKER-2&status=active")
        .await;
    found.shows(
        200,
        &[
            "worker-20@",
            "value=\"WORKER-2\"",
            "value=\"active\" selected",
        ],
    );
    found.lacks("worker-19@");
    let none = browser.get("/dashboard/agents?status=suspended").await;
    none.shows(200, &["No agents found."]);
    none.lacks("class=\"pager\"");
}

#[actix_web::test]
async fn an_agent_is_suspended_and_reactivated_behind_a_question() {
    let site = Site::start().await;
    let agent = site.agent("a@acme.example", "team", "agents:read").await;
    let page = format!("/dashboard/agents/{}", agent.agent_id);
    let browser = site.browser(&site.operator).await;
    browser.get(&page).await.shows(
        200,
        &[
            "a@acme.example",
            "1.4.2",
            "—",
            "Suspend Agent",
            "Decommission Agent",
            "View Credentials",
        ],
    );
    let question = browser.get(&format!("{page}/suspend")).await;
    question.shows(
        200,
        &[
            "Suspend agent a@acme.example?",
            "can no longer authenticate",
            "Cancel",
        ],
    );
    let done = browser.post(&format!("{page}/suspend"), &[]).await;
    done.leads_to(&format!("{page}?notice=suspended"));
    let suspended = browser.get(&format!("{page}?notice=suspended")).await;
    suspended.shows(
        200,
        &["badge-warning", "Reactivate Agent", "Agent suspended."],
    );
    suspended.lacks("Suspend Agent");
    let done = browser.post(&format!("{page}/reactivate"), &[]).await;
    done.leads_to(&format!("{page}?notice=reactivated"));
    browser.get(&page).await.shows(200, &["badge-success"]);
}

#[actix_web::test]
async fn decommissioning_wants_the_address_typed_in() {
    let site = Site::start().await;
    let agent = site.agent("a@acme.example", "team", "agents:read").await;
    let page = format!("/dashboard/agents/{}", agent.agent_id);
    let path = format!("{page}/decommission");
    let browser = site.browser(&site.operator).await;
    let question = browser.get(&path).await;
    question.shows(
        200,
        &[
            "Decommission agent a@acme.example?",
            "permanent",
            "name=\"typed\"",
        ],
    );
    for typed in ["", "b@acme.example"] {
        let refused = browser.post(&path, &[("typed", typed)]).await;
        refused.shows(400, &["The e-mail address does not match."]);
    }
    browser.get(&page).await.shows(200, &["badge-success"]);
    let done = browser.post(&path, &[("typed", "a@acme.example")]).await;
    done.leads_to(&format!("{page}?notice=decommissioned"));
    let ended = browser.get(&page).await;
    ended.shows(200, &["badge-danger"]);
    ended.lacks("data-dialog");
    let again = browser.post(&path, &[("typed", "a@acme.example")]).await;
    again.shows(409, &["This agent has already been decommissioned."]);
}

#[actix_web::test]
async fn unknown_agents_are_not_found() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    for id in ["00000000-0000-4000-8000-00000000abcd", "x"] {
        let page = browser.get(&format!("/dashboard/agents/{id}")).await;
        page.shows(404, &["Agent not found.", "Back to Agents"]);
    }
}

#[actix_web::test]
async fn agents_of_another_organization_are_out_of_reach() {
    let site = Site::start().await;
    let admin = site.organization("acme", PlanTier::Free).await;
    let browser = site.browser(&admin).await;
    let foreign = site.operator.page();
    for path in [&foreign, &format!("{foreign}/credentials")] {
        browser.get(path).await.shows(403, &[]);
    }
    let own = browser.get(&format!("{}/credentials", admin.page())).await;
    let once = own.between("name=\"once\" value=\"", "\"");
    for change in ["suspend", "credentials"] {
        let path = format!("{foreign}/{change}");
        let refused = browser.post(&path, &[("once", &once)]).await;
        refused.shows(403, &[]);
    }
    let list = browser.get("/dashboard/agents").await;
    list.shows(200, &[&admin.page()]);
    list.lacks(&foreign);
    let operator = site.browser(&site.operator).await;
    operator.get(&foreign).await.shows(200, &["badge-success"]);
}

#[actix_web::test]
async fn what_a_visitor_may_not_do_is_said_in_the_words_of_the_api() {
    let site = Site::start().await;
    let reader = site.identity("reader@acme.example", "agents:read").await;
    let browser = site.browser(&reader).await;
    browser
        .get("/dashboard/agents")
        .await
        .shows(200, &["reader@acme.example"]);
    let page = browser.get(&reader.page()).await;
    page.shows(200, &[DENIED]);
    page.lacks("Suspend Agent");
    let refused = browser
        .post(&format!("{}/suspend", reader.page()), &[])
        .await;
    refused.shows(403, &[DENIED]);
    browser
        .get(&reader.page())
        .await
        .shows(200, &["badge-success"]);
    browser
        .get("/dashboard/audit")
        .await
        .shows(403, &[DENIED, "No permission"]);
    let auditor = site.identity("auditor@acme.example", "audit:read").await;
    let browser = site.browser(&auditor).await;
    browser.get("/dashboard/agents").await.shows(403, &[DENIED]);
    browser
        .get("/dashboard/audit")
        .await
        .shows(200, &["Audit Log"]);
}
