//! Revoking a delegation.

use serde_json::json;
use uuid::Uuid;

use super::{Pair, not_found, revoke, text, verify};
use crate::support::{Api, Identity, TENANT_SCOPES};

async fn join(api: &Api, agent: &Identity, organization: &Identity, role: &str) {
    let operator = api.token(&api.operator, "admin:orgs");
    let path = format!("{}/members", organization.organization_path());
    let body = json!({"agentId": agent.agent, "role": role});
    let call = api.post(&path).bearer(&operator).json(&body);
    call.send().await.expect(201);
}

#[actix_web::test]
async fn the_delegator_revokes_with_any_token() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let id = text(&chain, "id");
    revoke(&api, &pair.delegator, "openid", id)
        .await
        .no_content();
    let token = text(&chain, "delegationToken");
    let verdict = verify(&api, &pair.delegatee, token).await;
    assert_eq!(verdict["valid"], false);
    assert_eq!(verdict["revokedAt"], api.world.ports.now().to_string());
}

#[actix_web::test]
async fn the_first_revocation_stays_and_is_recorded_once() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let (id, token) = (text(&chain, "id"), text(&chain, "delegationToken"));
    revoke(&api, &pair.delegator, "openid", id)
        .await
        .no_content();
    let first = verify(&api, &pair.admin, token).await;
    api.pass(60);
    let before = api.event_count(&pair.admin).await;
    revoke(&api, &pair.delegator, "openid", id)
        .await
        .no_content();
    revoke(&api, &pair.admin, "openid", id).await.no_content();
    revoke(&api, &api.operator, "admin:orgs", id)
        .await
        .no_content();
    assert_eq!(api.event_count(&pair.admin).await, before);
    assert_eq!(verify(&api, &pair.admin, token).await, first);
    let events = api.events(&pair.admin, "delegation.revoked").await;
    assert_eq!(events.len(), 1);
}

#[actix_web::test]
async fn an_administrator_of_the_organization_may() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    revoke(&api, &pair.admin, "openid", text(&chain, "id"))
        .await
        .no_content();
    let clerk = api.silent_agent(&pair.admin, "clerk", &["openid"]).await;
    join(&api, &clerk, &pair.admin, "admin").await;
    let chain = pair.chain(&api).await;
    revoke(&api, &clerk, "openid", text(&chain, "id"))
        .await
        .no_content();
    let event = api.events(&pair.admin, "delegation.revoked").await.pop();
    assert_eq!(event.unwrap()["agentId"], clerk.agent);
}

#[actix_web::test]
async fn a_platform_administrator_may_in_any_organization() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let id = text(&chain, "id");
    let operator = api.operator.clone();
    // With the scope in its token; its role is one at home only.
    let scope = TENANT_SCOPES;
    not_found(&revoke(&api, &operator, scope, id).await);
    let before = api.event_count(&operator).await;
    revoke(&api, &operator, "admin:orgs", id).await.no_content();
    // Recorded where the chain is.
    assert_eq!(api.event_count(&operator).await, before);
    let events = api.events(&pair.admin, "delegation.revoked").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["agentId"], operator.agent);
    assert_eq!(events[0]["metadata"], json!({ "chainId": id }));
}

#[actix_web::test]
async fn others_of_the_organization_may_not() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = api.organization("other").await;
    let chain = pair.chain(&api).await;
    let id = text(&chain, "id");
    let clerk = api
        .silent_agent(&pair.admin, "clerk", &["agents:read"])
        .await;
    let refused = async |by: &Identity| {
        revoke(&api, by, TENANT_SCOPES, id).await.denied();
    };
    refused(&clerk).await;
    refused(&pair.delegatee).await;
    join(&api, &clerk, &pair.admin, "member").await;
    refused(&clerk).await;
    // An administrator elsewhere is none here.
    join(&api, &clerk, &other, "admin").await;
    refused(&clerk).await;
    let token = text(&chain, "delegationToken");
    assert_eq!(verify(&api, &pair.admin, token).await["valid"], true);
    let events = api.events(&pair.admin, "delegation.revoked").await;
    assert!(events.is_empty());
    // Nor when it is revoked already.
    revoke(&api, &pair.delegator, "openid", id)
        .await
        .no_content();
    refused(&clerk).await;
}

#[actix_web::test]
async fn unknown_malformed_and_foreign_chains_are_all_the_same() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let other = api.organization("other").await;
    let chain = pair.chain(&api).await;
    let id = text(&chain, "id");
    let before = (
        api.event_count(&pair.admin).await,
        api.event_count(&other).await,
    );
    let unknown = Uuid::new_v4().to_string();
    for bad in [unknown.as_str(), "x", "%00", &id[1..]] {
        not_found(&revoke(&api, &pair.delegator, "openid", bad).await);
        not_found(&revoke(&api, &api.operator, "admin:orgs", bad).await);
    }
    not_found(&revoke(&api, &other, TENANT_SCOPES, id).await);
    assert_eq!(api.event_count(&pair.admin).await, before.0);
    assert_eq!(api.event_count(&other).await, before.1);
    let token = text(&chain, "delegationToken");
    assert_eq!(verify(&api, &pair.admin, token).await["valid"], true);
}

#[actix_web::test]
async fn an_expired_chain_can_be_revoked() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    api.pass(4000);
    revoke(&api, &pair.delegator, "openid", text(&chain, "id"))
        .await
        .no_content();
    let token = text(&chain, "delegationToken");
    let verdict = verify(&api, &pair.admin, token).await;
    assert_eq!(verdict["revokedAt"], api.world.ports.now().to_string());
}

#[actix_web::test]
async fn without_a_token_nothing_is_revoked() {
    let api = Api::start().await;
    let pair = Pair::new(&api, "acme").await;
    let chain = pair.chain(&api).await;
    let path = format!("{}/{}", super::DELEGATE, text(&chain, "id"));
    api.delete(&path).send().await.expect(401);
    let token = text(&chain, "delegationToken");
    let call = api.delete(&path).bearer(token).send().await;
    call.expect(401);
    assert_eq!(verify(&api, &pair.admin, token).await["valid"], true);
}
