//! Decentralized identifiers: documents, resolution, agent cards.

mod address;
mod card;
mod currency;
mod document;
mod failure;
mod instance;
mod late;
mod private_keys;
mod published;
mod resolve;

use serde_json::Value;

use crate::support::texts::{DID_GONE, NO_AGENT};
use crate::support::{Answer, Api, Identity, TENANT_SCOPES, registration};

/// The host of the issuer, as `did:web` writes it.
const INSTANCE: &str = "did:web:localhost%3A3000";

/// An agent without credential that anybody may know of.
async fn agent(api: &Api, by: &Identity) -> Identity {
    api.silent_agent(by, "a", &["agents:read"]).await
}

fn did(agent: &Identity) -> String {
    format!("{INSTANCE}:agents:{}", agent.agent)
}

/// Where the document of an agent is: in the API, and where `did:web` says.
fn addresses(id: &str) -> [String; 2] {
    [
        format!("/api/v1/agents/{id}/did"),
        format!("/agents/{id}/did.json"),
    ]
}

/// The document, the same at both addresses.
async fn document(api: &Api, agent: &Identity) -> Value {
    let [first, second] = addresses(&agent.agent);
    let (first, second) = (api.get(&first).send().await, api.get(&second).send().await);
    assert_eq!(first.body, second.body);
    second.expect(200);
    first.expect(200)
}

async fn card(api: &Api, agent: &Identity) -> Answer {
    api.get(&format!("{}/did/card", agent.path())).send().await
}

/// Resolves as the agent `by`.
async fn resolve(api: &Api, by: &Identity, agent: &Identity) -> Answer {
    let token = api.token(by, "agents:read");
    let path = format!("{}/did/resolve", agent.path());
    api.get(&path).bearer(&token).send().await
}

/// A resolution result, which is no plain JSON.
#[track_caller]
fn result(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/ld+json;profile=\"https://w3id.org/did-resolution\"")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    serde_json::from_slice(&answer.body).unwrap()
}

/// The record of an agent.
async fn record(api: &Api, agent: &Identity) -> Value {
    let token = api.token(agent, "agents:read");
    api.get(&agent.path())
        .bearer(&token)
        .send()
        .await
        .expect(200)
}

/// Changes a record as the administrator `by`.
async fn change(api: &Api, by: &Identity, agent: &Identity, body: &Value) {
    let token = api.token(by, TENANT_SCOPES);
    let call = api.patch(&agent.path()).bearer(&token).json(body);
    call.send().await.expect(200);
}

/// Registers an agent that is in the marketplace.
async fn public_agent(api: &Api, by: &Identity) -> Identity {
    let mut body = registration("public@acme.example");
    body["isPublic"] = true.into();
    let token = api.token(by, TENANT_SCOPES);
    let call = api.post("/api/v1/agents").bearer(&token).json(&body);
    let created = call.send().await.expect(201);
    Identity {
        agent: created["agentId"].as_str().unwrap().to_owned(),
        ..by.clone()
    }
}

#[track_caller]
fn unknown(answer: &Answer) {
    assert_eq!(
        answer.refused(404, "AGENT_NOT_FOUND", NO_AGENT),
        Value::Null
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[track_caller]
fn gone(answer: &Answer) {
    let details = answer.refused(410, "AGENT_DECOMMISSIONED", DID_GONE);
    assert_eq!(details, Value::Null);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}
