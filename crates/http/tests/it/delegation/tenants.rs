//! Two tenants: what one does with its delegations, the other neither sees nor
//! changes.

use serde_json::json;

use super::{Pair, delegate, not_found, revoke, text, verify, wish};
use crate::support::{Api, TENANT_SCOPES};

#[actix_web::test]
async fn chains_of_another_tenant_are_out_of_reach() {
    let api = Api::start().await;
    let acme = Pair::new(&api, "acme").await;
    let other = Pair::new(&api, "other").await;
    let (mine, theirs) = (acme.chain(&api).await, other.chain(&api).await);
    let before = api.event_count(&acme.admin).await;
    for by in [&other.admin, &other.delegator, &other.delegatee] {
        let id = text(&mine, "id");
        not_found(&revoke(&api, by, TENANT_SCOPES, id).await);
        let answer = delegate(&api, by, TENANT_SCOPES, &wish(&acme.delegatee)).await;
        assert_eq!(answer.expect(400)["code"], "CROSS_TENANT_DELEGATION");
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!body.contains(&acme.admin.organization), "{body}");
    }
    assert_eq!(api.event_count(&acme.admin).await, before);
    for (chain, pair) in [(&mine, &acme), (&theirs, &other)] {
        let token = text(chain, "delegationToken");
        let verdict = verify(&api, &pair.admin, token).await;
        assert_eq!(verdict["valid"], true);
        let delegator = json!(pair.delegator.agent);
        assert_eq!(verdict["delegatorAgentId"], delegator);
    }
}

#[actix_web::test]
async fn the_tenant_is_that_of_the_token() {
    let api = Api::start().await;
    let acme = Pair::new(&api, "acme").await;
    let other = Pair::new(&api, "other").await;
    let mut body = wish(&acme.delegatee);
    body["tenantId"] = json!(acme.admin.organization);
    let answer = delegate(&api, &other.delegator, "agents:read", &body).await;
    answer.expect(400);
    // A token without organization has no tenant.
    let mut claims = api.claims(&acme.delegator, "agents:read");
    claims.as_object_mut().unwrap().remove("organization_id");
    let token = api.sign(agentidp_domain::token::TokenType::AccessToken, &claims);
    let call = api.post(super::DELEGATE).bearer(&token);
    call.json(&wish(&acme.delegatee)).send().await.denied();
    let events = api.events(&acme.admin, "delegation.created").await;
    assert!(events.is_empty());
}
