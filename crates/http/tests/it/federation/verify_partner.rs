//! Verification depends on the partner: known, active, not past its end.

use agentidp_domain::time::Timestamp;
use agentidp_testkit::issuer::IssuerKey;
use serde_json::{Value, json};

use super::{
    SUSPENDED, claims, partner, patch, register, registered, registration, unknown_issuer,
    unprocessable, verify, verify_with, with,
};
use crate::support::{Answer, Api};

#[track_caller]
fn suspended(answer: &Answer) {
    unprocessable(answer, "FEDERATION_PARTNER_SUSPENDED", SUSPENDED);
}

#[actix_web::test]
async fn an_issuer_is_compared_exactly() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    for issuer in [
        json!("https://stranger.example"),
        json!("https://idp.partner.example/"),
        json!("https://IDP.partner.example"),
        json!("https://idp.partner.example:443"),
        json!("http://idp.partner.example"),
        json!(""),
        json!(["https://idp.partner.example"]),
        json!(null),
        json!("x' OR '1'='1"),
        json!("a\u{0}b"),
    ] {
        let mut claims = claims(&api);
        claims["iss"] = issuer;
        unknown_issuer(&verify(&api, &idp.sign(&claims).unwrap()).await);
    }
    verify_with(&api, &idp, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_partner_ends_at_its_time() {
    let api = Api::start().await;
    let idp = partner();
    let end = Timestamp::from_unix_millis((api.now() + 100) * 1000).unwrap();
    let more = json!({"expires_at": end.to_string()});
    let path = registered(&api, &with(registration(&idp), &more)).await;
    let same = json!({});
    let run = || verify_with(&api, &idp, &same);
    api.pass(98);
    run().await.expect(200);
    api.pass(2);
    unknown_issuer(&run().await);
    // Expired counts more than switched off.
    patch(&api, &path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    unknown_issuer(&run().await);
    patch(&api, &path, &json!({"expires_at": null}))
        .await
        .expect(200);
    suspended(&run().await);
    patch(&api, &path, &json!({"status": "active"}))
        .await
        .expect(200);
    run().await.expect(200);
}

#[actix_web::test]
async fn the_state_of_the_partner_comes_before_its_keys_and_the_token() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    patch(&api, &path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    idp.answer(Some((500, "")));
    let forged = IssuerKey::rsa("key-9").unwrap();
    suspended(&verify(&api, &forged.sign(&claims(&api)).unwrap()).await);
    let late: Value = json!({"exp": 1, "aud": "https://elsewhere.example"});
    suspended(&verify_with(&api, &idp, &late).await);
    assert_eq!(idp.fetches(), 1);
}
