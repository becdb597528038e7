//! Policies of several organizations for one repository: anybody can plant
//! one, nobody is served by a stranger's.

use serde_json::json;

use super::{REPOSITORY, Stage, create, delete, not_admitted, parts, subject};
use crate::support::{Answer, Identity, TENANT_SCOPES};

/// The owner of the repository, somebody else, and the policy of the latter.
async fn planted(stage: &Stage) -> (Identity, Identity, Identity) {
    let acme = stage.acme().await;
    let mallory = stage.api.organization("mallory").await;
    let (trap, _) = stage.linked(&mallory, "trap").await;
    (acme, mallory, trap)
}

/// Asks for policies of one organization.
async fn run_in(stage: &Stage, organization: &Identity) -> Answer {
    let more = json!({"organizationId": organization.organization});
    stage.run(&more).await
}

#[actix_web::test]
async fn matches_in_two_organizations_admit_nothing() {
    let stage = Stage::start().await;
    let (acme, mallory, trap) = planted(&stage).await;
    let (agent, _) = stage.linked(&acme, "a").await;
    not_admitted(&stage.run(&json!({})).await);
    // Whoever says where, or as whom, is served there.
    assert_eq!(subject(&run_in(&stage, &acme).await), agent.agent);
    assert_eq!(subject(&run_in(&stage, &mallory).await), trap.agent);
    let named = json!({"agentId": agent.agent});
    assert_eq!(subject(&stage.run(&named).await), agent.agent);
    // Not with a contradiction, nor in an organization that does not exist.
    let crossed = json!({"agentId": trap.agent, "organizationId": acme.organization});
    not_admitted(&stage.run(&crossed).await);
    let nowhere = json!({"organizationId": acme.stranger().agent});
    not_admitted(&stage.run(&nowhere).await);
}

#[actix_web::test]
async fn a_planted_bootstrap_policy_takes_nobody_over() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let mallory = stage.api.organization("mallory").await;
    let (agent, _) = stage.linked(&acme, "a").await;
    for branch in [json!(null), json!("main")] {
        stage.policy(&mallory, &json!({"branch": branch})).await;
        not_admitted(&stage.run(&json!({})).await);
    }
    assert_eq!(subject(&run_in(&stage, &acme).await), agent.agent);
    let (_, claims) = parts(&run_in(&stage, &mallory).await.expect(200));
    assert_eq!(claims["organization_id"], mallory.organization);
}

#[actix_web::test]
async fn the_own_organization_is_not_served_by_a_planted_policy() {
    let stage = Stage::start().await;
    let (acme, _, trap) = planted(&stage).await;
    not_admitted(&run_in(&stage, &acme).await);
    // Only who relies on a single match is exposed.
    assert_eq!(subject(&stage.run(&json!({})).await), trap.agent);
    // A policy of its own, also for another branch, ends that.
    let more = json!({"branch": "release", "agentId": acme.agent});
    stage.policy(&acme, &more).await;
    let answer = run_in(&stage, &acme).await;
    assert_eq!(answer.expect(403)["code"], "TRUST_POLICY_BRANCH_MISMATCH");
    not_admitted(&stage.run(&json!({})).await);
}

#[actix_web::test]
async fn branches_of_several_organizations_are_not_told() {
    let stage = Stage::start().await;
    let acme = stage.acme().await;
    let mallory = stage.api.organization("mallory").await;
    stage
        .policy(&acme, &json!({"branch": "secret-launch"}))
        .await;
    stage.policy(&mallory, &json!({"branch": "x"})).await;
    let answer = stage.run(&json!({})).await;
    not_admitted(&answer);
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(!body.contains("secret-launch"), "{body}");
}

#[actix_web::test]
async fn a_policy_of_an_inactive_organization_is_in_nobodys_way() {
    let stage = Stage::start().await;
    let (acme, mallory, _) = planted(&stage).await;
    let (agent, _) = stage.linked(&acme, "a").await;
    not_admitted(&stage.run(&json!({})).await);
    let suspended = json!({"status": "suspended"});
    stage
        .api
        .set_organization(&mallory, &suspended)
        .await
        .expect(200);
    assert_eq!(subject(&stage.run(&json!({})).await), agent.agent);
    not_admitted(&run_in(&stage, &mallory).await);
}

#[actix_web::test]
async fn nothing_of_another_tenant_is_seen_or_changed() {
    let stage = Stage::start().await;
    let api = &stage.api;
    let (acme, mallory, trap) = planted(&stage).await;
    let (agent, policy) = stage.linked(&acme, "a").await;
    run_in(&stage, &acme).await.expect(200);
    let before = api.event_count(&acme).await;
    // Neither a second policy for the foreign agent nor the deletion of one.
    let body = json!({
        "provider": "github", "repository": "mallory/own", "agentId": agent.agent,
    });
    create(api, &mallory, TENANT_SCOPES, &body)
        .await
        .expect(404);
    let id = policy["id"].as_str().unwrap();
    delete(api, &mallory, id).await.expect(404);
    // Own workflows of mallory do not become the foreign agent.
    let body = json!({"provider": "github", "repository": "mallory/own"});
    create(api, &mallory, TENANT_SCOPES, &body)
        .await
        .expect(201);
    let claims = stage.claims_on("mallory/own", super::MAIN);
    for more in [
        json!({"agentId": agent.agent}),
        json!({"organizationId": acme.organization}),
        json!({"agentId": trap.agent, "organizationId": mallory.organization}),
    ] {
        not_admitted(&stage.run_as(&claims, &more).await);
    }
    assert_eq!(api.event_count(&acme).await, before);
    let seen = super::listed(api, &mallory).await;
    let text = json!(seen).to_string();
    assert_eq!(seen.len(), 2);
    assert!(!text.contains(&agent.agent) && !text.contains(id), "{text}");
    assert_eq!(super::listed(api, &acme).await.len(), 1);
    assert_eq!(policy["repository"], REPOSITORY);
}
