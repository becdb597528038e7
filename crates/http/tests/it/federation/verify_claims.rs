//! Claims of partners' tokens: times, audience, organization.

use agentidp_testkit::issuer::FakeIssuer;
use agentidp_testkit::world::ISSUER as OURS;
use serde_json::{Value, json};

use super::{
    ORGANIZATION, TOKEN_EXPIRED, invalid, partner, register, registration, unprocessable, verify,
    verify_with, with,
};
use crate::support::{Answer, Api};

async fn federated() -> (Api, FakeIssuer) {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    (api, idp)
}

#[track_caller]
fn expired(answer: &Answer) {
    unprocessable(answer, "FEDERATION_TOKEN_EXPIRED", TOKEN_EXPIRED);
}

#[track_caller]
fn not_allowed(answer: &Answer) {
    unprocessable(answer, "FEDERATION_ORG_NOT_ALLOWED", ORGANIZATION);
}

#[actix_web::test]
async fn clocks_may_differ_by_a_minute() {
    let (api, idp) = federated().await;
    let now = api.now();
    let run = async |claim: &str, at: i64| verify_with(&api, &idp, &json!({claim: at})).await;
    run("exp", now - 59).await.expect(200);
    expired(&run("exp", now - 61).await);
    expired(&run("exp", 0).await);
    run("nbf", now + 59).await.expect(200);
    invalid(&run("nbf", now + 61).await);
    // The same by the passing of time.
    let token = idp.sign(&super::claims(&api)).unwrap();
    api.pass(359);
    verify(&api, &token).await.expect(200);
    api.pass(2);
    expired(&verify(&api, &token).await);
}

#[actix_web::test]
async fn times_are_numbers_and_the_end_is_required() {
    let (api, idp) = federated().await;
    let late = (api.now() + 300).to_string();
    for changes in [
        json!({"exp": null}),
        json!({"exp": late}),
        json!({"exp": [1]}),
        json!({"nbf": "0"}),
        json!({"nbf": false}),
    ] {
        invalid(&verify_with(&api, &idp, &changes).await);
    }
    let fraction = json!({"exp": 4_102_444_800.25, "nbf": 0.5});
    verify_with(&api, &idp, &fraction).await.expect(200);
}

#[actix_web::test]
async fn an_audience_has_to_be_ours_if_there_is_one() {
    let (api, idp) = federated().await;
    for good in [
        json!(null),
        json!(OURS),
        json!([OURS]),
        json!(["https://elsewhere.example", OURS, 7]),
    ] {
        let answer = verify_with(&api, &idp, &json!({"aud": good})).await;
        answer.expect(200);
    }
    for bad in [
        json!("https://elsewhere.example"),
        json!(format!("{OURS}/")),
        json!("localhost"),
        json!(""),
        json!([]),
        json!(["https://elsewhere.example"]),
        json!([[OURS]]),
        json!({"aud": OURS}),
        json!(7),
    ] {
        invalid(&verify_with(&api, &idp, &json!({"aud": bad})).await);
    }
    // A claim that is there and says nothing is not absent.
    let mut claims = super::claims(&api);
    claims["aud"] = Value::Null;
    invalid(&verify(&api, &idp.sign(&claims).unwrap()).await);
}

#[actix_web::test]
async fn only_organizations_on_the_list_are_allowed() {
    let api = Api::start().await;
    let idp = partner();
    let list = json!({"allowed_organizations": ["org-a", "org-b"]});
    let body = with(registration(&idp), &list);
    let path = super::registered(&api, &body).await;
    let run = async |value: Value| {
        let mut claims = super::claims(&api);
        claims["organization_id"] = value;
        verify(&api, &idp.sign(&claims).unwrap()).await
    };
    for good in ["org-a", "org-b"] {
        let answer = run(json!(good)).await.expect(200);
        assert_eq!(answer["organization_id"], good);
    }
    for bad in [
        json!("org-c"),
        json!("ORG-A"),
        json!("org-a "),
        json!("org"),
        json!(""),
        json!(["org-a"]),
        json!(null),
        json!(7),
    ] {
        not_allowed(&run(bad).await);
    }
    not_allowed(&verify_with(&api, &idp, &json!({})).await);
    // An empty list allows all again.
    let open = json!({"allowed_organizations": []});
    super::patch(&api, &path, &open).await.expect(200);
    run(json!("org-c")).await.expect(200);
    verify_with(&api, &idp, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn the_first_check_that_fails_is_told() {
    let api = Api::start().await;
    let idp = partner();
    let list = json!({"allowed_organizations": ["org-a"]});
    let body = with(registration(&idp), &list);
    register(&api, &body).await.expect(201);
    let past = api.now() - 1000;
    let run = async |changes: Value| verify_with(&api, &idp, &changes).await;
    invalid(&run(json!({"exp": past, "aud": "https://elsewhere.example"})).await);
    invalid(&run(json!({"exp": past, "nbf": past + 5000})).await);
    expired(&run(json!({"exp": past, "organization_id": "org-b"})).await);
    not_allowed(&run(json!({"organization_id": "org-b"})).await);
    run(json!({"organization_id": "org-a"})).await.expect(200);
    // A signature that does not fit comes before all of them.
    let changes = json!({"exp": past, "organization_id": "org-b"});
    let claims = with(super::claims(&api), &changes);
    let forger = agentidp_testkit::issuer::IssuerKey::rsa("key-1").unwrap();
    invalid(&verify(&api, &forger.sign(&claims).unwrap()).await);
}
