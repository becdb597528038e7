//! Which events there are of tokens, and what they say.

use agentidp_domain::time::Timestamp;
use agentidp_testkit::issuer::{FakeIssuer, IssuerKey};
use agentidp_testkit::world::ISSUER;
use serde_json::{Value, json};

use super::events::{assert_silent, assert_told, told};
use super::{ALL, subscribed};
use crate::support::{Answer, Api, Identity, Setup, TENANT_SCOPES};
use crate::tokens::parts;

const REVOKE: &str = "/api/v1/token/revoke";

/// What an event says of a token, for whom it was issued.
fn of_token(token: &str, agent: &Value) -> Value {
    let (_, claims) = parts(token);
    let end = claims["exp"].as_i64().unwrap() * 1000;
    let end = Timestamp::from_unix_millis(end).unwrap();
    json!({
        "agentId": agent,
        "jti": claims["jti"],
        "scope": claims["scope"],
        "expiresAt": end.to_string(),
    })
}

async fn revoke(api: &Api, client: &Identity, token: &str) -> Answer {
    let call = api.post(REVOKE).basic(&client.agent, &client.secret);
    call.form(&[("token", token)]).send().await
}

#[actix_web::test]
async fn issuing_and_revoking_a_token_is_told() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let grant = ["agents:read", "audit:read", "openid"];
    let agent = api.agent(&acme, "a", &grant).await;
    let path = subscribed(&api, &acme, &ALL).await;
    let own = json!(agent.agent);
    let first = api.issued(&agent, "agents:read audit:read").await;
    api.pass(7);
    // The ID token beside it is no access token.
    let second = api.issued(&agent, "openid").await;
    assert_eq!(of_token(&second, &own)["scope"], "openid");
    // Once more has no effect.
    for _ in 0..2 {
        revoke(&api, &agent, &first).await.expect(200);
    }
    let expected = vec![
        ("token.issued", of_token(&first, &own)),
        ("token.issued", of_token(&second, &own)),
        ("token.revoked", of_token(&first, &own)),
    ];
    assert_told(told(&api, &acme, &path).await, expected);
    let segments: Vec<&str> = first.split('.').chain(second.split('.')).collect();
    assert_silent(&api, &acme, &path, &segments).await;
    assert_silent(&api, &acme, &path, &[&agent.secret, &acme.secret]).await;
}

#[actix_web::test]
async fn the_owner_is_told_of_a_revocation_by_the_platform() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let path = subscribed(&api, &acme, &["token.revoked"]).await;
    let token = api.issued(&agent, "agents:read").await;
    let platform = api.token(&api.operator, "admin:orgs tokens:read");
    let call = api.post(REVOKE).bearer(&platform);
    call.form(&[("token", token.as_str())])
        .send()
        .await
        .expect(200);
    let expected = vec![("token.revoked", of_token(&token, &json!(agent.agent)))];
    assert_told(told(&api, &acme, &path).await, expected);
}

#[actix_web::test]
async fn a_refused_token_is_not_told() {
    let api = Api::start().await;
    let limit = json!({"maxTokensPerMonth": 1});
    let acme = api.organization_with("acme", limit).await;
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let path = subscribed(&api, &acme, &ALL).await;
    let mut wrong = agent.clone();
    wrong.secret = format!("sk_live_{}", "0".repeat(64));
    api.login(&wrong).await.expect(401);
    api.login_with(&agent, &[("scope", "agents:write")])
        .await
        .expect(400);
    let token = api.issued(&agent, "agents:read").await;
    api.login(&agent).await.expect(403);
    revoke(&api, &agent, "garbage").await.expect(200);
    let expected = vec![("token.issued", of_token(&token, &json!(agent.agent)))];
    assert_told(told(&api, &acme, &path).await, expected);
}

#[actix_web::test]
async fn tokens_of_workflows_are_told() {
    let github = FakeIssuer::with(IssuerKey::rsa("key-1").unwrap()).unwrap();
    let api = Setup::github(&github).start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let path = subscribed(&api, &acme, &ALL).await;
    let admin = api.token(&acme, TENANT_SCOPES);
    let mut expected = Vec::new();
    for (repository, of) in [
        ("acme/bound", json!(agent.agent)),
        ("acme/new", json!(null)),
    ] {
        let policy = json!({"provider": "github", "repository": repository, "agentId": of});
        let call = api.post("/api/v1/oidc/trust-policies").bearer(&admin);
        call.json(&policy).send().await.expect(201);
        let main = "refs/heads/main";
        let claims = github.github_claims(repository, main, ISSUER, api.now());
        let body = json!({"token": github.sign(&claims).unwrap()});
        let call = api.post("/api/v1/oidc/token").json(&body);
        let answer = call.send().await.expect(200);
        let token = answer["access_token"].as_str().unwrap().to_owned();
        expected.push(("token.issued", of_token(&token, &of)));
        let platform = api.token(&api.operator, "admin:orgs tokens:read");
        let call = api.post(REVOKE).bearer(&platform);
        call.form(&[("token", token.as_str())])
            .send()
            .await
            .expect(200);
        expected.push(("token.revoked", of_token(&token, &of)));
    }
    assert_told(told(&api, &acme, &path).await, expected);
}
