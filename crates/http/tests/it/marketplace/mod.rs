//! The public marketplace.

mod card;
mod limits;
mod list;
mod query;
mod search;
mod switch;
mod visibility;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::support::texts::NO_AGENT;
use crate::support::{Answer, Api, Identity, OPERATOR_SCOPES, TENANT_SCOPES, registration};

const LIST: &str = "/api/v1/marketplace/agents";

/// Where a public agent is shown.
fn place(agent: &Identity) -> String {
    format!("{LIST}/{}", agent.agent)
}

/// Registers a public agent; `more` takes the place of the usual fields.
async fn publish(api: &Api, by: &Identity, name: &str, more: Value) -> Identity {
    let mut body = registration(&format!("{name}@{}.example", &by.organization[..8]));
    body["isPublic"] = json!(true);
    let Value::Object(more) = more else {
        panic!("an object");
    };
    body.as_object_mut().unwrap().extend(more);
    let scopes = if by.organization == Identity::SYSTEM {
        OPERATOR_SCOPES
    } else {
        TENANT_SCOPES
    };
    let token = api.token(by, scopes);
    let call = api.post("/api/v1/agents").bearer(&token).json(&body);
    let created = call.send().await.expect(201);
    Identity {
        agent: created["agentId"].as_str().unwrap().to_owned(),
        organization: by.organization.clone(),
        secret: String::new(),
    }
}

/// Changes a record as the administrator `by`.
async fn change(api: &Api, by: &Identity, agent: &Identity, body: Value) {
    let token = api.token(by, TENANT_SCOPES);
    let call = api.patch(&agent.path()).bearer(&token).json(&body);
    call.send().await.expect(200);
}

/// An answer that anybody may keep for a minute; its body.
#[track_caller]
fn shown(answer: &Answer) -> Value {
    let body = answer.expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    body
}

/// The list for a query string, which may be empty.
async fn list(api: &Api, query: &str) -> Value {
    shown(&api.get(&format!("{LIST}{query}")).send().await)
}

/// The list for these parameters.
async fn listed(api: &Api, parameters: &[(&str, &str)]) -> Value {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    list(api, &format!("?{}", pairs.join("&"))).await
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The card of an agent.
async fn card(api: &Api, agent: &Identity) -> Value {
    shown(&api.get(&place(agent)).send().await)
}

/// Ids of the agents of a page in their order.
fn ids(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().unwrap();
    data.iter()
        .map(|card| card["agentId"].as_str().unwrap())
        .collect()
}

#[track_caller]
fn unknown(answer: &Answer) {
    let details = answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT);
    assert_eq!(details, Value::Null);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
