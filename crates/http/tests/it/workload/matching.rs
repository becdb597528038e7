//! Which policy admits a workflow: repository, branch, and several policies.

use serde_json::{Value, json};

use super::{MAIN, OTHER_BRANCH, REPOSITORY, Stage, create, not_admitted, subject};
use crate::support::texts::INVALID_BODY;
use crate::support::{Answer, Identity, TENANT_SCOPES};

/// The branch is another one.
#[track_caller]
fn other_branch(answer: &Answer, allowed: &str, provided: &str) {
    let details = answer.refused(403, "TRUST_POLICY_BRANCH_MISMATCH", OTHER_BRANCH);
    assert_eq!(details, json!({"allowed": allowed, "provided": provided}));
    assert_eq!(answer.header("www-authenticate"), None);
}

async fn agent(stage: &Stage, by: &Identity, name: &str) -> Identity {
    stage.api.silent_agent(by, name, &["agents:read"]).await
}

#[actix_web::test]
async fn another_repository_is_not_admitted() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (agent, _) = stage.linked(&acme, "a").await;
    let named = json!({"agentId": agent.agent, "organizationId": acme.organization});
    for repository in [
        "acme/app-b",
        "acme/ap",
        "acme/App",
        "ACME/app",
        "acme/app.git",
        "evil/app",
        "acme/app/x",
    ] {
        let claims = stage.claims_on(repository, MAIN);
        for more in [&json!({}), &named] {
            not_admitted(&stage.run_as(&claims, more).await);
        }
    }
    assert_eq!(subject(&stage.run(&named).await), agent.agent);
}

#[actix_web::test]
async fn the_case_of_a_policy_is_compared_too() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let body = json!({"provider": "github", "repository": "Acme/App", "branch": "Main"});
    create(&stage.api, &acme, TENANT_SCOPES, &body)
        .await
        .expect(201);
    not_admitted(&stage.run(&json!({})).await);
    let claims = stage.claims_on("Acme/App", MAIN);
    other_branch(&stage.run_as(&claims, &json!({})).await, "Main", "main");
    let claims = stage.claims_on("Acme/App", "refs/heads/Main");
    stage.run_as(&claims, &json!({})).await.expect(200);
}

#[actix_web::test]
async fn subject_and_signed_claims_must_agree() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    for claims in [
        json!({"repository": "evil/app"}),
        json!({"repository": "Acme/app"}),
        json!({"repository": null}),
        json!({"repository": ["acme/app"]}),
        json!({"sub": "repo:evil/app:ref:refs/heads/main"}),
        json!({"ref": "refs/heads/dev"}),
        json!({"sub": null}),
        json!({"sub": ["repo:acme/app:ref:refs/heads/main"]}),
    ] {
        not_admitted(&stage.run_as(&claims, &json!({})).await);
    }
}

#[actix_web::test]
async fn pull_requests_tags_and_other_forms_run_on_no_branch() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    stage.linked(&acme, "a").await;
    let of = |context: &str| format!("repo:{REPOSITORY}:{context}");
    let tag = "refs/tags/v1";
    let merge = "refs/pull/7/merge";
    for claims in [
        json!({"sub": of("pull_request"), "ref": merge, "event_name": "pull_request"}),
        json!({"sub": of("pull_request"), "ref": MAIN, "event_name": "push"}),
        json!({"sub": of("environment:prod"), "ref": merge, "event_name": "pull_request"}),
        json!({"sub": of("environment:prod"), "event_name": "pull_request"}),
        json!({"sub": of("environment:prod"), "event_name": "pull_request_target"}),
        json!({"event_name": "pull_request_target"}),
        json!({"sub": of(&format!("ref:{tag}")), "ref": tag, "ref_type": "tag"}),
        json!({"sub": of("environment:prod"), "ref": tag, "ref_type": "tag"}),
        json!({"sub": of("environment:prod"), "ref": null}),
        json!({"sub": of("environment:")}),
        json!({"sub": of("ref:refs/heads/"), "ref": "refs/heads/"}),
        json!({"sub": of("ref:main"), "ref": "main"}),
        json!({"sub": of("ref")}),
        json!({"sub": of("job_workflow_ref:acme/app/.github/workflows/x.yml@refs/heads/main")}),
        json!({"sub": of("*")}),
        json!({"sub": format!("repo:{REPOSITORY}")}),
        json!({"sub": format!("repository:{REPOSITORY}:ref:{MAIN}")}),
        json!({"sub": ""}),
    ] {
        not_admitted(&stage.run_as(&claims, &json!({})).await);
    }
    stage.run(&json!({})).await.expect(200);
}

#[actix_web::test]
async fn a_branch_of_a_policy_admits_that_branch_alone() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let agent = agent(&stage, &acme, "a").await;
    let more = json!({"branch": "refs/heads/main", "agentId": agent.agent});
    stage.policy(&acme, &more).await;
    for branch in ["dev", "Main", "main2", "mai", "release/main", "main/x"] {
        other_branch(&stage.run_on(branch, &json!({})).await, "main", branch);
    }
    assert_eq!(subject(&stage.run(&json!({})).await), agent.agent);
    let claims = json!({"sub": "repo:acme/app:environment:prod", "ref": "refs/heads/dev"});
    other_branch(&stage.run_as(&claims, &json!({})).await, "main", "dev");
}

#[actix_web::test]
async fn all_branches_that_would_do_are_told() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (a, b) = (
        agent(&stage, &acme, "a").await,
        agent(&stage, &acme, "b").await,
    );
    for (branch, agent) in [("main", &a), ("dev", &b), ("main", &b), ("rc", &a)] {
        let more = json!({"branch": branch, "agentId": agent.agent});
        stage.policy(&acme, &more).await;
    }
    let answer = stage.run_on("x", &json!({})).await;
    other_branch(&answer, "dev, main, rc", "x");
    // Those of another agent do not help.
    let named = json!({"agentId": a.agent});
    other_branch(&stage.run_on("dev", &named).await, "main, rc", "dev");
    let stranger = json!({"agentId": acme.stranger().agent});
    not_admitted(&stage.run(&stranger).await);
}

#[actix_web::test]
async fn an_exact_branch_wins_over_any_branch() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (anywhere, _) = stage.linked(&acme, "any").await;
    let exact = agent(&stage, &acme, "exact").await;
    let more = json!({"branch": "main", "agentId": exact.agent});
    stage.policy(&acme, &more).await;
    assert_eq!(subject(&stage.run(&json!({})).await), exact.agent);
    let dev = stage.run_on("dev", &json!({})).await;
    assert_eq!(subject(&dev), anywhere.agent);
    // A named agent is served by its own policy.
    for agent in [&anywhere, &exact] {
        let named = json!({"agentId": agent.agent});
        assert_eq!(subject(&stage.run(&named).await), agent.agent);
    }
    let named = json!({"agentId": exact.agent});
    other_branch(&stage.run_on("dev", &named).await, "main", "dev");
}

#[actix_web::test]
async fn several_agents_ask_for_a_choice() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let (first, _) = stage.linked(&acme, "a").await;
    let (second, _) = stage.linked(&acme, "b").await;
    let details = stage
        .run(&json!({}))
        .await
        .invalid(INVALID_BODY, &["agentId"]);
    assert_eq!(
        details["reason"],
        "This field is required because several trust policies match."
    );
    for agent in [&first, &second] {
        let named = json!({"agentId": agent.agent});
        assert_eq!(subject(&stage.run(&named).await), agent.agent);
    }
    // An agent without policy is no choice.
    not_admitted(&stage.run(&json!({"agentId": acme.agent})).await);
    // Two exact branches, too.
    for agent in [&first, &second] {
        let more = json!({"branch": "main", "agentId": agent.agent});
        stage.policy(&acme, &more).await;
    }
    stage
        .run(&json!({}))
        .await
        .invalid(INVALID_BODY, &["agentId"]);
    let named: Value = json!({"agentId": second.agent});
    assert_eq!(subject(&stage.run(&named).await), second.agent);
}
