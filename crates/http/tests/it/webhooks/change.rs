//! Changing and deleting subscriptions.

use serde_json::{Value, json};

use super::{
    ALL, URL, create, delete, get, history, listed, not_found, patch, path_of, subscribed, wish,
};
use crate::support::texts::INVALID_BODY;
use crate::support::{Api, Setup, TENANT_SCOPES};

#[actix_web::test]
async fn only_the_fields_that_are_sent_change() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &["agent.created"]).await;
    let beside = subscribed(&api, &acme, &ALL).await;
    let beside_before = get(&api, &acme, &beside).await.expect(200);
    let mut expected = get(&api, &acme, &path).await.expect(200);
    for (field, value) in [
        ("name", json!("\u{e4}".repeat(256))),
        ("url", json!("https://new.acme.example:8443/hook")),
        ("events", json!(["token.revoked", "agent.created"])),
        ("events", json!(["token.issued"])),
        ("active", json!(false)),
        ("active", json!(false)),
        ("active", json!(true)),
    ] {
        api.pass(1);
        expected[field] = value.clone();
        expected["updated_at"] = json!(api.world.ports.now().to_string());
        let changed = patch(&api, &acme, &path, &json!({ field: value })).await;
        assert_eq!(changed.expect(200), expected);
        assert_eq!(get(&api, &acme, &path).await.expect(200), expected);
    }
    assert_eq!(expected.as_object().unwrap().len(), 9);
    assert_eq!(get(&api, &acme, &beside).await.expect(200), beside_before);
}

#[actix_web::test]
async fn several_fields_change_together() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let body = json!({
        "name": "New", "url": "https://new.acme.example/", "active": false,
        "events": ["token.issued", "agent.created", "token.issued"],
    });
    let changed = patch(&api, &acme, &path, &body).await.expect(200);
    assert_eq!(changed["name"], "New");
    assert_eq!(changed["url"], "https://new.acme.example/");
    assert_eq!(changed["active"], false);
    assert_eq!(changed["events"], json!(["token.issued", "agent.created"]));
}

/// Bad changes of one field, and why.
fn bad_changes() -> Vec<(&'static str, Value, String)> {
    let fixed = "This field cannot be changed.";
    let length = "Must have between 1 and 256 characters.";
    let private = "Must not point to a private, local or reserved address.";
    let https = "Must be a valid HTTPS URL.";
    let text = "Must be a string.";
    let list = "Must be an array of strings.";
    let switch = "Must be true or false.";
    let unknown = "This field is not known.";
    let types = format!("Each entry must be one of: {}.", ALL.join(", "));
    [
        ("id", json!("x"), fixed),
        ("organization_id", json!("x"), fixed),
        ("failure_count", json!(0), fixed),
        ("created_at", json!("2026-01-01T00:00:00Z"), fixed),
        ("updated_at", json!(null), fixed),
        ("name", json!(""), length),
        ("name", json!("x".repeat(257)), length),
        ("name", json!(null), text),
        ("url", json!("http://hooks.acme.example/"), https),
        ("url", json!("https://user:pw@hooks.acme.example/"), https),
        ("url", json!("https://192.168.0.1/"), private),
        ("url", json!("https://127.0.0.1/"), private),
        ("url", json!("https://169.254.169.254/latest"), private),
        ("url", json!("https://[::ffff:10.0.0.1]/"), private),
        ("url", json!("https://2130706433/"), private),
        ("url", json!("https://localhost/"), private),
        ("url", json!(null), text),
        ("events", json!([]), "Must have at least 1 entry."),
        ("events", json!(["agent.gone"]), types.as_str()),
        ("events", json!(null), list),
        ("active", json!("false"), switch),
        ("active", json!(0), switch),
        ("active", json!(null), switch),
        ("signingSecret", json!("whsec_0"), unknown),
        ("signing_secret", json!("whsec_0"), unknown),
        ("organizationId", json!("x"), unknown),
    ]
    .map(|(field, value, reason)| (field, value, reason.to_owned()))
    .into()
}

#[actix_web::test]
async fn what_cannot_be_changed_is_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let before = get(&api, &acme, &path).await.expect(200);
    let events = api.event_count(&acme).await;
    api.pass(1);
    for (field, value, reason) in bad_changes() {
        let body = json!({ field: value });
        let answer = patch(&api, &acme, &path, &body).await;
        let details = answer.invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], reason, "{body}");
    }
    let mixed = json!({"name": "New", "id": "x", "url": "x", "active": 1});
    let mixed = patch(&api, &acme, &path, &mixed).await;
    mixed.invalid(INVALID_BODY, &["id", "url", "active"]);
    assert_eq!(get(&api, &acme, &path).await.expect(200), before);
    assert_eq!(api.event_count(&acme).await, events);
}

#[actix_web::test]
async fn an_empty_change_is_refused() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let token = api.token(&acme, TENANT_SCOPES);
    let call = || api.patch(&path).bearer(&token);
    for call in [call(), call().json(&json!({}))] {
        let details = call.send().await.invalid(INVALID_BODY, &["body"]);
        assert_eq!(details["reason"], "Must contain at least one field.");
    }
}

#[actix_web::test]
async fn the_development_switch_holds_for_changes_too() {
    let mut setup = Setup::default();
    setup.http.webhook_targets.allow_insecure = true;
    let api = setup.start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let url = "http://127.0.0.1:8080/";
    let changed = patch(&api, &acme, &path, &json!({ "url": url })).await;
    assert_eq!(changed.expect(200)["url"], url);
}

#[actix_web::test]
async fn a_deleted_subscription_is_gone_for_good() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let beside = subscribed(&api, &acme, &ALL).await;
    delete(&api, &acme, &path).await.no_content();
    not_found(&delete(&api, &acme, &path).await);
    not_found(&get(&api, &acme, &path).await);
    not_found(&history(&api, &acme, &path, "").await);
    not_found(&patch(&api, &acme, &path, &json!({"active": true})).await);
    let left = listed(&api, &acme).await;
    assert_eq!(left, [get(&api, &acme, &beside).await.expect(200)]);
    assert_eq!(api.events(&acme, "webhook.deleted").await.len(), 1);
}

#[actix_web::test]
async fn changes_are_recorded_with_the_id_alone() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let created = create(&api, &acme, &wish(&ALL)).await.expect(201);
    let path = path_of(&created);
    let before = api.event_count(&acme).await;
    let renamed = json!({"name": "New", "active": false});
    patch(&api, &acme, &path, &renamed).await.expect(200);
    delete(&api, &acme, &path).await.no_content();
    assert_eq!(api.event_count(&acme).await, before + 2);
    for action in ["webhook.created", "webhook.updated", "webhook.deleted"] {
        let events = api.events(&acme, action).await;
        assert_eq!(events.len(), 1, "{action}");
        assert_eq!(events[0]["agentId"], acme.agent);
        assert_eq!(events[0]["outcome"], "success");
        let expected = json!({"subscriptionId": created["id"]});
        assert_eq!(events[0]["metadata"], expected);
        assert!(!events[0].to_string().contains(URL));
    }
}
