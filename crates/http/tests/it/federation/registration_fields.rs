//! What a registration may say.

use agentidp_domain::federation::PartnerUrls;
use agentidp_domain::token::Issuer;
use serde_json::{Value, json};

use super::{ISSUER, TRUST, listed, register, with};
use crate::support::texts::INVALID_BODY;
use crate::support::{Api, Setup};

const HTTPS: &str = "Must be a valid HTTPS URL.";

/// As in production, and with an issuer as in production.
async fn strict() -> Api {
    let mut setup = Setup::default();
    setup.world.allow_private = false;
    setup.http.partner_urls = PartnerUrls {
        own_issuer: Issuer::new("https://idp.sentryagent.example/eu"),
        allow_insecure: false,
    };
    setup.start().await
}

/// Complete, and about an address that is not asked.
fn complete() -> Value {
    json!({
        "name": "Partner Inc.",
        "issuer": ISSUER,
        "jwks_uri": "https://10.0.0.1/jwks.json",
    })
}

#[actix_web::test]
async fn every_bad_field_is_named_in_one_answer() {
    let api = strict().await;
    let body = json!({
        "name": "",
        "issuer": "partner",
        "jwks_uri": "http://idp.partner.example/jwks.json",
        "allowed_organizations": "all",
        "expires_at": "tomorrow",
        "status": "active",
        "jwksUri": "https://idp.partner.example",
    });
    let fields = [
        "name",
        "issuer",
        "jwks_uri",
        "allowed_organizations",
        "expires_at",
        "jwksUri",
        "status",
    ];
    let details = register(&api, &body).await.invalid(INVALID_BODY, &fields);
    let reasons: Vec<&str> = details["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["reason"].as_str().unwrap())
        .collect();
    assert_eq!(
        reasons,
        [
            "Must have between 1 and 256 characters.",
            HTTPS,
            HTTPS,
            "Must be an array of strings.",
            "Must be a valid ISO 8601 date-time string (e.g. 2026-03-01T00:00:00.000Z).",
            "This field is not known.",
            "This field is not known.",
        ]
    );
    assert!(listed(&api).await.is_empty());
}

#[actix_web::test]
async fn name_issuer_and_key_set_are_required() {
    let api = strict().await;
    let details = register(&api, &json!({}))
        .await
        .invalid(INVALID_BODY, &["name", "issuer", "jwks_uri"]);
    assert_eq!(details["reason"], "This field is required.");
    let token = api.token(&api.operator, "admin:orgs");
    let send = |media_type, body: &'static str| {
        api.post(TRUST).bearer(&token).raw(media_type, body).send()
    };
    let array = send("application/json", "[]").await;
    array.invalid(INVALID_BODY, &["body"]);
    send("text/plain", "x").await.expect(415);
}

async fn refused(api: &Api, field: &str, value: Value, reason: &str) {
    let mut body = complete();
    body[field] = value;
    let details = register(api, &body).await.invalid(INVALID_BODY, &[field]);
    assert_eq!(details["reason"], reason, "{body}");
}

#[actix_web::test]
async fn urls_are_absolute_https_urls() {
    let api = strict().await;
    for field in ["issuer", "jwks_uri"] {
        for bad in [
            "",
            "https://",
            "idp.partner.example",
            "//idp.partner.example",
            "http://idp.partner.example",
            "HTTP://idp.partner.example",
            "ftp://idp.partner.example",
            "file:///etc/passwd",
            "data:application/json,{}",
            "https://user@idp.partner.example",
            "https://user:secret@idp.partner.example",
            "https://idp.partner.example/#keys",
            "https://idp.partner.example/a b",
            " https://idp.partner.example",
            "https://idp.partner.example\n",
            "https://[::1",
        ] {
            refused(&api, field, json!(bad), HTTPS).await;
        }
        let long = format!("{ISSUER}/{}", "x".repeat(2048));
        refused(&api, field, json!(long), HTTPS).await;
        for bad in [json!(null), json!(7), json!([ISSUER])] {
            refused(&api, field, bad, "Must be a string.").await;
        }
    }
    let query = format!("{ISSUER}?tenant=a");
    let reason = "Must be a valid HTTPS URL without query.";
    refused(&api, "issuer", json!(query), reason).await;
}

#[actix_web::test]
async fn our_own_issuer_is_no_partner() {
    let api = strict().await;
    for own in [
        "https://idp.sentryagent.example/eu",
        "https://idp.sentryagent.example/eu/",
        "https://IDP.sentryagent.example/eu",
        "HTTPS://idp.sentryagent.example/EU",
    ] {
        let reason = "Must not be the issuer of this instance.";
        refused(&api, "issuer", json!(own), reason).await;
    }
}

#[actix_web::test]
async fn each_other_field_has_its_own_rules() {
    let api = strict().await;
    let length = "Must have between 1 and 256 characters.";
    let control = "Must not contain control characters.";
    let entry = "Each entry must have between 1 and 255 characters without control characters.";
    let strings = "Must be an array of strings.";
    let future = "Must be in the future.";
    let date = "Must be a valid ISO 8601 date-time string (e.g. 2026-03-01T00:00:00.000Z).";
    let now = api.world.ports.now().to_string();
    for (field, value, reason) in [
        ("name", json!("x".repeat(257)), length),
        ("name", json!("a\nb"), control),
        (
            "name",
            json!("a\u{0}"),
            "Must not contain the character U+0000.",
        ),
        ("name", json!(null), "Must be a string."),
        ("name", json!(1), "Must be a string."),
        ("allowed_organizations", json!(null), strings),
        ("allowed_organizations", json!([1]), strings),
        ("allowed_organizations", json!({"a": 1}), strings),
        ("allowed_organizations", json!([""]), entry),
        (
            "allowed_organizations",
            json!(["a", "x".repeat(256)]),
            entry,
        ),
        ("allowed_organizations", json!(["a\u{0}"]), entry),
        (
            "allowed_organizations",
            json!((0..1001).map(|n| n.to_string()).collect::<Vec<_>>()),
            "Must have at most 1000 entries.",
        ),
        ("expires_at", json!("2020-01-01T00:00:00.000Z"), future),
        ("expires_at", json!(now), future),
        ("expires_at", json!("2099-01-01"), date),
        ("expires_at", json!("2099-13-01T00:00:00Z"), date),
        ("expires_at", json!(""), date),
        ("expires_at", json!(4_102_444_800_u64), "Must be a string."),
    ] {
        refused(&api, field, value, reason).await;
    }
    assert!(listed(&api).await.is_empty());
    // Without these faults the registration fails at the key set.
    super::unreachable(&register(&api, &complete()).await);
    let many: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
    let body = with(complete(), &json!({ "allowed_organizations": many }));
    super::unreachable(&register(&api, &body).await);
}
