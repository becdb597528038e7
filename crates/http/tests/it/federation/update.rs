//! Changing a partner.

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use serde_json::{Value, json};

use super::{
    ISSUER, get, invalid, partner, patch, registered, registration, unprocessable, verify,
    verify_with,
};
use crate::support::Api;
use crate::support::texts::INVALID_BODY;

#[actix_web::test]
async fn each_field_can_be_changed_alone() {
    let api = Api::start().await;
    let (idp, other) = (partner(), partner());
    let path = registered(&api, &registration(&idp)).await;
    let mut expected = get(&api, &path).await.expect(200);
    for (field, value) in [
        ("name", json!("New Name")),
        ("jwks_uri", json!(other.jwks_url())),
        ("allowed_organizations", json!(["org-1", "org-2"])),
        ("allowed_organizations", json!(["org-3"])),
        ("allowed_organizations", json!([])),
        ("status", json!("suspended")),
        ("status", json!("suspended")),
        ("status", json!("active")),
        ("expires_at", json!("2099-01-01T00:00:00.000Z")),
        ("expires_at", json!(null)),
    ] {
        api.pass(1);
        expected[field] = value.clone();
        expected["updated_at"] = json!(api.world.ports.now().to_string());
        let changed = patch(&api, &path, &json!({field: value})).await;
        assert_eq!(changed.expect(200), expected);
        assert_eq!(get(&api, &path).await.expect(200), expected);
    }
    assert_eq!((idp.fetches(), other.fetches()), (1, 1));
}

#[actix_web::test]
async fn several_fields_change_together() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let body = json!({
        "name": "New", "status": "suspended", "allowed_organizations": ["a"],
        "expires_at": "2099-01-01T00:00:00Z",
    });
    let changed = patch(&api, &path, &body).await.expect(200);
    assert_eq!(changed["name"], "New");
    assert_eq!(changed["status"], "suspended");
    assert_eq!(changed["allowed_organizations"], json!(["a"]));
    assert_eq!(changed["expires_at"], "2099-01-01T00:00:00.000Z");
    assert_eq!(changed["issuer"], ISSUER);
}

#[actix_web::test]
async fn an_end_in_the_past_ends_the_partner() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let past = json!({"expires_at": "2020-01-01T00:00:00.000Z"});
    let changed = patch(&api, &path, &past).await.expect(200);
    assert_eq!(changed["status"], "expired");
    super::unknown_issuer(&verify_with(&api, &idp, &json!({})).await);
}

/// Bad changes of one field, and why.
fn bad_changes() -> Vec<(&'static str, Value, &'static str)> {
    let fixed = "This field cannot be changed.";
    let states = "Must be one of: active, suspended.";
    let url = "Must be a valid HTTP or HTTPS URL.";
    let length = "Must have between 1 and 256 characters.";
    let list = "Must be an array of strings.";
    let date = "Must be a valid ISO 8601 date-time string (e.g. 2026-03-01T00:00:00.000Z).";
    let text = "Must be a string.";
    vec![
        ("issuer", json!("https://new.example"), fixed),
        ("issuer", json!(ISSUER), fixed),
        ("issuer", json!(null), fixed),
        ("id", json!("x"), fixed),
        ("created_at", json!("2026-01-01T00:00:00Z"), fixed),
        ("updated_at", json!("2026-01-01T00:00:00Z"), fixed),
        ("status", json!("expired"), states),
        ("status", json!("Active"), states),
        ("status", json!(null), states),
        ("status", json!(true), states),
        ("name", json!(""), length),
        ("name", json!("x".repeat(257)), length),
        ("name", json!(null), text),
        ("jwks_uri", json!("ftp://x.example"), url),
        ("jwks_uri", json!(null), text),
        ("allowed_organizations", json!("a"), list),
        ("allowed_organizations", json!(null), list),
        ("expires_at", json!("soon"), date),
        ("expires_at", json!(1), text),
        ("scope", json!("x"), "This field is not known."),
    ]
}

#[actix_web::test]
async fn what_cannot_be_changed_is_refused() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let before = get(&api, &path).await.expect(200);
    let events = api.event_count(&api.operator).await;
    for (field, value, reason) in bad_changes() {
        let body = json!({field: value});
        let answer = patch(&api, &path, &body).await;
        let details = answer.invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], reason, "{body}");
    }
    let empty = patch(&api, &path, &json!({})).await;
    let details = empty.invalid(INVALID_BODY, &["body"]);
    assert_eq!(details["reason"], "Must contain at least one field.");
    let mixed = json!({"name": "New", "issuer": ISSUER, "status": "expired"});
    let mixed = patch(&api, &path, &mixed).await;
    mixed.invalid(INVALID_BODY, &["issuer", "status"]);
    assert_eq!(get(&api, &path).await.expect(200), before);
    assert_eq!(api.event_count(&api.operator).await, events);
}

#[actix_web::test]
async fn keys_of_the_old_address_are_at_an_end() {
    let api = Api::start().await;
    let old = partner();
    let new = FakeIssuer::with(IssuerKey::ec("ec-1").unwrap()).unwrap();
    let path = registered(&api, &registration(&old)).await;
    verify_with(&api, &old, &json!({})).await.expect(200);
    invalid(&verify_with(&api, &new, &json!({})).await);
    let fetched = old.fetches();
    let moved = json!({"jwks_uri": new.jwks_url()});
    patch(&api, &path, &moved).await.expect(200);
    assert_eq!(new.fetches(), 1);
    verify_with(&api, &new, &json!({})).await.expect(200);
    invalid(&verify_with(&api, &old, &json!({})).await);
    assert_eq!(
        old.fetches(),
        fetched,
        "the old address is not asked any more"
    );
}

#[actix_web::test]
async fn the_same_address_is_probed_again() {
    let api = Api::start().await;
    let mut idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let old = idp.sign(&super::claims(&api)).unwrap();
    verify(&api, &old).await.expect(200);
    idp.rotate(IssuerKey::ec("key-1").unwrap()).unwrap();
    let same = json!({"jwks_uri": idp.jwks_url()});
    patch(&api, &path, &same).await.expect(200);
    assert_eq!(idp.fetches(), 2);
    invalid(&verify(&api, &old).await);
    verify_with(&api, &idp, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_suspension_holds_until_it_is_taken_back() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let set = async |body: Value| patch(&api, &path, &body).await.expect(200);
    set(json!({"status": "suspended"})).await;
    let same = json!({});
    let run = || verify_with(&api, &idp, &same);
    let answer = run().await;
    unprocessable(&answer, "FEDERATION_PARTNER_SUSPENDED", super::SUSPENDED);
    // Other changes leave it alone.
    set(json!({"name": "New"})).await;
    assert_eq!(run().await.status, 422);
    set(json!({"status": "active"})).await;
    run().await.expect(200);
}
