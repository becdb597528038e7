//! Who is told of an event, and who is not.

use std::collections::BTreeSet;

use agentidp_domain::unit_of_work::Scope;
use agentidp_domain::webhook::DeliveryFilter;
use serde_json::json;

use super::{ALL, change, delete, deliveries, delivery, patch, relay, set_active, subscribed};
use crate::sessions::sign_in;
use crate::support::{Api, registration};

const READER: [&str; 1] = ["agents:read"];

#[actix_web::test]
async fn every_subscription_that_wants_it_gets_its_own_delivery() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let first = subscribed(&api, &acme, &ALL).await;
    let second = subscribed(&api, &acme, &["token.issued", "agent.created"]).await;
    let third = subscribed(&api, &acme, &["agent.updated"]).await;
    api.silent_agent(&acme, "a", &READER).await;
    assert_eq!(relay(&api).await, 1);
    let (a, b) = (
        delivery(&api, &acme, &first).await,
        delivery(&api, &acme, &second).await,
    );
    assert_eq!(a["payload"], b["payload"], "one event");
    for member in ["id", "subscription_id"] {
        assert_ne!(a[member], b[member], "{member}");
    }
    assert!(deliveries(&api, &acme, &third).await.is_empty());
}

#[actix_web::test]
async fn what_nobody_wants_is_not_even_kept() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &["agent.created"]).await;
    let agent = api.agent(&acme, "a", &READER).await;
    change(&api, &acme, &agent, &json!({"owner": "x"})).await;
    api.issued(&agent, "agents:read").await;
    assert_eq!(relay(&api).await, 1);
    assert_eq!(
        delivery(&api, &acme, &path).await["event_type"],
        "agent.created"
    );
    // The list of today counts.
    let other = json!({"events": ["credential.generated"]});
    patch(&api, &acme, &path, &other).await.expect(200);
    api.agent(&acme, "b", &READER).await;
    assert_eq!(relay(&api).await, 1);
    let all = deliveries(&api, &acme, &path).await;
    let types: BTreeSet<&str> = all
        .iter()
        .map(|delivery| delivery["event_type"].as_str().unwrap())
        .collect();
    let expected = ["agent.created", "credential.generated"];
    assert_eq!(types, BTreeSet::from(expected));
    assert_eq!(all.len(), 2);
}

#[actix_web::test]
async fn what_was_before_a_subscription_is_not_told() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    api.silent_agent(&acme, "a", &READER).await;
    let path = subscribed(&api, &acme, &ALL).await;
    assert_eq!(relay(&api).await, 0);
    assert!(deliveries(&api, &acme, &path).await.is_empty());
}

#[actix_web::test]
async fn a_paused_subscription_is_told_nothing() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    set_active(&api, &acme, &path, false).await;
    api.silent_agent(&acme, "a", &READER).await;
    assert_eq!(relay(&api).await, 0);
    set_active(&api, &acme, &path, true).await;
    // Paused between the event and its delivery.
    api.silent_agent(&acme, "b", &READER).await;
    set_active(&api, &acme, &path, false).await;
    assert_eq!(relay(&api).await, 1);
    set_active(&api, &acme, &path, true).await;
    assert_eq!(relay(&api).await, 0);
    assert!(deliveries(&api, &acme, &path).await.is_empty());
    api.silent_agent(&acme, "c", &READER).await;
    assert_eq!(relay(&api).await, 1);
    assert_eq!(deliveries(&api, &acme, &path).await.len(), 1);
}

#[actix_web::test]
async fn a_deleted_subscription_is_told_nothing() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &ALL).await;
    let beside = subscribed(&api, &acme, &ALL).await;
    api.silent_agent(&acme, "a", &READER).await;
    delete(&api, &acme, &path).await.no_content();
    assert_eq!(relay(&api).await, 1);
    delivery(&api, &acme, &beside).await;
}

#[actix_web::test]
async fn what_did_not_happen_is_not_told() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &READER).await;
    delete(&api, &acme, &agent.path()).await.no_content();
    let path = subscribed(&api, &acme, &ALL).await;
    let token = api.token(&acme, "agents:write");
    let taken = registration("admin@acme.example");
    let call = api.post("/api/v1/agents").bearer(&token);
    call.json(&taken).send().await.expect(409);
    delete(&api, &acme, &agent.path()).await.expect(409);
    let body = json!({"owner": "x"});
    patch(&api, &acme, &agent.path(), &body).await.expect(403);
    let body = json!({"owner": ""});
    patch(&api, &acme, &acme.path(), &body).await.expect(400);
    let call = api.post(&agent.credentials()).bearer(&token);
    call.send().await.expect(400);
    assert_eq!(relay(&api).await, 0);
    assert!(deliveries(&api, &acme, &path).await.is_empty());
}

#[actix_web::test]
async fn the_session_of_a_browser_is_told_to_nobody() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let path = subscribed(&api, &acme, &["token.issued"]).await;
    sign_in(&api, &acme).await;
    assert_eq!(relay(&api).await, 0);
    assert!(deliveries(&api, &acme, &path).await.is_empty());
    api.login(&acme).await.expect(200);
    assert_eq!(relay(&api).await, 1);
}

#[actix_web::test]
async fn the_end_of_an_organization_suspends_its_agents() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let agent = api.silent_agent(&acme, "a", &READER).await;
    let idle = api.silent_agent(&acme, "b", &READER).await;
    api.set_status(&acme, &idle, "suspended").await.expect(200);
    let path = subscribed(&api, &acme, &ALL).await;
    let token = api.token(&api.operator, "admin:orgs");
    let call = api.delete(&acme.organization_path()).bearer(&token);
    call.send().await.no_content();
    assert_eq!(relay(&api).await, 2);
    // Nobody is left who could ask for the history.
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let filter = DeliveryFilter {
        status: None,
        limit: 100,
        offset: 0,
    };
    let mut work = api.world.ports.read(Scope::System).await.unwrap();
    let (told, total) = work.deliveries().history(id, filter).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(total, 2);
    let mut agents = BTreeSet::new();
    for delivery in &told {
        assert_eq!(delivery.event_type.as_str(), "agent.suspended");
        let data = &delivery.payload["data"];
        assert_eq!(data["status"], "suspended");
        agents.insert(data["agentId"].as_str().unwrap());
    }
    let expected = [acme.agent.as_str(), agent.agent.as_str()];
    assert_eq!(agents, BTreeSet::from(expected));
}
