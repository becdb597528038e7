//! Status of controls, conformance report, export of agent cards.

mod audit_trail;
mod cache;
mod cards;
mod controls;
mod identity;
mod report;
mod switch;

use agentidp_domain::agent::{Agent, Email};
use agentidp_domain::id::AgentId;
use agentidp_domain::unit_of_work::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api, Identity};

const CONTROLS: &str = "/api/v1/compliance/controls";
const REPORT: &str = "/api/v1/compliance/report";
const CARDS: &str = "/api/v1/compliance/agent-cards";

/// The answer to a request for the report.
async fn ask(api: &Api, by: &Identity) -> Answer {
    let token = api.token(&by.stranger(), "audit:read");
    api.get(REPORT).bearer(&token).send().await
}

/// A report computed for this request; after `pass`, none is kept.
async fn fresh(api: &Api, by: &Identity) -> Value {
    api.pass(301);
    let report = ask(api, by).await.expect(200);
    assert_eq!(report["cached"], false);
    report
}

/// The section `agent-identity` of a new report.
async fn identity_section(api: &Api, by: &Identity) -> Value {
    let mut report = fresh(api, by).await;
    let section = report["sections"][0].take();
    assert_eq!(section["name"], "agent-identity");
    section
}

/// The section `audit-trail` of a new report.
async fn audit_section(api: &Api, by: &Identity) -> Value {
    let mut report = fresh(api, by).await;
    let section = report["sections"][1].take();
    assert_eq!(section["name"], "audit-trail");
    section
}

/// Somebody of a new organization without agents.
async fn empty_organization(api: &Api) -> Identity {
    let token = api.token(&api.operator, "admin:orgs");
    let call = api.post("/api/v1/organizations").bearer(&token);
    let body = json!({"name": "Empty", "slug": "empty"});
    let created = call.json(&body).send().await.expect(201);
    Identity {
        organization: created["organizationId"].as_str().unwrap().to_owned(),
        ..api.operator.stranger()
    }
}

/// A new credential of an agent that ends in so many seconds; its id.
async fn ending(api: &Api, agent: &Identity, seconds: u64) -> String {
    let end = api
        .world
        .ports
        .now()
        .plus(std::time::Duration::from_secs(seconds));
    let token = api.token(agent, "openid");
    let call = api.post(&agent.credentials()).bearer(&token);
    let created = call.json(&json!({"expiresAt": end})).send().await;
    created.expect(201)["credentialId"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Stores copies of the record of `by` that `change` makes different; their
/// ids in order.
async fn copies(
    api: &Api,
    by: &Identity,
    count: usize,
    change: impl Fn(&mut Agent),
) -> Vec<String> {
    let mut work = api.world.ports.write(Scope::System).await.unwrap();
    let template = work.agents().find(by.agent.parse().unwrap()).await;
    let template = template.unwrap().unwrap();
    let mut ids = Vec::new();
    for _ in 0..count {
        let id = AgentId::new(Uuid::new_v4());
        let mut agent = Agent {
            agent_id: id,
            email: Email::new(&format!("{id}@copies.example")).unwrap(),
            ..template.clone()
        };
        change(&mut agent);
        work.agents().insert(&agent).await.unwrap();
        ids.push(id.to_string());
    }
    work.commit().await.unwrap();
    ids.sort_unstable();
    ids
}

/// The values of one member of all entries of a list.
fn members(list: &Value, name: &str) -> Vec<Value> {
    let entries = list.as_array().unwrap();
    entries.iter().map(|entry| entry[name].clone()).collect()
}
