//! What exchanges leave in the audit log, and in which one.

use agentidp_domain::time::Timestamp;
use serde_json::{Value, json};

use super::{EXCHANGE, REPOSITORY, Stage, with};
use crate::support::{Answer, Identity};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Makes sure that no part of the provider's token is in an event.
#[track_caller]
fn without_token(event: &Value, token: &str) {
    let text = event.to_string();
    for part in token.split('.') {
        assert!(!text.contains(part), "{text}");
    }
}

/// The one event that a refusal left, in the log of `log`.
async fn refusal(stage: &Stage, log: &Identity, run: impl AsyncFn() -> Answer) -> Value {
    let (api, operator) = (&stage.api, &stage.api.operator);
    let before = (api.event_count(log).await, api.event_count(operator).await);
    let answer = run().await;
    assert!((400..500).contains(&answer.status), "{answer:?}");
    let after = (api.event_count(log).await, api.event_count(operator).await);
    assert_eq!(after.0, before.0 + 1);
    if log.organization != operator.organization {
        assert_eq!(after.1, before.1);
    }
    let event = api.events(log, "auth.failed").await.pop().unwrap();
    assert_eq!(event["outcome"], "failure");
    assert_eq!(event["metadata"]["reason"], answer.json()["code"]);
    event
}

fn workflow() -> Value {
    json!({
        "provider": "github",
        "repository": REPOSITORY,
        "branch": "main",
        "providerJti": "6f4762ed-0758-4ccb-808d-ee3af5d723a8",
        "runId": "1658821493",
    })
}

#[actix_web::test]
async fn a_token_of_an_agent_is_recorded_for_the_agent() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, policy) = stage.linked(&acme, "a").await;
    let before = stage.api.event_count(&acme).await;
    let token = stage.token();
    let body = json!({ "token": token });
    let call = stage.api.post(EXCHANGE).json(&body).from("198.51.100.9");
    let call = call.header("user-agent", "sentryagent-issue-token/1.0");
    call.send().await.expect(200);
    assert_eq!(stage.api.event_count(&acme).await, before + 1);
    let event = stage.api.events(&acme, "token.issued").await.pop().unwrap();
    assert_eq!(event["agentId"], agent.agent);
    assert_eq!(event["outcome"], "success");
    assert_eq!(event["ipAddress"], "198.51.100.9");
    assert_eq!(event["userAgent"], "sentryagent-issue-token/1.0");
    let end = Timestamp::from_unix_millis((stage.api.now() + 3600) * 1000).unwrap();
    let more = json!({
        "scope": "agents:read",
        "expiresAt": end.to_string(),
        "policyId": policy["id"],
        "mode": "agent",
    });
    assert_eq!(event["metadata"], with(workflow(), &more));
    without_token(&event, &token);
}

#[actix_web::test]
async fn a_bootstrap_token_is_recorded_for_nobody() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let policy = stage.policy(&acme, &json!({})).await;
    stage.run(&json!({})).await.expect(200);
    let event = stage.api.events(&acme, "token.issued").await.pop().unwrap();
    assert_eq!(event["agentId"], NOBODY);
    let end = Timestamp::from_unix_millis((stage.api.now() + 600) * 1000).unwrap();
    let more = json!({
        "scope": "agents:write",
        "expiresAt": end.to_string(),
        "policyId": policy["id"],
        "mode": "bootstrap",
    });
    assert_eq!(event["metadata"], with(workflow(), &more));
}

#[actix_web::test]
async fn a_refusal_that_concerns_a_policy_is_in_the_log_of_its_organization() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, policy) = stage.linked(&acme, "a").await;
    stage
        .api
        .set_status(&acme, &agent, "suspended")
        .await
        .expect(200);
    let token = stage.token();
    let event = refusal(&stage, &acme, async || {
        stage.present(&token, &json!({})).await
    })
    .await;
    assert_eq!(event["agentId"], agent.agent);
    let more = json!({
        "reason": "AGENT_SUSPENDED",
        "policyId": policy["id"],
        "mode": "agent",
    });
    assert_eq!(event["metadata"], with(workflow(), &more));
    without_token(&event, &token);
}

#[actix_web::test]
async fn a_refusal_without_a_policy_is_in_the_log_of_the_platform() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let operator = stage.api.operator.clone();
    let before = stage.api.event_count(&acme).await;
    let token = stage.token();
    let named = json!({"agentId": acme.agent, "organizationId": acme.organization});
    for (more, agent) in [(json!({}), NOBODY), (named, acme.agent.as_str())] {
        let event = refusal(&stage, &operator, async || {
            stage.present(&token, &more).await
        })
        .await;
        assert_eq!(event["agentId"], agent);
        let reason = json!({"reason": "TRUST_POLICY_NOT_FOUND"});
        assert_eq!(event["metadata"], with(workflow(), &reason));
        without_token(&event, &token);
    }
    assert_eq!(stage.api.event_count(&acme).await, before);
}

#[actix_web::test]
async fn of_a_token_that_is_not_believed_nothing_is_written_down() {
    let stage = Stage::start().await;
    let operator = stage.api.operator.clone();
    let bad = with(stage.claims(), &json!({"aud": "https://elsewhere.example"}));
    let late = with(stage.claims(), &json!({"exp": 1}));
    for (token, reason) in [
        ("garbage".to_owned(), "OIDC_TOKEN_INVALID"),
        (stage.github.sign(&bad).unwrap(), "OIDC_TOKEN_INVALID"),
        (stage.github.sign(&late).unwrap(), "OIDC_TOKEN_EXPIRED"),
    ] {
        let event = refusal(&stage, &operator, async || {
            stage.present(&token, &json!({})).await
        })
        .await;
        assert_eq!(event["agentId"], NOBODY);
        let expected = json!({"provider": "github", "reason": reason});
        assert_eq!(event["metadata"], expected);
        without_token(&event, &token);
    }
}

#[actix_web::test]
async fn a_workflow_without_branch_is_recorded_as_far_as_known() {
    let stage = Stage::start().await;
    let operator = stage.api.operator.clone();
    let claims = json!({"sub": "repo:acme/app:pull_request", "run_id": 77, "jti": null});
    let event = refusal(&stage, &operator, async || {
        stage.run_as(&claims, &json!({})).await
    })
    .await;
    let reason = "TRUST_POLICY_NOT_FOUND";
    let expected = json!({"provider": "github", "runId": "77", "reason": reason});
    assert_eq!(event["metadata"], expected);
}

#[actix_web::test]
async fn other_branches_and_a_missing_choice_are_told_to_the_organization() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let mut agents = Vec::new();
    for name in ["a", "b"] {
        let agent = stage.api.silent_agent(&acme, name, &["agents:read"]).await;
        let more = json!({"agentId": agent.agent, "branch": "main"});
        stage.policy(&acme, &more).await;
        agents.push(agent.agent);
    }
    let named = json!({"agentId": agents[0]});
    for (branch, more, agent, reason) in [
        ("dev", json!({}), NOBODY, "TRUST_POLICY_BRANCH_MISMATCH"),
        (
            "dev",
            named,
            agents[0].as_str(),
            "TRUST_POLICY_BRANCH_MISMATCH",
        ),
        ("main", json!({}), NOBODY, "VALIDATION_ERROR"),
    ] {
        let event = refusal(&stage, &acme, async || stage.run_on(branch, &more).await).await;
        assert_eq!(event["agentId"], agent);
        let more = json!({"reason": reason, "branch": branch});
        assert_eq!(event["metadata"], with(workflow(), &more));
    }
}

#[actix_web::test]
async fn what_concerns_several_organizations_is_told_to_none_of_them() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let mallory = stage.api.organization("mallory").await;
    let operator = stage.api.operator.clone();
    for tenant in [&acme, &mallory] {
        stage.policy(tenant, &json!({"branch": "main"})).await;
    }
    let before = (
        stage.api.event_count(&acme).await,
        stage.api.event_count(&mallory).await,
    );
    for branch in ["main", "dev"] {
        refusal(&stage, &operator, async || {
            stage.run_on(branch, &json!({})).await
        })
        .await;
    }
    let after = (
        stage.api.event_count(&acme).await,
        stage.api.event_count(&mallory).await,
    );
    assert_eq!(before, after);
}

#[actix_web::test]
async fn long_and_odd_claims_are_cut_to_size() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    let claims = json!({"jti": "\u{e4}".repeat(1000), "run_id": "a\u{0}b"});
    stage.run_as(&claims, &json!({})).await.expect(200);
    let event = stage.api.events(&acme, "token.issued").await.pop().unwrap();
    assert_eq!(event["metadata"]["providerJti"], "\u{e4}".repeat(255));
    assert_eq!(event["metadata"]["runId"], "a\u{fffd}b");
    let token = stage.api.auditor(&acme);
    let verified = stage.api.get("/api/v1/audit/verify").bearer(&token);
    assert_eq!(verified.send().await.expect(200)["verified"], true);
}

#[actix_web::test]
async fn a_bad_request_is_not_recorded() {
    let stage = Stage::start().await;
    let before = stage.api.event_count(&stage.api.operator).await;
    for body in [json!({}), json!({"token": "x", "provider": "gitlab"})] {
        stage.send(&body).await.expect(400);
    }
    assert_eq!(stage.api.event_count(&stage.api.operator).await, before);
}
