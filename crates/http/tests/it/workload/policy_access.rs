//! Who may create a trust policy, and for which agent.

use serde_json::{Value, json};

use super::{REPOSITORY, create, listed};
use crate::support::texts::{INVALID_BODY, NO_AGENT};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

fn bootstrap() -> Value {
    json!({"provider": "github", "repository": REPOSITORY})
}

fn linked(agent: &Identity) -> Value {
    json!({"provider": "github", "repository": REPOSITORY, "agentId": agent.agent})
}

async fn join(api: &Api, agent: &Identity, organization: &Identity, role: &str) {
    let operator = api.token(&api.operator, "admin:orgs");
    let path = format!("{}/members", organization.organization_path());
    let body = json!({"agentId": agent.agent, "role": role});
    api.post(&path)
        .bearer(&operator)
        .json(&body)
        .send()
        .await
        .expect(201);
}

#[track_caller]
fn unknown_agent(answer: &Answer) {
    let details = answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    assert_eq!(details, Value::Null);
}

#[actix_web::test]
async fn unknown_and_foreign_agents_are_the_same() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let foreign = api.silent_agent(&other, "a", &["agents:read"]).await;
    let before = (api.event_count(&acme).await, api.event_count(&other).await);
    for agent in [&acme.stranger(), &foreign, &other] {
        unknown_agent(&create(&api, &acme, TENANT_SCOPES, &linked(agent)).await);
    }
    // Not even for the platform's administrators.
    let scope = "agents:write admin:orgs";
    unknown_agent(&create(&api, &api.operator, scope, &linked(&foreign)).await);
    let after = (api.event_count(&acme).await, api.event_count(&other).await);
    assert_eq!(before, after);
    assert!(listed(&api, &acme).await.is_empty());
    assert!(listed(&api, &other).await.is_empty());
}

#[actix_web::test]
async fn the_agent_must_be_active() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    for status in ["suspended", "decommissioned"] {
        api.set_status(&acme, &agent, status).await.expect(200);
        let answer = create(&api, &acme, TENANT_SCOPES, &linked(&agent)).await;
        let details = answer.invalid(INVALID_BODY, &["agentId"]);
        assert_eq!(details["reason"], "The agent must be active.");
    }
    assert!(listed(&api, &acme).await.is_empty());
}

#[actix_web::test]
async fn a_stronger_agent_is_out_of_reach() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let grant = ["agents:read", "agents:write"];
    let clerk = api.silent_agent(&acme, "clerk", &grant).await;
    let strong = api
        .silent_agent(&acme, "strong", &["agents:read", "audit:read"])
        .await;
    let equal = api.silent_agent(&acme, "equal", &grant).await;
    let scope = "agents:read agents:write";
    create(&api, &clerk, scope, &linked(&strong)).await.denied();
    // The token counts, not the grant.
    create(&api, &clerk, "agents:write", &linked(&equal))
        .await
        .denied();
    // The rule comes before the state.
    api.set_status(&acme, &strong, "suspended")
        .await
        .expect(200);
    create(&api, &clerk, scope, &linked(&strong)).await.denied();
    assert!(listed(&api, &acme).await.is_empty());
    assert!(api.events(&acme, "trust_policy.created").await.is_empty());
    create(&api, &clerk, scope, &linked(&equal))
        .await
        .expect(201);
}

#[actix_web::test]
async fn for_itself_an_agent_needs_a_token_with_its_whole_grant() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let clerk = api
        .silent_agent(&acme, "clerk", &["agents:read", "agents:write"])
        .await;
    create(&api, &clerk, "agents:write", &linked(&clerk))
        .await
        .denied();
    create(&api, &clerk, "agents:read agents:write", &linked(&clerk))
        .await
        .expect(201);
}

#[actix_web::test]
async fn an_administrator_reaches_all_agents_but_the_platforms() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let strong = api.silent_agent(&acme, "strong", &["audit:read"]).await;
    create(&api, &acme, "agents:write", &linked(&strong))
        .await
        .expect(201);
    let operator = api.operator.clone();
    let platform = api
        .silent_agent(&operator, "platform", &["admin:orgs"])
        .await;
    create(&api, &operator, "agents:write", &linked(&platform))
        .await
        .denied();
    create(
        &api,
        &operator,
        "agents:write admin:orgs",
        &linked(&platform),
    )
    .await
    .expect(201);
}

#[actix_web::test]
async fn a_bootstrap_policy_needs_the_role_admin_at_home_or_admin_orgs() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let clerk = api.silent_agent(&acme, "clerk", &["agents:write"]).await;
    let refused = async |scope: &str| {
        let answer = create(&api, &clerk, scope, &bootstrap()).await;
        answer.scope_missing("admin:orgs");
    };
    refused("agents:write").await;
    refused(TENANT_SCOPES).await;
    join(&api, &clerk, &acme, "member").await;
    refused("agents:write").await;
    join(&api, &clerk, &other, "admin").await;
    refused("agents:write").await;
    assert!(listed(&api, &acme).await.is_empty());
    assert!(listed(&api, &other).await.is_empty());
    create(&api, &acme, "agents:write", &bootstrap())
        .await
        .expect(201);
    // A platform administrator makes one for its own organization only.
    let clerk = api
        .silent_agent(&api.operator, "clerk", &["agents:write", "admin:orgs"])
        .await;
    create(&api, &clerk, "agents:write", &bootstrap())
        .await
        .scope_missing("admin:orgs");
    create(&api, &clerk, "agents:write admin:orgs", &bootstrap())
        .await
        .expect(201);
    assert_eq!(listed(&api, &api.operator).await.len(), 1);
    assert_eq!(listed(&api, &acme).await.len(), 1);
}
