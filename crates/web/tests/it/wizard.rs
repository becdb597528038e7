//! The wizard makes what it says, and no secret appears twice.

use super::support::{Answer, Browser, Identity, Site};

const START: &str = "/portal/get-started";
const ORGANIZATION: &str = "/portal/get-started?step=1";
const AGENT: &str = "/portal/get-started?step=2";
const FIELDS: [(&str, &str); 6] = [
    ("email", "screener-001@wizard.example"),
    ("agentType", "screener"),
    ("version", "1.0.0"),
    ("capabilities", "resume:read, resume:write"),
    ("owner", "wizard-team"),
    ("deploymentEnv", "production"),
];

fn once(page: &Answer) -> String {
    page.between("name=\"once\" value=\"", "\"")
}

fn shown_secret(page: &Answer) -> String {
    page.between("id=\"new-secret\">", "</code>")
}

async fn organization(browser: &Browser<'_>) -> (Answer, Answer) {
    let page = browser.get(START).await;
    let token = once(&page);
    let fields = [
        ("once", token.as_str()),
        ("name", "Wizard & Co."),
        ("slug", "wizard"),
        ("adminEmail", "admin@wizard.example"),
    ];
    let made = browser.post(ORGANIZATION, &fields).await;
    let again = browser.post(ORGANIZATION, &fields).await;
    (made, again)
}

#[actix_web::test]
async fn a_new_organization_is_shown_with_its_administrator_once() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let (made, again) = organization(&browser).await;
    made.shows(200, &["The organization was created", "Sign In"]);
    let admin = Identity {
        id: made.between("id=\"new-client\">", "</dd>").parse().unwrap(),
        secret: shown_secret(&made),
    };
    again.shows(200, &["This form was sent before."]);
    again.lacks("sk_live_");
    // The page asks for the new client, and goes on with the second step.
    let next = made.between("action=\"/portal/login", "\"");
    let path = format!("/portal/login{next}");
    let login = site.login_at(&path, &admin.id.to_string(), &admin.secret);
    let step = "/portal/get-started?step=2";
    site.answer(login).await.leads_to(step);
    let browser = site.browser(&admin).await;
    let start = browser.get(START).await;
    start.shows(200, &["Continue", &admin.id.to_string()]);
    start.lacks("Create organization");
    let page = browser.get(step).await;
    page.shows(200, &["Register an agent", "aria-current=\"step\""]);
}

#[actix_web::test]
async fn from_an_agent_to_a_program_without_its_secret() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let made = browser.post(AGENT, &FIELDS).await;
    let step = made.header("location").unwrap().to_owned();
    let agent = step.rsplit_once("agent=").unwrap().1.to_owned();
    made.leads_to(&format!("{START}?step=3&agent={agent}"));

    let page = browser.get(&step).await;
    // A reload of the answer is the step again.
    let action = page.between("class=\"row\" method=\"post\" action=\"", "\"");
    assert_eq!(action, step.replace('&', "&#38;"));
    let token = once(&page);
    let fields = [("once", token.as_str())];
    let generated = browser.post(&step, &fields).await;
    generated.shows(200, &["It will not be shown again.", &agent]);
    let secret = shown_secret(&generated);
    let again = browser.post(&step, &fields).await;
    again.shows(200, &["This form was sent before."]);
    again.lacks(&secret);
    let login = site.login(&agent, &secret);
    assert_eq!(site.answer(login).await.status, 303, "the client works");

    let snippet = format!("{START}?step=4&agent={agent}");
    let page = browser.get(&snippet).await;
    let texts = [
        "@sentryagent/idp-sdk",
        "http://localhost:3000",
        agent.as_str(),
    ];
    page.shows(200, &texts);
    page.lacks("sk_live_");
    let page = browser.get(&format!("{snippet}&language=python")).await;
    page.shows(200, &["pip install sentryagent-idp", &agent]);
}

#[actix_web::test]
async fn the_agent_stays_on_the_way_back_to_the_first_step_and_forth() {
    let site = Site::start().await;
    let agent = site.operator.id;
    let here = format!("{START}?step=1&agent={agent}");
    let next = format!("href=\"{START}?step=2&#38;agent={agent}\"");
    let browser = site.browser(&site.operator).await;
    let second = browser.get(&format!("{START}?step=2&agent={agent}")).await;
    second.shows(
        200,
        &[&format!("href=\"{START}?step=1&#38;agent={agent}\"")],
    );
    let first = browser.get(&here).await;
    first.shows(200, &[&next]);
    // A form that is refused does not lose it either.
    let token = once(&first);
    let agent_field = agent.to_string();
    let refused = browser.post(&here, &[("once", token.as_str())]).await;
    refused.shows(400, &[&next]);
    let login = site.get(&here).await;
    let action = login.between("action=\"/portal/login", "\"");
    assert!(action.contains(&agent_field), "{action}");
    login.lacks("bootstrap");
}

#[actix_web::test]
async fn bad_fields_are_named_and_what_was_typed_stays() {
    let site = Site::start().await;
    let browser = site.browser(&site.operator).await;
    let mut fields = FIELDS;
    fields[0].1 = "nobody";
    fields[3].1 = "a b a";
    let refused = browser.post(AGENT, &fields).await;
    refused.shows(
        400,
        &[
            "Request validation failed.",
            "E-mail: Must be a valid e-mail address",
            "Capabilities: Entry 2 is a duplicate.",
            "value=\"wizard-team\"",
        ],
    );
    let page = browser.get(START).await;
    let token = once(&page);
    let fields = [("once", token.as_str()), ("name", "X"), ("slug", "A b")];
    let refused = browser.post(ORGANIZATION, &fields).await;
    refused.shows(400, &["Slug: slug must contain only", "value=\"A b\""]);
    // What was refused has not used the token up.
    let (made, _) = organization(&browser).await;
    made.shows(200, &["The organization was created"]);
    let page = browser.get(START).await;
    let token = once(&page);
    let fields = [
        ("once", token.as_str()),
        ("name", "Other"),
        ("slug", "wizard"),
        ("adminEmail", "other@wizard.example"),
    ];
    let taken = browser.post(ORGANIZATION, &fields).await;
    taken.shows(409, &["An organization with this slug already exists."]);
}

#[actix_web::test]
async fn who_may_not_is_told_in_the_words_of_the_api() {
    let site = Site::start().await;
    let denied = "You do not have permission to perform this action.";
    let reader = site.identity("reader@acme.example", "agents:read").await;
    let browser = site.browser(&reader).await;
    browser.get(START).await.lacks("Create organization");
    let step = browser.get("/portal/get-started?step=2").await;
    step.shows(200, &[denied]);
    browser.post(AGENT, &FIELDS).await.shows(403, &[denied]);
    let organization = [("name", "X"), ("slug", "x"), ("adminEmail", "x@x.example")];
    let refused = browser.post(ORGANIZATION, &organization).await;
    refused.shows(403, &[denied]);
    let id = site.operator.id.to_string();
    let token = site.world.sessions.single_use_token();
    let step = format!("{START}?step=3&agent={id}");
    let refused = browser.post(&step, &[("once", token.as_str())]).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    refused.lacks("sk_live_");
}

#[actix_web::test]
async fn steps_ask_for_what_comes_before_them() {
    let site = Site::start().await;
    for step in ["2", "3"] {
        let asked = site.get(&format!("{START}?step={step}")).await;
        asked.leads_to(&format!(
            "/portal/login?next=%2Fportal%2Fget-started%3Fstep%3D{step}"
        ));
    }
    site.get(START).await.shows(200, &["Client Secret"]);
    site.get("/portal/get-started?step=%3Cb%3E&agent=%3Cb%3E")
        .await
        .shows(200, &["Client Secret"]);
    let open = site.get("/portal/get-started?step=4").await;
    open.shows(200, &["your-client-id"]);
    let browser = site.browser(&site.operator).await;
    let without = browser.get("/portal/get-started?step=3&agent=x").await;
    without.leads_to("/portal/get-started?step=2");
    let foreign = browser.post_bare(AGENT, &FIELDS).await;
    foreign.shows(403, &["This form does not belong to your session."]);
}
