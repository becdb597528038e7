//! A workflow that is admitted: what it gets.

use agentidp_testkit::world::ISSUER;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{MAIN, REPOSITORY, Stage, parts, subject};
use crate::support::Identity;

#[actix_web::test]
async fn a_workflow_gets_a_token_of_the_agent() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let grant = ["agents:read", "agents:write", "audit:read"];
    let agent = stage.api.silent_agent(&acme, "a", &grant).await;
    stage.policy(&acme, &json!({"agentId": agent.agent})).await;
    let more = json!({"provider": "github", "agentId": agent.agent});
    let answer = stage.run(&more).await;
    answer.not_cached();
    let mut body = answer.expect(200);
    let (header, mut claims) = parts(&body);
    let token = body.as_object_mut().unwrap().remove("access_token");
    let scope = "agents:read agents:write";
    assert_eq!(
        body,
        json!({"token_type": "Bearer", "expires_in": 3600, "scope": scope})
    );
    assert_eq!(header["typ"], "at+jwt");
    let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert!(jti.as_str().unwrap().parse::<Uuid>().is_ok());
    let now = stage.api.now();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": agent.agent,
            "client_id": agent.agent,
            "scope": scope,
            "organization_id": acme.organization,
            "iat": now,
            "exp": now + 3600,
        })
    );
    // The API takes it for what it says, until its end.
    let token = token.unwrap();
    let token = token.as_str().unwrap();
    let read = || stage.api.get(&agent.path()).bearer(token).send();
    assert_eq!(read().await.expect(200)["agentId"], agent.agent);
    let log = stage.api.get("/api/v1/audit").bearer(token).send().await;
    log.scope_missing("audit:read");
    stage.api.pass(3599);
    read().await.expect(200);
    stage.api.pass(1);
    read().await.expect(401);
}

#[actix_web::test]
async fn the_scope_is_the_usual_part_of_the_grant_or_all_of_it() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let grants: [(&[&str], &str); 5] = [
        (&["agents:read"], "agents:read"),
        (&["audit:read", "agents:write"], "agents:write"),
        (
            &["agents:write", "webhooks:read", "agents:read", "openid"],
            "agents:read agents:write",
        ),
        (&["audit:read", "tokens:read"], "tokens:read audit:read"),
        (&["openid"], "openid"),
    ];
    for (index, (grant, scope)) in grants.into_iter().enumerate() {
        let agent = stage
            .api
            .silent_agent(&acme, &index.to_string(), grant)
            .await;
        stage.policy(&acme, &json!({"agentId": agent.agent})).await;
        let answer = stage
            .run(&json!({"agentId": agent.agent}))
            .await
            .expect(200);
        assert_eq!(answer["scope"], scope);
        let (_, claims) = parts(&answer);
        assert_eq!(claims["scope"], scope);
        assert_eq!(claims.get("token_use"), None);
        // No ID token: nobody asked for one.
        assert_eq!(answer.get("id_token"), None);
    }
}

#[actix_web::test]
async fn the_grant_of_the_moment_counts() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    assert_eq!(
        stage.run(&json!({})).await.expect(200)["scope"],
        "agents:read"
    );
    let token = stage.api.token(&acme, "agents:write");
    let grant = json!({"allowedScopes": ["agents:write"]});
    let change = stage.api.patch(&agent.path()).bearer(&token).json(&grant);
    change.send().await.expect(200);
    assert_eq!(
        stage.run(&json!({})).await.expect(200)["scope"],
        "agents:write"
    );
}

#[actix_web::test]
async fn one_provider_token_may_be_exchanged_more_than_once() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    let token = stage.token();
    let first = stage.present(&token, &json!({})).await.expect(200);
    let second = stage.present(&token, &json!({})).await.expect(200);
    assert_ne!(parts(&first).1["jti"], parts(&second).1["jti"]);
    assert_eq!(stage.github.fetches(), 1);
}

#[actix_web::test]
async fn a_token_of_an_exchange_is_revoked_like_any_other() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let body = stage.run(&json!({})).await.expect(200);
    let token = body["access_token"].as_str().unwrap();
    let form = [("token", token)];
    let call = stage
        .api
        .post("/api/v1/token/revoke")
        .bearer(token)
        .form(&form);
    call.send().await.expect(200);
    let read = stage.api.get(&agent.path()).bearer(token).send().await;
    read.expect(401);
    // The policy is still there.
    stage.run(&json!({})).await.expect(200);
}

#[actix_web::test]
async fn accepted_audiences_are_the_issuer_url_and_its_host() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    for audience in [
        json!(ISSUER),
        json!("localhost"),
        json!([ISSUER]),
        json!(["https://elsewhere.example", "localhost", 7]),
    ] {
        let answer = stage.run_as(&json!({"aud": audience}), &json!({})).await;
        assert_eq!(subject(&answer), agent.agent);
    }
}

#[actix_web::test]
async fn a_deployment_environment_runs_on_the_branch_of_the_ref() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    let more = json!({"agentId": agent.agent, "branch": "main"});
    stage.policy(&acme, &more).await;
    let environment = format!("repo:{REPOSITORY}:environment:production: eu");
    for event in ["push", "workflow_dispatch", "schedule"] {
        let claims = json!({"sub": environment, "ref": MAIN, "event_name": event});
        assert_eq!(
            subject(&stage.run_as(&claims, &json!({})).await),
            agent.agent
        );
    }
}

#[actix_web::test]
async fn a_branch_is_everything_after_the_prefix() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    let branch = "feature/\u{e4}/x.y";
    let more = json!({"agentId": agent.agent, "branch": branch});
    stage.policy(&acme, &more).await;
    assert_eq!(
        subject(&stage.run_on(branch, &json!({})).await),
        agent.agent
    );
}

#[actix_web::test]
async fn a_repository_of_the_system_organization_works_too() {
    let stage = Stage::start().await;
    let operator: Identity = stage.api.operator.clone();
    let (agent, _) = stage.linked(&operator, "ci").await;
    let answer = stage.run(&json!({})).await;
    assert_eq!(subject(&answer), agent.agent);
    let (_, claims): (Value, Value) = parts(&answer.json());
    assert_eq!(claims["organization_id"], Identity::SYSTEM);
}
