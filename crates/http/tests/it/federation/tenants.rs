//! Partners belong to the platform; two tenants that ask about the same token
//! learn nothing of one another.

use serde_json::json;

use super::{PARTNERS, TRUST, claims, partner, register, registered, registration, verify_by};
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn tenants_neither_see_nor_change_partners() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let before = super::listed(&api).await;
    for slug in ["acme", "other"] {
        let tenant = api.organization(slug).await;
        let token = api.token(&tenant, TENANT_SCOPES);
        for (method, path, body) in [
            ("POST", TRUST, registration(&idp)),
            ("GET", PARTNERS, json!(null)),
            ("GET", path.as_str(), json!(null)),
            ("PATCH", path.as_str(), json!({"status": "suspended"})),
            ("DELETE", path.as_str(), json!(null)),
        ] {
            let call = api.call(method, path).bearer(&token).json(&body);
            let answer = call.send().await;
            answer.scope_missing("admin:orgs");
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains("partner.example"), "{text}");
        }
    }
    assert_eq!(super::listed(&api).await, before);
    assert_eq!(idp.fetches(), 1);
}

#[actix_web::test]
async fn a_verification_is_seen_in_the_own_log_only() {
    let api = Api::start().await;
    let idp = partner();
    register(&api, &registration(&idp)).await.expect(201);
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let token = idp.sign(&claims(&api)).unwrap();
    let body = json!({ "token": token });
    let before = api.event_count(&other).await;
    verify_by(&api, &acme, &body).await.expect(200);
    assert_eq!(api.event_count(&other).await, before);
    // The same answer for both.
    let (a, b) = (
        verify_by(&api, &acme, &body).await.expect(200),
        verify_by(&api, &other, &body).await.expect(200),
    );
    assert_eq!(a, b);
    let action = "federation.token_verified";
    assert_eq!(api.events(&acme, action).await.len(), 2);
    assert_eq!(api.events(&other, action).await.len(), 1);
}
