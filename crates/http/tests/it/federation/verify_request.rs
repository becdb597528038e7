//! What the body of a verification may say.

use serde_json::{Value, json};

use super::{
    ISSUER, OTHER_ISSUER, VERIFY, claims, invalid, partner, register, registration, unprocessable,
    verify, verify_by, with,
};
use crate::support::Api;
use crate::support::texts::{INVALID_BODY, MEDIA_TYPE, TOKEN_FIELD};

#[actix_web::test]
async fn the_token_comes_before_everything_else() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    for body in [
        json!({}),
        json!({"token": ""}),
        json!({"token": null}),
        json!({"token": 7}),
        json!({"token": {"a": 1}}),
        json!({"expected_issuer": 1, "more": 2}),
    ] {
        let answer = verify_by(&api, &operator, &body).await;
        let details = answer.invalid(TOKEN_FIELD, &["token"]);
        assert_eq!(details["reason"], "This field is required.");
    }
}

#[actix_web::test]
async fn every_other_bad_field_is_named_in_one_answer() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    let long = "x".repeat(16 * 1024 + 1);
    let body = json!({"token": long, "expected_issuer": "partner", "provider": "github"});
    let details = verify_by(&api, &operator, &body)
        .await
        .invalid(INVALID_BODY, &["token", "expected_issuer", "provider"]);
    let reasons: Vec<&Value> = details["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["reason"])
        .collect();
    assert_eq!(
        reasons,
        [
            "Must have at most 16384 bytes.",
            "Must be an absolute URI.",
            "This field is not known.",
        ]
    );
    let long = format!("{ISSUER}/{}", "x".repeat(2048));
    for (value, reason) in [
        (json!(""), "Must be an absolute URI."),
        (json!("/idp"), "Must be an absolute URI."),
        (json!(long), "Must be an absolute URI."),
        (json!(null), "Must be a string."),
        (json!([ISSUER]), "Must be a string."),
    ] {
        let body = json!({"token": "x", "expected_issuer": value});
        let answer = verify_by(&api, &operator, &body).await;
        let details = answer.invalid(INVALID_BODY, &["expected_issuer"]);
        assert_eq!(details["reason"], reason);
    }
}

#[actix_web::test]
async fn bodies_are_json_objects() {
    let api = Api::start().await;
    let token = api.token(&api.operator, "agents:read");
    let send = |media_type, body: &'static str| {
        api.post(VERIFY).bearer(&token).raw(media_type, body).send()
    };
    for bad in ["{", "[]", "\"x\""] {
        let answer = send("application/json", bad).await;
        answer.invalid(INVALID_BODY, &["body"]);
    }
    let form = send("application/x-www-form-urlencoded", "token=x").await;
    form.refused(415, "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
}

#[actix_web::test]
async fn the_expected_issuer_is_compared_exactly() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let operator = api.operator.clone();
    let verify = async |claims: &Value, expected: &str| {
        let token = idp.sign(claims).unwrap();
        let body = json!({"token": token, "expected_issuer": expected});
        verify_by(&api, &operator, &body).await
    };
    let good = claims(&api);
    verify(&good, ISSUER).await.expect(200);
    let other = "https://other.example";
    for expected in [
        other,
        "https://idp.partner.example/",
        "https://IDP.partner.example",
        "https://idp.partner.example:443",
    ] {
        let answer = verify(&good, expected).await;
        unprocessable(&answer, "FEDERATION_TOKEN_INVALID", OTHER_ISSUER);
    }
    // Before the question whether anybody knows the issuer.
    let stranger = with(claims(&api), &json!({"iss": "https://stranger.example"}));
    let answer = verify(&stranger, other).await;
    unprocessable(&answer, "FEDERATION_TOKEN_INVALID", OTHER_ISSUER);
    let nameless = with(claims(&api), &json!({"iss": null}));
    let answer = verify(&nameless, ISSUER).await;
    unprocessable(&answer, "FEDERATION_TOKEN_INVALID", OTHER_ISSUER);
    let answer = verify(&stranger, "https://stranger.example").await;
    super::unknown_issuer(&answer);
}

#[actix_web::test]
async fn garbage_is_no_token() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let good = idp.sign(&claims(&api)).unwrap();
    let segments: Vec<&str> = good.split('.').collect();
    for token in [
        "x".repeat(16 * 1024),
        "garbage".to_owned(),
        "..".to_owned(),
        "\u{0}".to_owned(),
        format!("{}.{}", segments[0], segments[1]),
        format!("{good}.{}", segments[2]),
        format!("{}.W10.{}", segments[0], segments[2]),
        format!("W10.{}.{}", segments[1], segments[2]),
        format!("{good}="),
        format!("Bearer {good}"),
    ] {
        invalid(&verify(&api, &token).await);
    }
    verify(&api, &good).await.expect(200);
}
