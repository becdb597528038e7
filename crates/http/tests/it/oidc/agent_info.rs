//! `/agent-info`.

use agentidp_domain::token::TokenType;
use serde_json::{Value, json};

use crate::support::texts::{
    NO_AGENT, NO_ROUTE, TOKEN_EXPIRED, TOKEN_FORGED, TOKEN_REQUIRED, TOKEN_REVOKED,
};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const PATH: &str = "/agent-info";

async fn ask(api: &Api, token: &str) -> Answer {
    api.get(PATH).bearer(token).send().await
}

#[track_caller]
fn refused(answer: &Answer, message: &str) {
    answer.refused(401, "UNAUTHORIZED", message);
    let challenge = "Bearer error=\"invalid_token\"";
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
}

async fn start() -> (Api, Identity, Identity) {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["openid", "agents:read"]).await;
    (api, acme, agent)
}

#[actix_web::test]
async fn it_tells_an_agent_what_it_is() {
    let (api, _, agent) = start().await;
    for scope in ["openid agents:read", "openid", "agents:read"] {
        let token = api.issued(&agent, scope).await;
        let answer = ask(&api, &token).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(
            answer.expect(200),
            json!({
                "sub": agent.agent,
                "agent_type": "screener",
                "deployment_env": "production",
                "organization_id": agent.organization,
                "did": format!("did:web:localhost%3A3000:agents:{}", agent.agent),
                "scope": scope,
            })
        );
    }
}

#[actix_web::test]
async fn it_follows_the_record() {
    let (api, acme, agent) = start().await;
    let token = api.token(&agent, "openid");
    let admin = api.token(&acme, TENANT_SCOPES);
    let body = json!({"agentType": "router", "deploymentEnv": "staging"});
    let call = api.patch(&agent.path()).bearer(&admin).json(&body);
    call.send().await.expect(200);
    let info = ask(&api, &token).await.expect(200);
    assert_eq!(info["agent_type"], "router");
    assert_eq!(info["deployment_env"], "staging");
}

#[actix_web::test]
async fn an_agent_without_identifier_has_no_such_member() {
    let (api, acme, _) = start().await;
    let nameless = api.nameless_agent(&acme).await;
    let info = ask(&api, &api.token(&nameless, "openid")).await.expect(200);
    let members = info.as_object().unwrap();
    let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "agent_type",
        "deployment_env",
        "organization_id",
        "scope",
        "sub",
    ];
    assert_eq!(names, expected);
}

#[actix_web::test]
async fn a_token_is_needed_and_a_live_one() {
    let (api, acme, agent) = start().await;
    let answer = api.get(PATH).send().await;
    answer.refused(401, "UNAUTHORIZED", TOKEN_REQUIRED);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    refused(&ask(&api, "garbage").await, TOKEN_FORGED);
    let login = api.login_with(&agent, &[("scope", "openid")]).await;
    let id_token = login.expect(200)["id_token"].clone();
    refused(&ask(&api, id_token.as_str().unwrap()).await, TOKEN_FORGED);
    let mut expired = api.claims(&agent, "openid");
    expired["exp"] = json!(api.now());
    let expired = api.sign(TokenType::AccessToken, &expired);
    refused(&ask(&api, &expired).await, TOKEN_EXPIRED);
    let revoked = api.token(&agent, "openid");
    let form = [("token", revoked.as_str())];
    let revocation = api.post("/oauth2/revoke").bearer(&revoked).form(&form);
    revocation.send().await.expect(200);
    refused(&ask(&api, &revoked).await, TOKEN_REVOKED);
    for status in ["suspended", "decommissioned"] {
        let other = api.silent_agent(&acme, status, &["agents:read"]).await;
        let token = api.token(&other, "openid");
        ask(&api, &token).await.expect(200);
        api.set_status(&acme, &other, status).await.expect(200);
        refused(&ask(&api, &token).await, TOKEN_REVOKED);
    }
}

#[actix_web::test]
async fn the_end_of_the_organization_ends_it() {
    let (api, acme, agent) = start().await;
    let token = api.token(&agent, "openid");
    let suspended = json!({"status": "suspended"});
    api.set_organization(&acme, &suspended).await.expect(200);
    refused(&ask(&api, &token).await, TOKEN_REVOKED);
}

#[actix_web::test]
async fn who_is_no_agent_is_unknown() {
    let (api, acme, _) = start().await;
    let claims = api.bootstrap_claims(&acme.organization, "agents:write");
    for token in [
        api.token(&acme.stranger(), TENANT_SCOPES),
        api.sign(TokenType::AccessToken, &claims),
    ] {
        let answer = ask(&api, &token).await;
        let details = answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
        assert_eq!(details, Value::Null);
    }
}

#[actix_web::test]
async fn it_is_only_read() {
    let (api, _, agent) = start().await;
    let token = api.token(&agent, "openid");
    let before = api.event_count(&agent).await;
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let answer = api.call(method, PATH).bearer(&token).send().await;
        answer.refused(404, "NOT_FOUND", NO_ROUTE);
    }
    api.get("/api/v1/agent-info")
        .bearer(&token)
        .send()
        .await
        .refused(404, "NOT_FOUND", NO_ROUTE);
    ask(&api, &token).await.expect(200);
    assert_eq!(api.event_count(&agent).await, before);
}
