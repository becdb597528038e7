//! Agents and organizations that are switched off, and policies that are gone.

use serde_json::json;

use super::{DECOMMISSIONED, SUSPENDED, Stage, delete, forbidden, not_admitted, subject};
use crate::support::{Identity, TENANT_SCOPES};

async fn restart(stage: &Stage, by: &Identity, agent: &Identity) {
    stage.api.set_status(by, agent, "active").await.expect(200);
    // Past the second that ended the tokens of the agent.
    stage.api.pass(1);
}

#[actix_web::test]
async fn a_suspended_agent_gets_no_token_until_it_is_active_again() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let old = stage.run(&json!({})).await.expect(200);
    let set = async |status| stage.api.set_status(&acme, &agent, status).await;
    set("suspended").await.expect(200);
    for more in [json!({}), json!({"agentId": agent.agent})] {
        forbidden(&stage.run(&more).await, "AGENT_SUSPENDED", SUSPENDED);
    }
    restart(&stage, &acme, &agent).await;
    let new = stage.run(&json!({})).await;
    assert_eq!(subject(&new), agent.agent);
    let read = async |body: &serde_json::Value| {
        let token = body["access_token"].as_str().unwrap();
        stage.api.get(&agent.path()).bearer(token).send().await
    };
    // The suspension has ended what was issued before it.
    read(&old).await.expect(401);
    read(&new.json()).await.expect(200);
}

#[actix_web::test]
async fn a_decommissioned_agent_gets_no_token_any_more() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let token = stage.api.token(&acme, TENANT_SCOPES);
    let gone = stage.api.delete(&agent.path()).bearer(&token).send().await;
    gone.no_content();
    for more in [json!({}), json!({"agentId": agent.agent})] {
        let answer = stage.run(&more).await;
        forbidden(&answer, "AGENT_DECOMMISSIONED", DECOMMISSIONED);
    }
    // The policy stays and can be deleted.
    let policies = super::listed(&stage.api, &acme).await;
    let id = policies[0]["id"].as_str().unwrap();
    delete(&stage.api, &acme, id).await.no_content();
    not_admitted(&stage.run(&json!({})).await);
}

#[actix_web::test]
async fn the_branch_is_told_before_the_state_of_the_agent() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    let more = json!({"agentId": agent.agent, "branch": "main"});
    stage.policy(&acme, &more).await;
    let set = async |status| stage.api.set_status(&acme, &agent, status).await;
    set("suspended").await.expect(200);
    let answer = stage.run_on("dev", &json!({})).await.expect(403);
    assert_eq!(answer["code"], "TRUST_POLICY_BRANCH_MISMATCH");
}

#[actix_web::test]
async fn policies_of_an_inactive_organization_are_inert() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    stage.policy(&acme, &json!({"branch": "boot"})).await;
    let bootstrap = stage.run_on("boot", &json!({})).await.expect(200);
    let set = async |status: &str| {
        let body = json!({"status": status});
        stage.api.set_organization(&acme, &body).await.expect(200);
    };
    set("suspended").await;
    for more in [
        json!({}),
        json!({"agentId": agent.agent}),
        json!({"organizationId": acme.organization}),
    ] {
        not_admitted(&stage.run(&more).await);
        not_admitted(&stage.run_on("boot", &more).await);
    }
    // Tokens that were issued before are at an end.
    let token = bootstrap["access_token"].as_str().unwrap();
    let call = stage.api.post("/api/v1/agents").bearer(token);
    call.json(&json!({})).send().await.expect(401);
    set("active").await;
    stage.api.pass(1);
    assert_eq!(subject(&stage.run(&json!({})).await), agent.agent);
    stage.run_on("boot", &json!({})).await.expect(200);
    let operator = stage.api.token(&stage.api.operator, "admin:orgs");
    let path = acme.organization_path();
    let deleted = stage.api.delete(&path).bearer(&operator).send().await;
    deleted.no_content();
    not_admitted(&stage.run(&json!({})).await);
    not_admitted(&stage.run_on("boot", &json!({})).await);
}

#[actix_web::test]
async fn without_its_policy_a_workflow_is_not_admitted() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, policy) = stage.linked(&acme, "a").await;
    let issued = stage.run(&json!({})).await.expect(200);
    let id = policy["id"].as_str().unwrap();
    delete(&stage.api, &acme, id).await.no_content();
    for more in [json!({}), json!({"agentId": agent.agent})] {
        not_admitted(&stage.run(&more).await);
    }
    // What was issued stays valid.
    let token = issued["access_token"].as_str().unwrap();
    let read = stage.api.get(&agent.path()).bearer(token).send().await;
    read.expect(200);
}

#[actix_web::test]
async fn nothing_is_known_without_a_policy() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    for more in [
        json!({}),
        json!({"agentId": acme.agent}),
        json!({"organizationId": acme.organization}),
        json!({"agentId": acme.stranger().agent}),
    ] {
        not_admitted(&stage.run(&more).await);
    }
}
