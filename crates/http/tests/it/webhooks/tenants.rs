//! Two tenants: what one does with its subscriptions, the other neither sees
//! nor changes.

use agentidp_domain::token::TokenType;
use serde_json::json;

use super::{
    ALL, WEBHOOKS, create, delete, deliveries, get, history, listed, not_found, patch, path_of,
    relay, subscribed, wish,
};
use crate::support::{Api, OPERATOR_SCOPES, TENANT_SCOPES};

#[actix_web::test]
async fn another_tenants_id_is_an_unknown_id() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let path = subscribed(&api, &acme, &ALL).await;
    let before = get(&api, &acme, &path).await.expect(200);
    let counts = (api.event_count(&acme).await, api.event_count(&other).await);
    for by in [&other, &api.operator] {
        not_found(&get(&api, by, &path).await);
        not_found(&history(&api, by, &path, "").await);
        not_found(&patch(&api, by, &path, &json!({"active": false})).await);
        not_found(&delete(&api, by, &path).await);
        // Claiming the tenant otherwise does not help.
        let query = format!("?organization_id={}", acme.organization);
        not_found(&get(&api, by, &format!("{path}{query}")).await);
        not_found(&history(&api, by, &path, &query).await);
    }
    // Nor does the scope for the platform.
    let token = api.token(&api.operator, OPERATOR_SCOPES);
    not_found(&api.get(&path).bearer(&token).send().await);
    not_found(&api.delete(&path).bearer(&token).send().await);
    assert_eq!(get(&api, &acme, &path).await.expect(200), before);
    let after = (api.event_count(&acme).await, api.event_count(&other).await);
    assert_eq!(after, counts);
}

#[actix_web::test]
async fn lists_and_creations_are_about_the_own_organization() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let (mine, theirs) = (
        subscribed(&api, &acme, &ALL).await,
        subscribed(&api, &other, &ALL).await,
    );
    for (by, path) in [(&acme, &mine), (&other, &theirs)] {
        let list = listed(&api, by).await;
        assert_eq!(list.len(), 1);
        assert_eq!(&path_of(&list[0]), path);
        assert_eq!(list[0]["organization_id"], by.organization);
    }
    let path = format!("{WEBHOOKS}?organization_id={}", acme.organization);
    let list = get(&api, &other, &path).await.expect(200);
    assert_eq!(list, json!(listed(&api, &other).await));
    let mut body = wish(&ALL);
    body["organization_id"] = json!(acme.organization);
    create(&api, &other, &body).await.expect(400);
    assert_eq!(listed(&api, &acme).await.len(), 1);
    assert!(listed(&api, &api.operator).await.is_empty());
}

#[actix_web::test]
async fn without_an_organization_there_is_nothing() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let mut claims = api.claims(&acme, TENANT_SCOPES);
    claims.as_object_mut().unwrap().remove("organization_id");
    let token = api.sign(TokenType::AccessToken, &claims);
    let deliveries = format!("{path}/deliveries");
    for (method, path) in [
        ("POST", WEBHOOKS),
        ("GET", WEBHOOKS),
        ("GET", path.as_str()),
        ("GET", deliveries.as_str()),
        ("PATCH", path.as_str()),
        ("DELETE", path.as_str()),
    ] {
        let call = api.call(method, path).bearer(&token);
        call.json(&wish(&ALL)).send().await.denied();
    }
    assert_eq!(listed(&api, &acme).await.len(), 1);
}

#[actix_web::test]
async fn events_of_another_organization_never_arrive() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let (mine, theirs) = (
        subscribed(&api, &acme, &ALL).await,
        subscribed(&api, &other, &ALL).await,
    );
    let agent = api.agent(&other, "a", &["agents:read"]).await;
    api.issued(&agent, "agents:read").await;
    api.set_status(&other, &agent, "decommissioned")
        .await
        .expect(200);
    // Agent, credential, token, revocation, end.
    assert_eq!(relay(&api).await, 5);
    assert!(deliveries(&api, &acme, &mine).await.is_empty());
    let told = deliveries(&api, &other, &theirs).await;
    assert_eq!(told.len(), 5);
    for delivery in &told {
        let payload = &delivery["payload"];
        assert_eq!(payload["organization_id"], other.organization);
        assert_eq!(payload["data"]["agentId"], agent.agent);
    }
    api.silent_agent(&acme, "b", &["agents:read"]).await;
    assert_eq!(relay(&api).await, 1);
    assert_eq!(deliveries(&api, &acme, &mine).await.len(), 1);
    assert_eq!(deliveries(&api, &other, &theirs).await, told);
}
