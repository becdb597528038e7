//! What a session is of, and what the log says.

use agentidp_domain::session::SESSION_LIFETIME;
use serde_json::json;

use super::{resumed, sign_in};
use crate::support::texts::TOKEN_REQUIRED;
use crate::support::{Api, Identity};

#[actix_web::test]
async fn a_session_is_of_the_agent_until_twelve_hours_later() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let signed_in = sign_in(&api, &agent).await;
    let session = resumed(&api, &signed_in.id).await.unwrap();
    assert_eq!(session, signed_in.session);
    let caller = session.caller();
    assert_eq!(caller.agent_id.to_string(), agent.agent);
    assert_eq!(caller.organization_id.to_string(), acme.organization);
    assert_eq!(session.signed_in_at.unix_seconds(), api.now());
    let end = session.signed_in_at.plus(SESSION_LIFETIME);
    assert_eq!(session.expires_at, end);
}

#[actix_web::test]
async fn every_sign_in_has_an_id_of_its_own() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = sign_in(&api, &acme).await;
    let second = sign_in(&api, &acme).await;
    assert_ne!(first.id.as_str(), second.id.as_str());
    assert_ne!(first.session.token_id, second.session.token_id);
    api.world.sessions.sign_out(&first.id).await.unwrap();
    assert!(resumed(&api, &first.id).await.is_none());
    assert!(resumed(&api, &second.id).await.is_some());
}

async fn scopes(api: &Api, client: &Identity) -> String {
    sign_in(api, client).await.session.scopes.to_string()
}

#[actix_web::test]
async fn the_scopes_are_those_of_the_grant_that_pages_use() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let usual = "agents:read agents:write tokens:read audit:read";
    assert_eq!(scopes(&api, &acme).await, usual);
    let grant = ["openid", "agents:read", "webhooks:read"];
    let agent = api.agent(&acme, "a", &grant).await;
    assert_eq!(scopes(&api, &agent).await, "agents:read");
    let agent = api.agent(&acme, "b", &["webhooks:write"]).await;
    assert_eq!(scopes(&api, &agent).await, "");
    let operator = api.operator.clone();
    let all = format!("{usual} admin:orgs");
    assert_eq!(scopes(&api, &operator).await, all);
}

#[actix_web::test]
async fn the_log_tells_of_it_before_it_is_used() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read", "audit:read"]).await;
    let session = sign_in(&api, &agent).await.session;
    let events = api.events(&acme, "token.issued").await;
    let [event] = &events[..] else {
        panic!("{events:?}");
    };
    let metadata = json!({
        "scope": "agents:read audit:read",
        "expiresAt": session.expires_at.to_string(),
        "session": true,
    });
    assert_eq!(event["metadata"], metadata);
    assert_eq!(event["agentId"], json!(agent.agent));
    assert_eq!(event["outcome"], "success");
    assert_eq!(event["ipAddress"], "203.0.113.7");
    assert_eq!(event["userAgent"], "browser");
}

#[actix_web::test]
async fn the_api_ignores_the_cookie() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let signed_in = sign_in(&api, &acme).await;
    let cookie = format!("agentidp_session={}", signed_in.id.as_str());
    for path in ["/api/v1/agents", "/api/v1/tiers/status", "/agent-info"] {
        let answer = api.get(path).header("cookie", &cookie).send().await;
        answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
        // The id of a session is no token either.
        let call = api.get(path).bearer(signed_in.id.as_str());
        call.send().await.expect(401);
    }
}

#[actix_web::test]
async fn right_after_a_marker_a_session_can_begin() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    api.set_status(&acme, &agent, "suspended").await.expect(200);
    api.set_status(&acme, &agent, "active").await.expect(200);
    api.pass(1);
    let signed_in = sign_in(&api, &agent).await;
    assert!(resumed(&api, &signed_in.id).await.is_some());
}
