//! Claims that a provider's token must have, and when it is good.

use agentidp_testkit::world::ISSUER;
use serde_json::{Value, json};

use super::{EXPIRED_TOKEN, Stage, not_admitted, not_believed, unauthorized, with};
use crate::support::Answer;

async fn admitting() -> Stage {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    stage
}

#[track_caller]
fn expired(answer: &Answer) {
    unauthorized(answer, "OIDC_TOKEN_EXPIRED", EXPIRED_TOKEN);
}

#[actix_web::test]
async fn issuer_and_audience_must_be_the_right_ones() {
    let stage = admitting().await;
    let url = stage.github.url();
    let bad = [
        ("iss", json!("https://token.actions.githubusercontent.com")),
        ("iss", json!(format!("{url}/"))),
        ("iss", json!(url.to_uppercase())),
        ("iss", json!([url])),
        ("iss", Value::Null),
        ("aud", json!("https://elsewhere.example")),
        ("aud", json!(format!("{ISSUER}/"))),
        ("aud", json!("LOCALHOST")),
        ("aud", json!("")),
        ("aud", json!([])),
        ("aud", json!(["https://elsewhere.example", "sts.example"])),
        ("aud", json!({"aud": ISSUER})),
        ("aud", json!(7)),
        ("aud", Value::Null),
    ];
    for (claim, value) in bad {
        let mut claims = with(stage.claims(), &json!({claim: null}));
        if !value.is_null() {
            claims[claim] = value;
        }
        let token = stage.github.sign(&claims).unwrap();
        not_believed(&stage.present(&token, &json!({})).await);
    }
    stage.run(&json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_token_needs_an_end() {
    let stage = admitting().await;
    let late = stage.api.now() + 300;
    for end in [
        json!(null),
        json!(late.to_string()),
        json!([late]),
        json!(true),
    ] {
        let claims = with(stage.claims(), &json!({"exp": end}));
        not_believed(
            &stage
                .present(&stage.github.sign(&claims).unwrap(), &json!({}))
                .await,
        );
    }
    for end in [json!(late), json!(4_102_444_800.5)] {
        stage
            .run_as(&json!({"exp": end}), &json!({}))
            .await
            .expect(200);
    }
}

#[actix_web::test]
async fn clocks_may_differ_by_a_minute() {
    let stage = admitting().await;
    let now = stage.api.now();
    let run = async |claim: &str, at: i64| stage.run_as(&json!({claim: at}), &json!({})).await;
    run("exp", now - 59).await.expect(200);
    expired(&run("exp", now - 61).await);
    expired(&run("exp", 0).await);
    run("nbf", now + 59).await.expect(200);
    not_believed(&run("nbf", now + 61).await);
    let text = json!({"nbf": "now"});
    not_believed(&stage.run_as(&text, &json!({})).await);
    // The same by the passing of time.
    let token = stage.token();
    stage.api.pass(359);
    stage.present(&token, &json!({})).await.expect(200);
    stage.api.pass(2);
    expired(&stage.present(&token, &json!({})).await);
}

#[actix_web::test]
async fn the_first_check_that_fails_is_told() {
    let stage = admitting().await;
    let past = stage.api.now() - 1000;
    let run = async |claims: &Value| stage.run_as(claims, &json!({})).await;
    let elsewhere = json!({"aud": "https://elsewhere.example", "exp": past});
    not_believed(&run(&elsewhere).await);
    let late_and_early = json!({"exp": past, "nbf": past + 5000});
    not_believed(&run(&late_and_early).await);
    let unknown = json!({"exp": past, "repository": "acme/other"});
    expired(&run(&unknown).await);
    not_admitted(&run(&json!({"repository": "acme/other"})).await);
}
