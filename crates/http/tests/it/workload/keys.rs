//! The key set of the provider: fetched, kept, fetched again for an unknown
//! key.

use agentidp_testkit::issuer::IssuerKey;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{KEY, Stage, not_believed};
use crate::support::Answer;
use crate::support::texts::UNAVAILABLE;

async fn admitting() -> Stage {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    stage
}

#[track_caller]
fn unavailable(answer: &Answer) {
    let details = answer.refused(503, "SERVICE_UNAVAILABLE", UNAVAILABLE);
    assert_eq!(details, Value::Null);
    assert!(answer.number("retry-after") >= 1);
    assert_eq!(answer.header("www-authenticate"), None);
}

#[actix_web::test]
async fn without_keys_the_exchange_is_unavailable() {
    let oct = json!({"keys": [{"kty": "oct", "kid": "key-1", "k": "AAAA"}]});
    let answers = [
        (500, "{}".to_owned()),
        (404, "{}".to_owned()),
        (200, "<html>".to_owned()),
        (200, "{}".to_owned()),
        (200, json!({"keys": []}).to_string()),
        (200, oct.to_string()),
        (200, " ".repeat(1024 * 1024 + 1)),
    ];
    for (status, body) in answers {
        let stage = admitting().await;
        let events = stage.api.event_count(&stage.api.operator).await;
        stage.github.answer(Some((status, &body)));
        unavailable(&stage.run(&json!({})).await);
        // Asked for once: the provider is spared while it is away.
        unavailable(&stage.run(&json!({})).await);
        assert_eq!(stage.github.fetches(), 1);
        // A fault of ours is no refusal.
        assert_eq!(stage.api.event_count(&stage.api.operator).await, events);
        // What needs no key is refused without one.
        not_believed(&stage.present("garbage", &json!({})).await);
        let elsewhere = json!({"iss": "https://elsewhere.example"});
        not_believed(&stage.run_as(&elsewhere, &json!({})).await);
    }
}

#[actix_web::test]
async fn nobody_listening_is_unavailable_too() {
    let stage = Stage::with(|setup| {
        setup.world.github_issuer = "http://127.0.0.1:1".to_owned();
    })
    .await;
    let claims = json!({"iss": "http://127.0.0.1:1"});
    unavailable(&stage.run_as(&claims, &json!({})).await);
}

#[actix_web::test]
async fn kept_keys_serve_while_the_provider_is_away() {
    let stage = admitting().await;
    stage.run(&json!({})).await.expect(200);
    stage.github.answer(Some((500, "{}")));
    stage.api.pass(3000);
    stage.run(&json!({})).await.expect(200);
    assert_eq!(stage.github.fetches(), 1);
    // Not even an unknown key spoils them.
    let token = KEY.renamed("key-9").sign(&stage.claims()).unwrap();
    not_believed(&stage.present(&token, &json!({})).await);
    stage.run(&json!({})).await.expect(200);
    assert_eq!(stage.github.fetches(), 2);
}

#[actix_web::test]
async fn a_new_key_of_the_provider_is_fetched_once() {
    let mut stage = admitting().await;
    stage.run(&json!({})).await.expect(200);
    let old = stage.token();
    stage
        .github
        .rotate(IssuerKey::rsa("key-2").unwrap())
        .unwrap();
    stage.run(&json!({})).await.expect(200);
    assert_eq!(stage.github.fetches(), 2);
    stage.run(&json!({})).await.expect(200);
    assert_eq!(stage.github.fetches(), 2);
    // The old key is gone.
    not_believed(&stage.present(&old, &json!({})).await);
}

#[actix_web::test]
async fn unknown_keys_lead_to_one_fetch() {
    let stage = admitting().await;
    stage.run(&json!({})).await.expect(200);
    for index in 0..6 {
        let key = KEY.renamed(&format!("unknown-{index}"));
        let token = key.sign(&stage.claims()).unwrap();
        not_believed(&stage.present(&token, &json!({})).await);
    }
    assert_eq!(stage.github.fetches(), 2);
    let calls = (0..6).map(|index| {
        let key = KEY.renamed(&format!("many-{index}"));
        let (token, stage) = (key.sign(&stage.claims()).unwrap(), &stage);
        async move { stage.present(&token, &json!({})).await }
    });
    for answer in join_all(calls).await {
        not_believed(&answer);
    }
    assert_eq!(stage.github.fetches(), 2);
    stage.run(&json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_crowd_of_workflows_leads_to_one_fetch() {
    let stage = admitting().await;
    let calls = (0..8).map(|_| {
        let stage = &stage;
        async move { stage.run(&json!({})).await }
    });
    for answer in join_all(calls).await {
        answer.expect(200);
    }
    assert_eq!(stage.github.fetches(), 1);
}

#[actix_web::test]
async fn a_forged_signature_is_no_reason_to_fetch() {
    let stage = admitting().await;
    stage.run(&json!({})).await.expect(200);
    let token = IssuerKey::rsa("key-1")
        .unwrap()
        .sign(&stage.claims())
        .unwrap();
    not_believed(&stage.present(&token, &json!({})).await);
    assert_eq!(stage.github.fetches(), 1);
}
