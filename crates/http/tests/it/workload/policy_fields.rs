//! What a trust policy may say.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{POLICIES, REPOSITORY, create, listed, with};
use crate::support::texts::INVALID_BODY;
use crate::support::{Api, TENANT_SCOPES};

const PROVIDER: &str = "Only 'github' is supported.";
const FORMAT: &str = "Must be in 'org/repo' format.";
const NO_REF: &str = "Must be a branch; tags and other refs are not supported.";
const NO_PATTERN: &str = "Must be the name of one branch; wildcards are not supported.";

fn good() -> Value {
    json!({"provider": "github", "repository": REPOSITORY})
}

#[actix_web::test]
async fn every_bad_field_is_named_in_one_answer() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let before = api.event_count(&acme).await;
    let body = json!({
        "provider": "gitlab",
        "repository": "acme",
        "branch": "*",
        "agentId": "x",
        "organizationId": acme.organization,
        "id": Uuid::new_v4().to_string(),
    });
    let fields = [
        "provider",
        "repository",
        "branch",
        "agentId",
        "id",
        "organizationId",
    ];
    let details = create(&api, &acme, TENANT_SCOPES, &body)
        .await
        .invalid(INVALID_BODY, &fields);
    let reasons: Vec<&str> = details["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["reason"].as_str().unwrap())
        .collect();
    let unknown = "This field is not known.";
    let uuid = "Must be a valid UUID.";
    assert_eq!(
        reasons,
        [PROVIDER, FORMAT, NO_PATTERN, uuid, unknown, unknown]
    );
    assert!(listed(&api, &acme).await.is_empty());
    assert_eq!(api.event_count(&acme).await, before);
}

#[actix_web::test]
async fn provider_and_repository_are_required() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let details = create(&api, &acme, TENANT_SCOPES, &json!({}))
        .await
        .invalid(INVALID_BODY, &["provider", "repository"]);
    assert_eq!(details["reason"], "This field is required.");
    let token = api.token(&acme, "agents:write");
    api.post(POLICIES)
        .bearer(&token)
        .raw("application/json", "[]")
        .send()
        .await
        .invalid(INVALID_BODY, &["body"]);
}

/// Bad values of one field, and why.
fn bad_values() -> Vec<(&'static str, Value, &'static str)> {
    let long = "Must have at most 255 characters.";
    let text = "Must be a string.";
    vec![
        ("provider", json!("GitHub"), PROVIDER),
        ("provider", json!(""), PROVIDER),
        ("provider", json!(null), PROVIDER),
        ("provider", json!(1), PROVIDER),
        ("repository", json!(""), FORMAT),
        ("repository", json!(null), FORMAT),
        ("repository", json!(["acme/app"]), FORMAT),
        ("repository", json!("acme/"), FORMAT),
        ("repository", json!("/app"), FORMAT),
        ("repository", json!("acme/app/x"), FORMAT),
        ("repository", json!(" acme/app"), FORMAT),
        ("repository", json!("acme/*"), FORMAT),
        ("repository", json!("acme:x/app"), FORMAT),
        ("repository", json!("acme/\u{e4}pp"), FORMAT),
        ("repository", json!("acme/app\n"), FORMAT),
        (
            "repository",
            json!(format!("a/{}", "b".repeat(254))),
            FORMAT,
        ),
        ("branch", json!("refs/tags/v1"), NO_REF),
        ("branch", json!("refs/pull/1/merge"), NO_REF),
        ("branch", json!("refs/heads/refs/tags/v1"), NO_REF),
        ("branch", json!("release-*"), NO_PATTERN),
        ("branch", json!("refs/heads/*"), NO_PATTERN),
        ("branch", json!("v?"), NO_PATTERN),
        ("branch", json!("v[12]"), NO_PATTERN),
        ("branch", json!("a b"), NO_PATTERN),
        ("branch", json!("a\tb"), NO_PATTERN),
        ("branch", json!("b".repeat(256)), long),
        ("branch", json!(7), text),
        ("branch", json!(["main"]), text),
        ("agentId", json!("x"), "Must be a valid UUID."),
        ("agentId", json!(""), "Must be a valid UUID."),
        (
            "agentId",
            json!("a1b2c3d4-0000-4000-8000-00000000000"),
            "Must be a valid UUID.",
        ),
        ("agentId", json!(true), text),
    ]
}

#[actix_web::test]
async fn each_field_has_its_own_rules() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    for (field, value, reason) in bad_values() {
        let mut body = good();
        body[field] = value;
        let answer = create(&api, &acme, TENANT_SCOPES, &body).await;
        let details = answer.invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], reason, "{body}");
    }
    assert!(listed(&api, &acme).await.is_empty());
}

#[actix_web::test]
async fn the_longest_names_fit() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let more = json!({
        "repository": format!("a/{}", "b".repeat(253)),
        "branch": "\u{e4}".repeat(255),
    });
    let policy = create(&api, &acme, TENANT_SCOPES, &with(good(), &more))
        .await
        .expect(201);
    for field in ["repository", "branch"] {
        assert_eq!(policy[field], more[field]);
    }
}
