//! Suspension, reactivation and deletion of organizations.

use agentidp_domain::agent::{Agent, Email};
use agentidp_domain::id::AgentId;
use agentidp_domain::unit_of_work::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::texts::TOKEN_REVOKED;
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const DELETED: &str = "This organization has already been deleted.";
const PROTECTED: &str = "The system organization cannot be suspended or deleted.";

async fn delete(api: &Api, of: &Identity) -> Answer {
    let token = api.token(&api.operator, "admin:orgs");
    api.delete(&of.organization_path())
        .bearer(&token)
        .send()
        .await
}

async fn read(api: &Api, agent: &Identity, token: &str) -> Answer {
    api.get(&agent.path()).bearer(token).send().await
}

#[actix_web::test]
async fn suspension_ends_all_tokens_and_reactivation_revives_none() {
    let api = Api::start().await;
    let (acme, other) = (
        api.organization("acme").await,
        api.organization("other").await,
    );
    let agent = api.agent(&acme, "a", &["agents:read"]).await;
    let old = api.issued(&agent, "agents:read").await;
    let foreign = api.issued(&other, "agents:read").await;
    let suspended = api
        .set_organization(&acme, &json!({"status": "suspended"}))
        .await
        .expect(200);
    assert_eq!(suspended["status"], "suspended");
    read(&api, &agent, &old)
        .await
        .refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    read(&api, &other, &foreign).await.expect(200);
    api.set_organization(&acme, &json!({"status": "active"}))
        .await
        .expect(200);
    read(&api, &agent, &old)
        .await
        .refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    let new = api.issued(&agent, "agents:read").await;
    let body = read(&api, &agent, &new).await.expect(200);
    assert_eq!(body["status"], "active", "agents keep their own state");
    api.pass(10);
    for action in ["organization.suspended", "organization.reactivated"] {
        let events = api.events(&acme, action).await;
        assert_eq!(events.len(), 1);
        assert_eq!(
            (&events[0]["agentId"], &events[0]["metadata"]),
            (&json!(api.operator.agent), &json!({}))
        );
    }
    assert!(api.events(&acme, "organization.updated").await.is_empty());
}

#[actix_web::test]
async fn the_present_state_once_more_is_a_plain_update() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.set_organization(&acme, &json!({"status": "active"}))
        .await
        .expect(200);
    let event = api
        .events(&acme, "organization.updated")
        .await
        .pop()
        .unwrap();
    assert_eq!(event["metadata"], json!({"updatedFields": ["status"]}));
}

#[actix_web::test]
async fn deletion_suspends_the_agents_and_cannot_be_undone() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let active = api.agent(&acme, "active", &["agents:read"]).await;
    let sleeping = api.silent_agent(&acme, "sleeping", &["agents:read"]).await;
    api.set_status(&acme, &sleeping, "suspended")
        .await
        .expect(200);
    let gone = api.silent_agent(&acme, "gone", &["agents:read"]).await;
    api.set_status(&acme, &gone, "decommissioned")
        .await
        .expect(200);
    let old = api.issued(&active, "agents:read").await;
    delete(&api, &acme).await.no_content();
    read(&api, &active, &old)
        .await
        .refused(401, "UNAUTHORIZED", TOKEN_REVOKED);
    api.pass(2);
    let token = api.token(&acme, "agents:read");
    for (agent, status) in [
        (&active, "suspended"),
        (&sleeping, "suspended"),
        (&gone, "decommissioned"),
    ] {
        assert_eq!(
            read(&api, agent, &token).await.expect(200)["status"],
            status
        );
    }
    let deleted = api.events(&acme, "organization.deleted").await;
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0]["agentId"], json!(api.operator.agent));
    let mut suspended: Vec<Value> = api.events(&acme, "agent.suspended").await.split_off(1);
    suspended.sort_by_key(|event| event["agentId"].as_str() != Some(&acme.agent));
    let agents: Vec<&Value> = suspended.iter().map(|event| &event["agentId"]).collect();
    assert_eq!(
        agents,
        [&json!(acme.agent), &json!(active.agent)],
        "one per agent changed"
    );
    for event in &suspended {
        let metadata = json!({"updatedFields": ["status"], "actorAgentId": api.operator.agent});
        assert_eq!(event["metadata"], metadata);
    }
    delete(&api, &acme)
        .await
        .refused(409, "ORG_ALREADY_DELETED", DELETED);
    for body in [json!({"status": "active"}), json!({"name": "x"})] {
        let answer = api.set_organization(&acme, &body).await;
        answer.refused(409, "ORG_ALREADY_DELETED", DELETED);
    }
    let operator = api.token(&api.operator, "admin:orgs");
    let record = api
        .get(&acme.organization_path())
        .bearer(&operator)
        .send()
        .await
        .expect(200);
    assert_eq!(record["status"], "deleted");
}

/// Number of entries of a list.
async fn total(api: &Api, path: &str, token: &str) -> Value {
    let page = api.get(path).bearer(token).send().await;
    page.expect(200)["total"].take()
}

#[actix_web::test]
async fn deletion_suspends_more_agents_than_one_statement_does() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let mut work = api.world.ports.write(Scope::System).await.unwrap();
    let template = work.agents().find(acme.agent.parse().unwrap()).await;
    let template = template.unwrap().unwrap();
    for _ in 0..2_000 {
        let id = AgentId::new(Uuid::new_v4());
        let copy = Agent {
            agent_id: id,
            email: Email::new(&format!("{id}@copies.example")).unwrap(),
            ..template.clone()
        };
        work.agents().insert(&copy).await.unwrap();
    }
    work.commit().await.unwrap();
    delete(&api, &acme).await.no_content();
    api.pass(2);
    let token = api.token(&acme, "agents:read");
    for (status, wanted) in [("active", 0), ("suspended", 2_001)] {
        let path = format!("/api/v1/agents?status={status}");
        assert_eq!(total(&api, &path, &token).await, json!(wanted), "{status}");
    }
    let path = "/api/v1/audit?action=agent.suspended";
    let events = total(&api, path, &api.auditor(&acme)).await;
    assert_eq!(events, json!(2_001));
}

#[actix_web::test]
async fn the_system_organization_is_protected() {
    let api = Api::start().await;
    let operator = api.operator.clone();
    for body in [
        json!({"status": "suspended"}),
        json!({"status": "suspended", "name": "x"}),
    ] {
        let answer = api.set_organization(&operator, &body).await;
        let details = answer.refused(403, "FORBIDDEN", PROTECTED);
        assert_eq!(
            (details, answer.header("www-authenticate")),
            (Value::Null, None)
        );
    }
    delete(&api, &operator)
        .await
        .refused(403, "FORBIDDEN", PROTECTED);
    let changed = api
        .set_organization(&operator, &json!({"name": "Platform"}))
        .await
        .expect(200);
    assert_eq!(
        (&changed["name"], &changed["status"]),
        (&json!("Platform"), &json!("active"))
    );
    for limit in ["maxAgents", "maxTokensPerMonth", "rateLimitPerMinute"] {
        assert_eq!(changed[limit], Value::Null);
    }
    assert_eq!(changed["organizationId"], Identity::SYSTEM);
    let token = api.token(&operator, TENANT_SCOPES);
    read(&api, &operator, &token).await.expect(200);
}
