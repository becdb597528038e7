//! What federation leaves in the audit log, and in which one.

use serde_json::{Value, json};

use super::{
    ISSUER, claims, delete, partner, patch, register, registered, registration, verify_by, with,
};
use crate::support::{Api, Identity};

#[actix_web::test]
async fn changes_of_partners_are_recorded_for_the_platform() {
    let api = Api::start().await;
    let idp = partner();
    let acme = api.organization("acme").await;
    let operator = api.operator.clone();
    let before = (
        api.event_count(&operator).await,
        api.event_count(&acme).await,
    );
    let path = registered(&api, &registration(&idp)).await;
    let renamed = json!({"name": "New"});
    patch(&api, &path, &renamed).await.expect(200);
    delete(&api, &path).await.no_content();
    assert_eq!(api.event_count(&operator).await, before.0 + 3);
    assert_eq!(api.event_count(&acme).await, before.1);
    let id = path.rsplit('/').next().unwrap();
    for action in [
        "federation.partner_registered",
        "federation.partner_updated",
        "federation.partner_deleted",
    ] {
        let events = api.events(&operator, action).await;
        assert_eq!(events.len(), 1, "{action}");
        assert_eq!(events[0]["agentId"], operator.agent);
        assert_eq!(events[0]["outcome"], "success");
        let expected = json!({"partnerId": id, "issuer": ISSUER});
        assert_eq!(events[0]["metadata"], expected);
    }
}

/// The event of one verification by `by`.
async fn verification(api: &Api, by: &Identity, token: &str) -> Value {
    let before = (
        api.event_count(by).await,
        api.event_count(&api.operator).await,
    );
    verify_by(api, by, &json!({ "token": token })).await;
    assert_eq!(api.event_count(by).await, before.0 + 1);
    assert_eq!(api.event_count(&api.operator).await, before.1);
    let event = api
        .events(by, "federation.token_verified")
        .await
        .pop()
        .unwrap();
    assert_eq!(event["agentId"], by.agent);
    let text = event.to_string();
    for part in token.split('.').filter(|part| part.len() > 4) {
        assert!(!text.contains(part), "{text}");
    }
    event
}

#[actix_web::test]
async fn verifications_are_recorded_for_whoever_asks() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let acme = api.organization("acme").await;
    let subject = "agent-7@partner.example";
    let stranger = "https://stranger.example";
    for (changes, outcome, issuer) in [
        (json!({}), "success", json!(ISSUER)),
        (json!({"exp": 1}), "failure", json!(ISSUER)),
        (json!({"aud": "x"}), "failure", json!(ISSUER)),
        (json!({"iss": stranger}), "failure", json!(stranger)),
        (json!({"iss": null}), "failure", json!(null)),
    ] {
        let token = idp.sign(&with(claims(&api), &changes)).unwrap();
        let event = verification(&api, &acme, &token).await;
        assert_eq!(event["outcome"], outcome, "{changes}");
        let expected = json!({"issuer": issuer, "subject": subject});
        assert_eq!(event["metadata"], expected);
    }
    let event = verification(&api, &acme, "garbage").await;
    assert_eq!(event["outcome"], "failure");
    let expected = json!({"issuer": null, "subject": null});
    assert_eq!(event["metadata"], expected);
}

#[actix_web::test]
async fn long_and_odd_claims_are_cut_to_size() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let acme = api.organization("acme").await;
    let changes = json!({"sub": format!("a\u{0}{}", "\u{e4}".repeat(1000))});
    let token = idp.sign(&with(claims(&api), &changes)).unwrap();
    let event = verification(&api, &acme, &token).await;
    let kept = format!("a\u{fffd}{}", "\u{e4}".repeat(253));
    assert_eq!(event["metadata"]["subject"], kept);
    let auditor = api.auditor(&acme);
    let verified = api.get("/api/v1/audit/verify").bearer(&auditor);
    assert_eq!(verified.send().await.expect(200)["verified"], true);
}

#[actix_web::test]
async fn a_bad_request_is_not_recorded() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let before = api.event_count(&acme).await;
    for body in [
        json!({}),
        json!({"token": "x", "expected_issuer": "x"}),
        json!({"token": "x", "more": 1}),
    ] {
        verify_by(&api, &acme, &body).await.expect(400);
    }
    assert_eq!(api.event_count(&acme).await, before);
}
