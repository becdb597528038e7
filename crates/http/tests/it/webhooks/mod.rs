//! Webhook subscriptions, the events they are told of, and their deliveries.

mod change;
mod crash;
mod create;
mod create_fields;
mod deliveries;
mod events;
mod events_silent;
mod events_tokens;
mod history;
mod limits;
mod post;
mod read;
mod tenants;

use agentidp_domain::webhook::Relay;
use serde_json::{Value, json};

use crate::support::texts::NO_WEBHOOK;
use crate::support::{Answer, Api, Identity, TENANT_SCOPES};

const WEBHOOKS: &str = "/api/v1/webhooks";

const URL: &str = "https://hooks.acme.example/agentidp?from=idp";

/// All there are.
const ALL: [&str; 10] = [
    "agent.created",
    "agent.updated",
    "agent.suspended",
    "agent.reactivated",
    "agent.decommissioned",
    "credential.generated",
    "credential.rotated",
    "credential.revoked",
    "token.issued",
    "token.revoked",
];

/// A wish to hear of these.
fn wish(events: &[&str]) -> Value {
    json!({"name": "Hook", "url": URL, "events": events})
}

async fn create(api: &Api, by: &Identity, body: &Value) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.post(WEBHOOKS).bearer(&token).json(body).send().await
}

/// The path of a new subscription to these events.
async fn subscribed(api: &Api, by: &Identity, events: &[&str]) -> String {
    path_of(&create(api, by, &wish(events)).await.expect(201))
}

fn path_of(subscription: &Value) -> String {
    format!("{WEBHOOKS}/{}", subscription["id"].as_str().unwrap())
}

async fn get(api: &Api, by: &Identity, path: &str) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.get(path).bearer(&token).send().await
}

async fn patch(api: &Api, by: &Identity, path: &str, body: &Value) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.patch(path).bearer(&token).json(body).send().await
}

async fn delete(api: &Api, by: &Identity, path: &str) -> Answer {
    let token = api.token(by, TENANT_SCOPES);
    api.delete(path).bearer(&token).send().await
}

/// Pauses or resumes a subscription.
async fn set_active(api: &Api, by: &Identity, path: &str, active: bool) {
    let changed = patch(api, by, path, &json!({ "active": active })).await;
    assert_eq!(changed.expect(200)["active"], active);
}

/// All subscriptions of an organization.
async fn listed(api: &Api, by: &Identity) -> Vec<Value> {
    let list = get(api, by, WEBHOOKS).await.expect(200);
    list.as_array().unwrap().clone()
}

/// A part of the history of a subscription.
async fn history(api: &Api, by: &Identity, path: &str, query: &str) -> Answer {
    get(api, by, &format!("{path}/deliveries{query}")).await
}

/// All deliveries of a subscription, newest first.
async fn deliveries(api: &Api, by: &Identity, path: &str) -> Vec<Value> {
    let page = history(api, by, path, "?limit=100").await.expect(200);
    let deliveries = page["deliveries"].as_array().unwrap().clone();
    assert_eq!(page["total"], deliveries.len());
    deliveries
}

/// The only delivery of a subscription.
async fn delivery(api: &Api, by: &Identity, path: &str) -> Value {
    let mut all = deliveries(api, by, path).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// Makes deliveries of all events so far; the number of events.
async fn relay(api: &Api) -> u64 {
    Relay::new(api.world.ports.clone()).run().await.unwrap()
}

/// Changes an agent as the administrator of its organization.
async fn change(api: &Api, by: &Identity, agent: &Identity, body: &Value) {
    let changed = patch(api, by, &agent.path(), body).await;
    changed.expect(200);
}

#[track_caller]
fn not_found(answer: &Answer) {
    let details = answer.refused(404, "WEBHOOK_NOT_FOUND", NO_WEBHOOK);
    assert_eq!(details, Value::Null);
}
