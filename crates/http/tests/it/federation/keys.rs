//! Key sets of partners: kept, fetched again for an unknown key, and missing.

use std::sync::Arc;

use agentidp_domain::token::{Journal, JournalSettings};
use agentidp_testkit::issuer::IssuerKey;
use futures_util::future::join_all;
use serde_json::json;

use super::composed::{Remote, verifier};
use super::{
    RSA, claims, delete, invalid, partner, register, registered, registration, registration_as,
    unknown_issuer, unreachable, verify, verify_with,
};
use crate::support::{Api, Setup};

#[actix_web::test]
async fn kept_keys_serve_while_the_partner_is_away() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    idp.answer(Some((500, "")));
    api.pass(3000);
    verify_with(&api, &idp, &json!({})).await.expect(200);
    let unknown = RSA.renamed("key-9").sign(&claims(&api)).unwrap();
    invalid(&verify(&api, &unknown).await);
    verify_with(&api, &idp, &json!({})).await.expect(200);
    assert_eq!(idp.fetches(), 2);
}

#[actix_web::test]
async fn a_new_key_of_a_partner_is_fetched_once() {
    let api = Api::start().await;
    let mut idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let old = idp.sign(&claims(&api)).unwrap();
    idp.rotate(IssuerKey::ec("key-2").unwrap()).unwrap();
    verify_with(&api, &idp, &json!({})).await.expect(200);
    verify_with(&api, &idp, &json!({})).await.expect(200);
    assert_eq!(idp.fetches(), 2);
    invalid(&verify(&api, &old).await);
    assert_eq!(idp.fetches(), 2);
}

#[actix_web::test]
async fn unknown_keys_lead_to_one_fetch_per_partner() {
    let api = Api::start().await;
    let (idp, other) = (partner(), partner());
    register(&api, &registration(&idp)).await.expect(201);
    let beside = "https://beside.example";
    register(&api, &registration_as(&other, beside))
        .await
        .expect(201);
    let calls = (0..8).map(|index| {
        let key = RSA.renamed(&format!("unknown-{index}"));
        let (token, api) = (key.sign(&claims(&api)).unwrap(), &api);
        async move { verify(api, &token).await }
    });
    for answer in join_all(calls).await {
        invalid(&answer);
    }
    assert_eq!((idp.fetches(), other.fetches()), (2, 1));
    verify_with(&api, &idp, &json!({})).await.expect(200);
    // The other partner has its own minute.
    let mut of_other = claims(&api);
    of_other["iss"] = json!(beside);
    let unknown = RSA.renamed("key-9").sign(&of_other).unwrap();
    invalid(&verify(&api, &unknown).await);
    assert_eq!((idp.fetches(), other.fetches()), (2, 2));
}

#[actix_web::test]
async fn a_forged_signature_is_no_reason_to_fetch() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let forger = IssuerKey::rsa("key-1").unwrap();
    for _ in 0..3 {
        invalid(&verify(&api, &forger.sign(&claims(&api)).unwrap()).await);
    }
    assert_eq!(idp.fetches(), 1);
}

#[actix_web::test]
async fn keys_of_a_deleted_partner_are_forgotten() {
    let api = Api::start().await;
    let mut idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let old = idp.sign(&claims(&api)).unwrap();
    verify(&api, &old).await.expect(200);
    delete(&api, &path).await.no_content();
    unknown_issuer(&verify(&api, &old).await);
    idp.rotate(IssuerKey::ec("key-1").unwrap()).unwrap();
    register(&api, &registration(&idp)).await.expect(201);
    invalid(&verify(&api, &old).await);
    verify_with(&api, &idp, &json!({})).await.expect(200);
}

/// The API as on another replica, whose cache is away.
async fn replica(answers: bool) -> (Api, Arc<Remote>) {
    let remote = Arc::new(Remote::new(answers));
    let seen = Arc::clone(&remote);
    let api = Setup::default()
        .start_with(move |state| {
            let (journal, _) = Journal::start(state.ports.clone(), JournalSettings::default());
            state.federation_verifier = verifier(state, &seen, journal);
        })
        .await;
    (api, remote)
}

#[actix_web::test]
async fn without_any_keys_nothing_is_verified() {
    let (api, remote) = replica(false).await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    for _ in 0..3 {
        unreachable(&verify_with(&api, &idp, &json!({})).await);
    }
    // Even what would be refused anyway, as long as the keys are missing.
    unreachable(&verify_with(&api, &idp, &json!({"exp": 1})).await);
    assert_eq!(remote.asked(), 1);
    let events = api.events(&api.operator, "federation.token_verified").await;
    assert_eq!(events.len(), 4);
    assert!(events.iter().all(|event| event["outcome"] == "failure"));
}

#[actix_web::test]
async fn the_first_verification_fetches_the_keys() {
    let (api, remote) = replica(true).await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let same = json!({});
    let calls = (0..5).map(|_| verify_with(&api, &idp, &same));
    for answer in join_all(calls).await {
        answer.expect(200);
    }
    assert_eq!(remote.asked(), 1);
}
