//! What the body of an exchange may say.

use serde_json::{Value, json};

use super::{EXCHANGE, Stage, not_believed, with};
use crate::support::texts::{INVALID_BODY, MEDIA_TYPE, TOKEN_FIELD, TOO_LARGE};

#[actix_web::test]
async fn the_token_comes_before_everything_else() {
    let stage = Stage::start().await;
    let bad = [
        json!({}),
        json!({"token": ""}),
        json!({"token": null}),
        json!({"token": 7}),
        json!({"token": ["x"]}),
        json!({"provider": "gitlab", "agentId": "x", "more": 1}),
    ];
    for body in bad {
        let answer = stage.send(&body).await;
        let details = answer.invalid(TOKEN_FIELD, &["token"]);
        assert_eq!(details["reason"], "This field is required.");
    }
    let empty = stage.api.post(EXCHANGE).send().await;
    empty.invalid(TOKEN_FIELD, &["token"]);
    assert_eq!(stage.github.fetches(), 0);
}

#[actix_web::test]
async fn every_other_bad_field_is_named_in_one_answer() {
    let stage = Stage::start().await;
    let long = "x".repeat(16 * 1024 + 1);
    let more = json!({"provider": "gitlab", "agentId": "x", "organizationId": 7, "scope": "a"});
    let details = stage.present(&long, &more).await.invalid(
        INVALID_BODY,
        &["token", "provider", "agentId", "organizationId", "scope"],
    );
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
            "Only 'github' is supported.",
            "Must be a valid UUID.",
            "Must be a string.",
            "This field is not known.",
        ]
    );
    assert_eq!(stage.github.fetches(), 0);
}

#[actix_web::test]
async fn each_field_has_its_own_rules() {
    let stage = Stage::start().await;
    let uuid = "Must be a valid UUID.";
    let bad = [
        ("provider", json!("GitHub"), "Only 'github' is supported."),
        ("provider", json!(""), "Only 'github' is supported."),
        ("provider", json!(1), "Only 'github' is supported."),
        ("agentId", json!(""), uuid),
        ("agentId", json!("{}"), uuid),
        ("agentId", json!(false), "Must be a string."),
        ("organizationId", json!("acme"), uuid),
        ("organizationId", json!(["x"]), "Must be a string."),
    ];
    for (field, value, reason) in bad {
        let body = with(json!({"token": stage.token()}), &json!({field: value}));
        let details = stage.send(&body).await.invalid(INVALID_BODY, &[field]);
        assert_eq!(details["reason"], reason, "{body}");
    }
}

#[actix_web::test]
async fn a_token_may_have_sixteen_kibibytes() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let bare = stage.token().len();
    // Every three bytes of the payload are four characters of the token.
    let mut padding = (16 * 1024 - bare) / 4 * 3;
    let padded = |length: usize| {
        let claims = with(stage.claims(), &json!({"pad": "x".repeat(length)}));
        stage.github.sign(&claims).unwrap()
    };
    while padded(padding).len() > 16 * 1024 {
        padding -= 1;
    }
    let token = padded(padding);
    assert!(token.len() > 16 * 1024 - 4);
    let answer = stage.present(&token, &json!({})).await;
    assert_eq!(super::subject(&answer), agent.agent);
    let more = padded(padding + 3);
    let answer = stage.present(&more, &json!({})).await;
    answer.invalid(INVALID_BODY, &["token"]);
    // Of the right size, but no token.
    not_believed(&stage.present(&"x".repeat(16 * 1024), &json!({})).await);
}

#[actix_web::test]
async fn bodies_are_small_json_objects() {
    let stage = Stage::start().await;
    let send = |media_type: &'static str, body: String| {
        stage.api.post(EXCHANGE).raw(media_type, body).send()
    };
    for bad in ["{", "[]", "null"] {
        let answer = send("application/json", bad.to_owned()).await;
        answer.invalid(INVALID_BODY, &["body"]);
    }
    let form = format!("token={}", stage.token());
    for (media_type, body) in [
        ("text/plain", "x".to_owned()),
        ("application/x-www-form-urlencoded", form),
    ] {
        let answer = send(media_type, body).await;
        answer.refused(415, "UNSUPPORTED_MEDIA_TYPE", MEDIA_TYPE);
    }
    let large = send("application/json", " ".repeat(100 * 1024 + 1)).await;
    large.refused(413, "PAYLOAD_TOO_LARGE", TOO_LARGE);
}

#[actix_web::test]
async fn a_bearer_token_changes_nothing() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let own = stage.api.token(&acme, "agents:write");
    for bearer in [own.as_str(), "garbage"] {
        let body = json!({"token": stage.token()});
        let call = stage.api.post(EXCHANGE).bearer(bearer).json(&body);
        assert_eq!(super::subject(&call.send().await), agent.agent);
        let anonymous = stage.api.post(EXCHANGE).bearer(bearer).send().await;
        anonymous.invalid(TOKEN_FIELD, &["token"]);
    }
    // One of our own tokens is no token of the provider.
    not_believed(&stage.present(&own, &json!({})).await);
}
