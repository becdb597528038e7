//! Which events there are of agents and credentials, and what they say.

use std::collections::BTreeSet;
use std::time::Duration;

use agentidp_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ALL, change, delete, deliveries, history, relay, subscribed};
use crate::support::{Api, Identity, TENANT_SCOPES};

/// Type and data of everything that a subscription was told, after a look at
/// the envelopes.
pub async fn told(api: &Api, by: &Identity, path: &str) -> Vec<(String, Value)> {
    relay(api).await;
    let mut ids = BTreeSet::new();
    let mut told = Vec::new();
    for delivery in deliveries(api, by, path).await {
        let payload = &delivery["payload"];
        let members: BTreeSet<&str> = payload
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected = ["data", "event", "id", "organization_id", "timestamp"];
        assert_eq!(members, BTreeSet::from(expected));
        let id: Uuid = payload["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(id.get_version_num(), 4);
        assert!(ids.insert(id), "each event is told once");
        let timestamp = payload["timestamp"].as_str().unwrap();
        let at: Timestamp = timestamp.parse().unwrap();
        assert_eq!(timestamp, at.to_string());
        assert!(at <= api.world.ports.now());
        assert_eq!(payload["organization_id"], by.organization);
        assert_eq!(payload["event"], delivery["event_type"]);
        let event = payload["event"].as_str().unwrap().to_owned();
        told.push((event, payload["data"].clone()));
    }
    told
}

/// Exactly these events, in any order.
#[track_caller]
pub fn assert_told(mut told: Vec<(String, Value)>, expected: Vec<(&str, Value)>) {
    for (event, data) in expected {
        let found = told
            .iter()
            .position(|(name, seen)| name == event && *seen == data);
        let Some(found) = found else {
            panic!("{event} {data} is not among {told:?}");
        };
        told.remove(found);
    }
    assert!(told.is_empty(), "more than expected: {told:?}");
}

/// None of these, nor anything that looks like them, is in the whole history.
pub async fn assert_silent(api: &Api, by: &Identity, path: &str, secrets: &[&str]) {
    let answer = history(api, by, path, "?limit=100").await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let marks = ["sk_live_", "whsec_", "ecret", "hash", "Bearer"];
    for word in marks.iter().chain(secrets) {
        assert!(!word.is_empty() && !text.contains(word), "{word}: {text}");
    }
}

/// What an event says of an agent.
fn of_agent(agent: &Identity, changes: &Value) -> Value {
    let mut data = json!({
        "agentId": agent.agent,
        "agentType": "screener",
        "owner": "talent-team",
        "deploymentEnv": "production",
        "status": "active",
    });
    let members = data.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap() {
        members.insert(name.clone(), change.clone());
    }
    data
}

#[actix_web::test]
async fn the_life_of_an_agent_is_told() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let fields = json!({"owner": "new team", "deploymentEnv": "staging", "version": "2.0.0"});
    for body in [
        fields,
        // No transition, whatever is said.
        json!({"status": "active"}),
        json!({"status": "suspended", "agentType": "custom"}),
        json!({"status": "active"}),
        json!({"isPublic": true, "allowedScopes": ["agents:read", "audit:read"]}),
    ] {
        api.pass(1);
        change(&api, &acme, &agent, &body).await;
    }
    delete(&api, &acme, &agent.path()).await.no_content();
    let moved = json!({"owner": "new team", "deploymentEnv": "staging"});
    let of = |changes: Value| {
        let mut data = of_agent(&agent, &moved);
        for (name, change) in changes.as_object().unwrap() {
            data[name] = change.clone();
        }
        data
    };
    let given = ["version", "owner", "deploymentEnv"];
    let granted = ["allowedScopes", "isPublic"];
    let expected = vec![
        ("agent.created", of_agent(&agent, &json!({}))),
        ("agent.updated", of(json!({ "changedFields": given }))),
        ("agent.updated", of(json!({"changedFields": ["status"]}))),
        (
            "agent.suspended",
            of(json!({"status": "suspended", "agentType": "custom"})),
        ),
        ("agent.reactivated", of(json!({"agentType": "custom"}))),
        (
            "agent.updated",
            of(json!({"agentType": "custom", "changedFields": granted})),
        ),
        (
            "agent.decommissioned",
            of(json!({"status": "decommissioned", "agentType": "custom"})),
        ),
    ];
    assert_told(told(&api, &acme, &path).await, expected);
    assert_silent(&api, &acme, &path, &[&acme.secret]).await;
}

#[actix_web::test]
async fn an_event_is_of_the_time_of_the_change() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    api.silent_agent(&acme, "a", &["agents:read"]).await;
    let changed = api.world.ports.now().to_string();
    api.pass(90);
    relay(&api).await;
    let delivery = super::delivery(&api, &acme, &path).await;
    assert_eq!(delivery["payload"]["timestamp"], changed);
    let queued = api.world.ports.now().to_string();
    assert_eq!(delivery["created_at"], queued);
    // Nothing is left to do.
    assert_eq!(relay(&api).await, 0);
    let again = super::delivery(&api, &acme, &path).await;
    assert_eq!(again, delivery);
}

/// A new credential, or a new secret of one, made by an administrator; id and
/// secret.
async fn issue(api: &Api, by: &Identity, path: &str, body: &Value) -> (String, String) {
    let token = api.token(by, TENANT_SCOPES);
    let answer = api.post(path).bearer(&token).json(body).send().await;
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    let text = |member: &str| answer.json()[member].as_str().unwrap().to_owned();
    (text("credentialId"), text("clientSecret"))
}

#[actix_web::test]
async fn the_life_of_credentials_is_told() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &["agents:read"]).await;
    let path = subscribed(&api, &acme, &ALL).await;
    let end = api.world.ports.now().plus(Duration::from_secs(3600));
    let end = json!(end.to_string());
    let (open, ends) = (json!({}), json!({ "expiresAt": end }));
    let all = agent.credentials();
    let rotation = |id: &str| format!("{all}/{id}/rotate");
    let (first, s1) = issue(&api, &acme, &all, &open).await;
    let (second, s2) = issue(&api, &acme, &all, &ends).await;
    let (_, s3) = issue(&api, &acme, &rotation(&first), &ends).await;
    let (_, s4) = issue(&api, &acme, &rotation(&second), &open).await;
    delete(&api, &acme, &format!("{all}/{second}"))
        .await
        .no_content();
    let of = |id: &str, end: &Value| json!({"agentId": agent.agent, "credentialId": id, "expiresAt": end});
    let never = Value::Null;
    let expected = vec![
        ("credential.generated", of(&first, &never)),
        ("credential.generated", of(&second, &end)),
        ("credential.rotated", of(&first, &end)),
        ("credential.rotated", of(&second, &never)),
        ("credential.revoked", of(&second, &never)),
    ];
    assert_told(told(&api, &acme, &path).await, expected);
    assert_silent(&api, &acme, &path, &[&s1, &s2, &s3, &s4]).await;
}

#[actix_web::test]
async fn the_end_of_an_agent_is_that_of_its_credentials() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let wanted = ["credential.revoked", "agent.decommissioned"];
    for by_delete in [true, false] {
        let name = if by_delete { "a" } else { "b" };
        let agent = api.silent_agent(&acme, name, &["agents:read"]).await;
        let end = api.world.ports.now().plus(Duration::from_secs(3600));
        let end = json!(end.to_string());
        let all = agent.credentials();
        let (first, _) = issue(&api, &acme, &all, &json!({})).await;
        let (second, _) = issue(&api, &acme, &all, &json!({ "expiresAt": end })).await;
        let (gone, _) = issue(&api, &acme, &all, &json!({})).await;
        let gone = format!("{all}/{gone}");
        delete(&api, &acme, &gone).await.no_content();
        let path = subscribed(&api, &acme, &wanted).await;
        if by_delete {
            delete(&api, &acme, &agent.path()).await.no_content();
        } else {
            let body = json!({"status": "decommissioned"});
            change(&api, &acme, &agent, &body).await;
        }
        let of = |id: &str, end: &Value| json!({"agentId": agent.agent, "credentialId": id, "expiresAt": end});
        let ended = of_agent(&agent, &json!({"status": "decommissioned"}));
        let expected = vec![
            ("credential.revoked", of(&first, &Value::Null)),
            ("credential.revoked", of(&second, &end)),
            ("agent.decommissioned", ended),
        ];
        assert_told(told(&api, &acme, &path).await, expected);
        delete(&api, &acme, &path).await.no_content();
    }
}
