//! Registration of a partner.

use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use super::{ISSUER, TRUST, listed, partner, register, registration, registration_as, with};
use crate::support::{Api, Identity, TENANT_SCOPES};

const CONFLICT: &str = "A federation partner with this issuer is already registered.";

#[actix_web::test]
async fn the_answer_is_the_whole_partner() {
    let api = Api::start().await;
    let idp = partner();
    let mut partner = register(&api, &registration(&idp)).await.expect(201);
    assert_eq!(idp.fetches(), 1);
    assert_eq!(listed(&api).await, std::slice::from_ref(&partner));
    let members = partner.as_object_mut().unwrap();
    let id = members.remove("id").unwrap();
    let id: Uuid = id.as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);
    let now = api.world.ports.now().to_string();
    assert_eq!(
        partner,
        json!({
            "name": "Partner Inc.",
            "issuer": ISSUER,
            "jwks_uri": idp.jwks_url(),
            "allowed_organizations": [],
            "status": "active",
            "created_at": now,
            "updated_at": now,
            "expires_at": null,
        })
    );
}

#[actix_web::test]
async fn optional_fields_are_kept() {
    let api = Api::start().await;
    let idp = FakeIssuer::with(IssuerKey::ec("ec").unwrap()).unwrap();
    let more = json!({
        "name": "\u{e4}".repeat(256),
        "allowed_organizations": ["org-b", "org-a", "org-b"],
        "expires_at": "2099-12-31T23:59:59+01:00",
    });
    let body = with(registration(&idp), &more);
    let partner = register(&api, &body).await.expect(201);
    assert_eq!(partner["name"], more["name"]);
    // Repeated values are kept once.
    let organizations = json!(["org-b", "org-a"]);
    assert_eq!(partner["allowed_organizations"], organizations);
    assert_eq!(partner["expires_at"], "2099-12-31T22:59:59.000Z");
    assert_eq!(partner["status"], "active");
    assert_eq!(listed(&api).await, [partner]);
    let mut open = registration_as(&idp, "https://open.example");
    open["expires_at"] = json!(null);
    open["allowed_organizations"] = json!([]);
    let partner = register(&api, &open).await.expect(201);
    assert_eq!(partner["expires_at"], json!(null));
}

#[actix_web::test]
async fn an_issuer_is_registered_once() {
    let api = Api::start().await;
    let (idp, other) = (partner(), partner());
    register(&api, &registration(&idp)).await.expect(201);
    let before = api.event_count(&api.operator).await;
    for idp in [&idp, &other] {
        let answer = register(&api, &registration(idp)).await;
        let details = answer.refused(409, "FEDERATION_PARTNER_CONFLICT", CONFLICT);
        assert_eq!(details, json!({ "issuer": ISSUER }));
    }
    // Nobody was asked for keys in vain.
    assert_eq!((idp.fetches(), other.fetches()), (1, 0));
    assert_eq!(listed(&api).await.len(), 1);
    assert_eq!(api.event_count(&api.operator).await, before);
    // Issuers are compared character by character.
    let slash = registration_as(&idp, &format!("{ISSUER}/"));
    register(&api, &slash).await.expect(201);
    assert_eq!(listed(&api).await.len(), 2);
}

#[actix_web::test]
async fn of_two_registrations_at_the_same_time_one_wins() {
    let api = Api::start().await;
    let idp = partner();
    let body = registration(&idp);
    let calls = (0..5).map(|_| register(&api, &body));
    let answers = join_all(calls).await;
    let created: Vec<_> = answers.iter().filter(|a| a.status == 201).collect();
    assert_eq!(created.len(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.refused(409, "FEDERATION_PARTNER_CONFLICT", CONFLICT);
    }
    assert_eq!(listed(&api).await, [created[0].json()]);
    let events = api
        .events(&api.operator, "federation.partner_registered")
        .await;
    assert_eq!(events.len(), 1);
    // Losing does not take the keys of the winner away.
    super::verify_with(&api, &idp, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn only_platform_administrators_register() {
    let api = Api::start().await;
    let idp = partner();
    let acme = api.organization("acme").await;
    let operator: Identity = api.operator.clone();
    for (by, scope) in [(&acme, TENANT_SCOPES), (&operator, TENANT_SCOPES)] {
        let token = api.token(by, scope);
        let call = api.post(TRUST).bearer(&token).json(&registration(&idp));
        call.send().await.scope_missing("admin:orgs");
    }
    let anonymous = api.post(TRUST).json(&registration(&idp)).send().await;
    anonymous.expect(401);
    assert_eq!(idp.fetches(), 0);
    assert!(listed(&api).await.is_empty());
}
