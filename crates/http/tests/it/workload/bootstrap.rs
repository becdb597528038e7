//! Bootstrap tokens: they register an agent and do nothing else.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Stage, parts, subject};
use crate::support::texts::{DENIED, DENIED_SCAFFOLD, NO_AGENT};
use crate::support::{Identity, protected, registration};

const AGENTS: &str = "/api/v1/agents";

/// A bootstrap policy of `acme` and a token that it leads to.
async fn token(stage: &Stage, acme: &Identity) -> (String, String) {
    let policy = stage.policy(acme, &json!({})).await;
    let answer = stage.run(&json!({})).await.expect(200);
    let token = answer["access_token"].as_str().unwrap();
    (policy["id"].as_str().unwrap().to_owned(), token.to_owned())
}

#[actix_web::test]
async fn a_workflow_gets_a_token_of_the_policy() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let policy = stage.policy(&acme, &json!({"branch": "main"})).await;
    let answer = stage
        .run(&json!({"organizationId": acme.organization}))
        .await;
    answer.not_cached();
    let mut body = answer.expect(200);
    let (header, mut claims) = parts(&body);
    body.as_object_mut().unwrap().remove("access_token");
    assert_eq!(
        body,
        json!({"token_type": "Bearer", "expires_in": 600, "scope": "agents:write"})
    );
    assert_eq!(header["typ"], "at+jwt");
    let subject = format!("trust-policy:{}", policy["id"].as_str().unwrap());
    let members = claims.as_object_mut().unwrap();
    let jti = members.remove("jti").unwrap();
    assert!(jti.as_str().unwrap().parse::<Uuid>().is_ok());
    members.remove("iss");
    members.remove("aud");
    let now = stage.api.now();
    assert_eq!(
        claims,
        json!({
            "sub": subject,
            "client_id": subject,
            "scope": "agents:write",
            "organization_id": acme.organization,
            "token_use": "bootstrap",
            "iat": now,
            "exp": now + 600,
        })
    );
}

#[actix_web::test]
async fn it_registers_an_agent_of_the_organization() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (policy, token) = token(&stage, &acme).await;
    let mut body = registration("first@acme.example");
    body["capabilities"] = json!([]);
    let call = stage.api.post(AGENTS).bearer(&token).json(&body);
    let agent = call.send().await.expect(201);
    assert_eq!(agent["organizationId"], acme.organization);
    assert_eq!(agent["allowedScopes"], json!(["agents:read"]));
    let event = stage
        .api
        .events(&acme, "agent.created")
        .await
        .pop()
        .unwrap();
    assert_eq!(event["agentId"], agent["agentId"]);
    let actor = format!("trust-policy:{policy}");
    assert_eq!(event["metadata"]["actorAgentId"], actor);
    // A second time the address is taken.
    let call = stage.api.post(AGENTS).bearer(&token).json(&body);
    assert_eq!(
        call.send().await.expect(409)["code"],
        "AGENT_ALREADY_EXISTS"
    );
}

#[actix_web::test]
async fn it_grants_no_more_than_it_carries() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (_, token) = token(&stage, &acme).await;
    let register = async |email: &str, grant: &[&str]| {
        let mut body = registration(email);
        body["allowedScopes"] = json!(grant);
        let call = stage.api.post(AGENTS).bearer(&token).json(&body);
        call.send().await
    };
    for grant in [
        &["agents:read"][..],
        &["agents:write", "audit:read"],
        &["admin:orgs"],
    ] {
        register("b@acme.example", grant).await.denied();
    }
    register("b@acme.example", &["agents:write"])
        .await
        .expect(201);
}

#[actix_web::test]
async fn every_other_operation_is_refused() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let (_, token) = token(&stage, &acme).await;
    let before = stage.api.event_count(&acme).await;
    let mut seen = 0;
    for operation in protected() {
        if (operation.method.as_str(), operation.path.as_str()) == ("POST", AGENTS) {
            continue;
        }
        let path: Vec<&str> = operation
            .path
            .split('/')
            .map(|part| match part {
                part if part.starts_with('{') => agent.agent.as_str(),
                part => part,
            })
            .collect();
        let call = stage.api.call(&operation.method, &path.join("/"));
        let answer = call.bearer(&token).send().await;
        let (status, code, message) = match operation.path.as_str() {
            "/agent-info" => (404, "AGENT_NOT_FOUND", NO_AGENT),
            "/api/v1/sdk/scaffold/{agentId}" => (403, "AUTHORIZATION_ERROR", DENIED_SCAFFOLD),
            _ => (403, "AUTHORIZATION_ERROR", DENIED),
        };
        let body = answer.expect(status);
        assert_eq!(body["code"], code, "{operation:?}");
        assert_eq!(body["message"], message, "{operation:?}");
        assert_eq!(answer.header("www-authenticate"), None);
        seen += 1;
    }
    assert!(seen >= 30, "{seen}");
    assert_eq!(stage.api.event_count(&acme).await, before);
}

#[actix_web::test]
async fn it_ends_after_ten_minutes_or_when_it_is_revoked() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (_, token) = token(&stage, &acme).await;
    let register = async |name: &str| {
        let body = registration(&format!("{name}@acme.example"));
        let call = stage.api.post(AGENTS).bearer(&token).json(&body);
        call.send().await
    };
    stage.api.pass(599);
    register("a").await.expect(201);
    stage.api.pass(1);
    register("b").await.expect(401);
    let again = stage.run(&json!({})).await.expect(200);
    let again = again["access_token"].as_str().unwrap();
    let operator = stage
        .api
        .token(&stage.api.operator, "admin:orgs tokens:read");
    let form = [("token", again)];
    let revoke = stage.api.post("/api/v1/token/revoke").bearer(&operator);
    revoke.form(&form).send().await.expect(200);
    let body = registration("c@acme.example");
    let call = stage.api.post(AGENTS).bearer(again).json(&body);
    call.send().await.expect(401);
}

#[actix_web::test]
async fn it_goes_before_agents_unless_one_is_named() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    let exact = json!({"agentId": agent.agent, "branch": "main"});
    stage.policy(&acme, &exact).await;
    let any = stage.policy(&acme, &json!({})).await;
    let of = |policy: &Value| format!("trust-policy:{}", policy["id"].as_str().unwrap());
    assert_eq!(subject(&stage.run(&json!({})).await), of(&any));
    let main = stage.policy(&acme, &json!({"branch": "main"})).await;
    assert_eq!(subject(&stage.run(&json!({})).await), of(&main));
    assert_eq!(subject(&stage.run_on("dev", &json!({})).await), of(&any));
    let named = json!({"agentId": agent.agent});
    assert_eq!(subject(&stage.run(&named).await), agent.agent);
}
