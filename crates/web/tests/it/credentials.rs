//! Credentials, and secrets that are shown once.

use super::support::{Answer, Browser, Identity, Site};

const BOX: &str = "New client secret — copy it now. It will not be shown again.";
const REPEATED: &str = "This form was sent before.";

fn secret(answer: &Answer) -> String {
    answer.shows(200, &[BOX, "I have saved this secret — dismiss"]);
    answer.between("id=\"new-secret\">", "</code>")
}

fn rows(answer: &Answer) -> usize {
    answer.text.matches("scope=\"row\"").count()
}

/// The path of the only credential of the agent that has `agent`'s page.
async fn credential(browser: &Browser<'_>, agent: &Identity) -> String {
    let list = browser.get(&format!("{}/credentials", agent.page())).await;
    let id = list.between("scope=\"row\" title=\"", "\"");
    format!("{}/credentials/{id}", agent.page())
}

async fn signs_in(site: &Site, agent: &Identity, secret: &str) -> bool {
    let login = site.login(&agent.id.to_string(), secret);
    site.answer(login).await.status == 303
}

#[actix_web::test]
async fn a_new_secret_is_in_one_answer_only() {
    let site = Site::start().await;
    let agent = site.identity("a@acme.example", "agents:read").await;
    let path = format!("{}/credentials", agent.page());
    let browser = site.browser(&site.operator).await;
    let list = browser.get(&path).await;
    assert_eq!(rows(&list), 1);
    let once = list.between("name=\"once\" value=\"", "\"");
    let made = browser.post(&path, &[("once", &once)]).await;
    let new = secret(&made);
    assert_eq!(rows(&made), 2);
    assert!(signs_in(&site, &agent, &new).await);
    let reloaded = browser.post(&path, &[("once", &once)]).await;
    reloaded.shows(200, &[REPEATED]);
    let list = browser.get(&path).await;
    for page in [&reloaded, &list] {
        page.lacks(&new);
        page.lacks(BOX);
        assert_eq!(rows(page), 2);
    }
    // Without a token of ours it is a repetition as well.
    let bare = browser.post(&path, &[]).await;
    bare.shows(200, &[REPEATED]);
    assert_eq!(rows(&bare), 2);
}

#[actix_web::test]
async fn rotation_replaces_the_secret_once() {
    let site = Site::start().await;
    let agent = site.identity("a@acme.example", "agents:read").await;
    let browser = site.browser(&site.operator).await;
    let path = format!("{}/rotate", credential(&browser, &agent).await);
    let question = browser.get(&path).await;
    question.shows(
        200,
        &[
            "Rotate credential?",
            "The existing secret will be invalidated immediately.",
        ],
    );
    question.lacks("expiry date");
    let once = question.between("name=\"once\" value=\"", "\"");
    let new = secret(&browser.post(&path, &[("once", &once)]).await);
    assert!(!signs_in(&site, &agent, &agent.secret).await);
    assert!(signs_in(&site, &agent, &new).await);
    let reloaded = browser.post(&path, &[("once", &once)]).await;
    reloaded.shows(200, &[REPEATED]);
    assert!(signs_in(&site, &agent, &new).await, "nothing was rotated");
}

#[actix_web::test]
async fn a_revoked_credential_has_no_actions() {
    let site = Site::start().await;
    let agent = site.identity("a@acme.example", "agents:read").await;
    let browser = site.browser(&site.operator).await;
    let path = format!("{}/revoke", credential(&browser, &agent).await);
    let question = browser.get(&path).await;
    question.shows(200, &["Revoke credential?", "This cannot be undone."]);
    let list = format!("{}/credentials", agent.page());
    let done = browser.post(&path, &[]).await;
    done.leads_to(&format!("{list}?notice=revoked"));
    let page = browser.get(&list).await;
    page.shows(200, &["revoked", "badge-muted"]);
    page.lacks("data-dialog");
    assert!(!signs_in(&site, &agent, &agent.secret).await);
    let again = browser.post(&path, &[]).await;
    again.shows(409, &["This credential has already been revoked."]);
}

#[actix_web::test]
async fn nobody_gets_at_the_secrets_of_stronger_agents() {
    let site = Site::start().await;
    let clerk = site
        .identity("clerk@acme.example", "agents:read agents:write")
        .await;
    let browser = site.browser(&clerk).await;
    let path = format!("{}/credentials", site.operator.page());
    let denied = "You do not have permission to manage credentials for this agent.";
    browser.get(&path).await.shows(403, &[denied]);
    let own = browser.get(&format!("{}/credentials", clerk.page())).await;
    let once = own.between("name=\"once\" value=\"", "\"");
    let refused = browser.post(&path, &[("once", &once)]).await;
    refused.shows(403, &[denied]);
    refused.lacks(BOX);
}
