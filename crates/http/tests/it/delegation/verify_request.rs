//! What the body of a verification may say.

use serde_json::json;

use super::{Pair, TOKEN_FIELD, VERIFY, text, verify_with};
use crate::support::Api;
use crate::support::texts::{INVALID_BODY, TOKEN_REQUIRED};

#[actix_web::test]
async fn the_token_has_four_parts() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let good = text(&chain, "delegationToken");
    let parts: Vec<&str> = good.split('.').collect();
    let (id, from, to, signature) = (parts[0], parts[1], parts[2], parts[3]);
    let before = api.event_count(&pair.admin).await;
    for bad in [
        json!(null),
        json!(""),
        json!(7),
        json!([good]),
        json!("x"),
        json!("..."),
        json!("a.b.c.d"),
        json!(id),
        json!(format!("{id}.{from}.{to}")),
        json!(format!("{id}.{from}.{to}.")),
        json!(format!("{good}.x")),
        json!(format!("x.{good}")),
        json!(format!(".{from}.{to}.{signature}")),
        json!(format!("{id}..{to}.{signature}")),
        json!(format!("{id}.{from}..{signature}")),
        json!(format!("x{id}.{from}.{to}.{signature}")),
        json!(format!("{}.{from}.{to}.{signature}", &id[1..])),
        json!(format!("{id}.-{from}.{to}.{signature}")),
        json!(format!("{id}.+{from}.{to}.{signature}")),
        json!(format!("{id}.{from}.{to} .{signature}")),
        json!(format!("{id}.{from}.1e9.{signature}")),
        json!(format!("{id}.{from}.{}.{signature}", "9".repeat(21))),
        json!(format!("{good}{}", "0".repeat(256))),
    ] {
        let body = json!({"delegationToken": bad});
        let answer = verify_with(&api, &pair.delegatee, &body).await;
        let details = answer.invalid(TOKEN_FIELD, &["delegationToken"]);
        assert_eq!(details["reason"], "This field is required.", "{body}");
    }
    let missing = verify_with(&api, &pair.delegatee, &json!({})).await;
    missing.invalid(TOKEN_FIELD, &["delegationToken"]);
    // A bad request is no verification.
    assert_eq!(api.event_count(&pair.admin).await, before);
}

#[actix_web::test]
async fn bodies_are_json_objects_with_that_one_member() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let body = json!({"delegationToken": chain["delegationToken"], "token": "x"});
    let answer = verify_with(&api, &pair.delegatee, &body).await;
    let details = answer.invalid(INVALID_BODY, &["token"]);
    assert_eq!(details["reason"], "This field is not known.");
    let token = api.token(&pair.delegatee, "openid");
    let send = |media_type, body: &'static str| {
        api.post(VERIFY).bearer(&token).raw(media_type, body).send()
    };
    for bad in ["{", "[]"] {
        let answer = send("application/json", bad).await;
        answer.invalid(INVALID_BODY, &["body"]);
    }
    send("text/plain", "x").await.expect(415);
}

#[actix_web::test]
async fn who_asks_has_to_be_known() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let body = json!({"delegationToken": chain["delegationToken"]});
    let anonymous = api.post(VERIFY).json(&body).send().await;
    anonymous.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    let delegation = text(&chain, "delegationToken");
    let call = api.post(VERIFY).bearer(delegation).json(&body);
    call.send().await.expect(401);
}
