//! What a wish for a delegation may say.

use serde_json::{Value, json};

use super::{DELEGATE, Pair, delegate, text, verify, wish};
use crate::support::texts::INVALID_BODY;
use crate::support::{Answer, Api};

const BOUNDS: &str = "ttlSeconds must be between 60 and 86400.";
const COUNT: &str = "Must have between 1 and 50 entries.";
const STRINGS: &str = "Must be an array of strings.";

async fn refused(api: &Api, pair: &Pair, field: &str, value: Value, reason: &str) {
    let mut body = wish(&pair.delegatee);
    body[field] = value;
    let answer = delegate(api, &pair.delegator, "agents:read", &body).await;
    let message = if reason == BOUNDS {
        BOUNDS
    } else {
        INVALID_BODY
    };
    let details = answer.invalid(message, &[field]);
    assert_eq!(details["reason"], reason, "{body}");
}

#[actix_web::test]
async fn the_lifetime_is_a_minute_to_a_day() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    for bad in [59, 0, -1, 86_401, i64::MAX, i64::MIN] {
        refused(&api, &pair, "ttlSeconds", json!(bad), BOUNDS).await;
    }
    let integer = "Must be an integer.";
    for bad in [
        json!("3600"),
        json!(3600.5),
        json!(null),
        json!([60]),
        json!(true),
    ] {
        refused(&api, &pair, "ttlSeconds", bad, integer).await;
    }
    for good in [60, 86_400] {
        let mut body = wish(&pair.delegatee);
        body["ttlSeconds"] = json!(good);
        let chain = delegate(&api, &pair.delegator, "agents:read", &body).await;
        let chain = chain.expect(201);
        assert_eq!(chain["ttlSeconds"], good);
        let token = text(&chain, "delegationToken");
        let parts: Vec<&str> = token.split('.').collect();
        let time = |part: &str| part.parse::<i64>().unwrap();
        assert_eq!(time(parts[2]) - time(parts[1]), good);
        assert_eq!(verify(&api, &pair.delegatee, token).await["valid"], true);
    }
}

#[actix_web::test]
async fn each_other_field_has_its_own_rules() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let uuid = "Must be a valid UUID.";
    let many = vec!["agents:read"; 51];
    let long = "x".repeat(129);
    for (field, value, reason) in [
        ("delegateeAgentId", json!("x"), uuid),
        ("delegateeAgentId", json!(""), uuid),
        ("delegateeAgentId", json!(pair.delegatee.agent[1..]), uuid),
        ("delegateeAgentId", json!(null), "Must be a string."),
        ("delegateeAgentId", json!(7), "Must be a string."),
        ("scopes", json!([]), COUNT),
        ("scopes", json!(many), COUNT),
        ("scopes", json!("agents:read"), STRINGS),
        ("scopes", json!(null), STRINGS),
        ("scopes", json!(["agents:read", 1]), STRINGS),
        (
            "scopes",
            json!([long]),
            "Each entry must have at most 128 bytes.",
        ),
        ("tenantId", json!("x"), "This field is not known."),
    ] {
        refused(&api, &pair, field, value, reason).await;
    }
}

#[actix_web::test]
async fn every_bad_field_is_named_in_one_answer() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let send = async |body: Value| delegate(&api, &pair.delegator, "agents:read", &body).await;
    let fields = ["delegateeAgentId", "scopes", "ttlSeconds"];
    let details = send(json!({})).await.invalid(INVALID_BODY, &fields);
    assert_eq!(details["reason"], "This field is required.");
    let body = json!({"delegateeAgentId": "x", "scopes": [], "ttlSeconds": "1", "ttl": 60});
    let all = ["delegateeAgentId", "scopes", "ttlSeconds", "ttl"];
    send(body).await.invalid(INVALID_BODY, &all);
    // The bounds of the lifetime stand in the message, whatever else is bad.
    let body = json!({"delegateeAgentId": "x", "scopes": [], "ttlSeconds": 1});
    send(body).await.invalid(BOUNDS, &fields);
}

#[actix_web::test]
async fn bodies_are_json_objects() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let token = api.token(&pair.delegator, "agents:read");
    let send = |media_type, body: &'static str| {
        api.post(DELEGATE)
            .bearer(&token)
            .raw(media_type, body)
            .send()
    };
    for bad in ["{", "[]"] {
        let answer: Answer = send("application/json", bad).await;
        answer.invalid(INVALID_BODY, &["body"]);
    }
    send("application/x-www-form-urlencoded", "a=b")
        .await
        .expect(415);
}
