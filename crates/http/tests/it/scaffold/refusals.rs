//! What is refused, and in which order.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{LANGUAGES, ask};
use crate::support::texts::{DENIED_SCAFFOLD, INVALID_QUERY, NO_AGENT, TOKEN_REQUIRED};
use crate::support::{Answer, Api};

const UNKNOWN: &str =
    "Invalid language. Supported languages are: typescript, python, go, java, rust.";

#[track_caller]
fn unknown_language(answer: &Answer, provided: &str) {
    let details = answer.refused(400, "VALIDATION_ERROR", UNKNOWN);
    let expected = json!({"field": "language", "provided": provided, "supported": LANGUAGES});
    assert_eq!(details, expected);
}

#[track_caller]
fn unknown_agent(answer: &Answer) {
    let details = answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    assert_eq!(details, Value::Null);
}

#[actix_web::test]
async fn only_exact_names_of_languages_are_known() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (sent, provided) in [
        ("", ""),
        ("ruby", "ruby"),
        ("Python", "Python"),
        ("rust%20", "rust "),
        ("%22%3Cb%3E", "\"<b>"),
    ] {
        let query = format!("?language={sent}");
        let answer = ask(&api, &acme, &acme.agent, &query).await;
        unknown_language(&answer, provided);
    }
    let twice = ask(&api, &acme, &acme.agent, "?language=go&language=go").await;
    twice.invalid(INVALID_QUERY, &["language"]);
}

#[actix_web::test]
async fn the_language_is_judged_before_the_agent() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let nobody = Uuid::new_v4().to_string();
    for agent in [nobody.as_str(), "no-uuid", other.agent.as_str()] {
        let answer = ask(&api, &acme, agent, "?language=ruby").await;
        unknown_language(&answer, "ruby");
    }
}

#[actix_web::test]
async fn unknown_foreign_and_ended_agents_have_no_project() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let other = api.organization("other").await;
    let ended = api.silent_agent(&acme, "ended", &["agents:read"]).await;
    let foreign = api.silent_agent(&other, "ended", &["agents:read"]).await;
    for (by, agent) in [(&acme, &ended), (&other, &foreign)] {
        let ended = api.set_status(by, agent, "decommissioned").await;
        ended.expect(200);
    }
    let before = api.event_count(&acme).await;
    let nobody = Uuid::new_v4().to_string();
    for id in [nobody.as_str(), "no-uuid", &ended.agent[1..]] {
        unknown_agent(&ask(&api, &acme, id, "").await);
    }
    // Foreign comes before ended.
    for agent in [&other, &foreign] {
        let answer = ask(&api, &acme, &agent.agent, "").await;
        let details = answer.refused(403, "AUTHORIZATION_ERROR", DENIED_SCAFFOLD);
        assert_eq!(details, Value::Null);
        assert_eq!(answer.header("www-authenticate"), None);
    }
    let answer = ask(&api, &acme, &ended.agent, "").await;
    answer.refused(
        422,
        "AGENT_DECOMMISSIONED",
        "Cannot generate scaffold for a decommissioned agent.",
    );
    assert_eq!(api.event_count(&acme).await, before, "nothing is recorded");
}

#[actix_web::test]
async fn a_token_is_asked_for_before_everything_else() {
    let api = Api::start().await;
    let path = "/api/v1/sdk/scaffold/no-uuid?language=ruby";
    let answer = api.get(path).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
}
