//! Reading and deleting partners.

use agentidp_domain::time::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    ISSUER, PARTNERS, TRUST, delete, get, listed, not_found, partner, patch, register, registered,
    registration, registration_as, unknown_issuer, verify_with, with,
};
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn the_list_has_all_partners_newest_first() {
    let api = Api::start().await;
    let idp = partner();
    assert!(listed(&api).await.is_empty());
    let mut expected = Vec::new();
    for (issuer, pause) in [("a", 1), ("b", 0), ("c", 0), ("d", 3)] {
        api.pass(pause);
        let body = registration_as(&idp, &format!("https://{issuer}.example"));
        let partner = register(&api, &body).await.expect(201);
        let created: Timestamp = partner["created_at"].as_str().unwrap().parse().unwrap();
        let id = partner["id"].as_str().unwrap().to_owned();
        expected.push((created, id, partner));
    }
    expected.sort_by(|a, b| (&b.0, &b.1).cmp(&(&a.0, &a.1)));
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(_, _, partner)| partner)
        .collect();
    assert_eq!(listed(&api).await, expected);
    for partner in &expected {
        let path = format!("{PARTNERS}/{}", partner["id"].as_str().unwrap());
        assert_eq!(&get(&api, &path).await.expect(200), partner);
    }
    // No paging, no filter.
    let path = format!("{PARTNERS}?page=2&limit=1&status=suspended");
    assert_eq!(get(&api, &path).await.expect(200), json!(expected));
}

#[actix_web::test]
async fn unknown_and_malformed_ids_are_the_same() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let id = path.rsplit('/').next().unwrap();
    let before = api.event_count(&api.operator).await;
    let unknown = Uuid::new_v4().to_string();
    for bad in [unknown.as_str(), "x", &id[1..], "%20"] {
        let path = format!("{PARTNERS}/{bad}");
        not_found(&get(&api, &path).await);
        not_found(&delete(&api, &path).await);
        not_found(&patch(&api, &path, &json!({"name": "x"})).await);
        // Nobody is asked for keys for the sake of nobody.
        let moved = json!({"jwks_uri": idp.jwks_url()});
        not_found(&patch(&api, &path, &moved).await);
    }
    assert_eq!(idp.fetches(), 1);
    assert_eq!(api.event_count(&api.operator).await, before);
    assert_eq!(listed(&api).await.len(), 1);
}

#[actix_web::test]
async fn a_deleted_partner_is_gone_for_good() {
    let api = Api::start().await;
    let (idp, other) = (partner(), partner());
    let path = registered(&api, &registration(&idp)).await;
    let beside = registration_as(&other, "https://beside.example");
    let beside = registered(&api, &beside).await;
    verify_with(&api, &idp, &json!({})).await.expect(200);
    delete(&api, &path).await.no_content();
    not_found(&get(&api, &path).await);
    not_found(&delete(&api, &path).await);
    not_found(&patch(&api, &path, &json!({"status": "active"})).await);
    unknown_issuer(&verify_with(&api, &idp, &json!({})).await);
    let left = listed(&api).await;
    assert_eq!(left, [get(&api, &beside).await.expect(200)]);
    let other_issuer = json!({"iss": "https://beside.example"});
    verify_with(&api, &other, &other_issuer).await.expect(200);
    // It can be registered again, as somebody new.
    let again = registered(&api, &registration(&idp)).await;
    assert_ne!(again, path);
    verify_with(&api, &idp, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn the_state_follows_the_time() {
    let api = Api::start().await;
    let idp = partner();
    let end = Timestamp::from_unix_millis((api.now() + 60) * 1000).unwrap();
    let body = with(registration(&idp), &json!({"expires_at": end.to_string()}));
    let path = registered(&api, &body).await;
    let status = async || {
        let one = get(&api, &path).await.expect(200);
        assert_eq!(listed(&api).await, std::slice::from_ref(&one));
        assert_eq!(one["expires_at"], end.to_string());
        one["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status().await, "active");
    api.pass(58);
    assert_eq!(status().await, "active");
    api.pass(2);
    assert_eq!(status().await, "expired");
    // Switched off or not, it is expired.
    patch(&api, &path, &json!({"status": "suspended"}))
        .await
        .expect(200);
    assert_eq!(status().await, "expired");
    let open = patch(&api, &path, &json!({"expires_at": null})).await;
    assert_eq!(open.expect(200)["status"], "suspended");
}

#[actix_web::test]
async fn every_operation_needs_admin_orgs() {
    let api = Api::start().await;
    let idp = partner();
    let path = registered(&api, &registration(&idp)).await;
    let acme = api.organization("acme").await;
    for by in [&acme, &api.operator] {
        let token = api.token(by, TENANT_SCOPES);
        for (method, path) in [
            ("POST", TRUST),
            ("GET", PARTNERS),
            ("GET", path.as_str()),
            ("PATCH", path.as_str()),
            ("DELETE", path.as_str()),
        ] {
            let call = api.call(method, path).bearer(&token);
            call.send().await.scope_missing("admin:orgs");
        }
    }
    assert_eq!(listed(&api).await[0]["issuer"], ISSUER);
}
