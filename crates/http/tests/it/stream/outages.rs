//! The stream is away, or does not want an event.

use std::collections::HashSet;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{OrganizationId, PlatformEventId};
use agentidp_domain::outbox::{EventPublisher, EventType, PlatformEvent, PublishError, Step};
use agentidp_domain::unit_of_work::Scope;
use agentidp_domain::webhook::Relay;
use serde_json::{Map, json};

use super::{Plan, Stage, change_often};
use crate::support::{Broken, TENANT_SCOPES};

async fn is_waiting(stage: &Stage) -> bool {
    let mut work = stage.api.world.ports.read(Scope::System).await.unwrap();
    work.stream().is_waiting().await.unwrap()
}

#[actix_web::test]
async fn an_outage_loses_nothing_and_keeps_the_order() {
    let stage = Stage::start().await;
    let acme = stage.api.organization("acme").await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    for (accepted, changes) in [(2, 3), (0, 2), (1, 4)] {
        stage.stream.plan(Plan::Break(accepted));
        change_often(&stage.api, &acme, &agent, changes).await;
        let failed = stage.publisher.step().await;
        assert!(matches!(failed, Err(PublishError::Sink(_))), "{failed:?}");
        assert!(is_waiting(&stage).await);
    }
    stage.publish().await;

    let events = stage.stream.accepted();
    let ids: HashSet<_> = events.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), events.len(), "what was accepted is not repeated");
    let owners: Vec<_> = events
        .iter()
        .filter(|event| event.event_type.as_str() == "agent.updated")
        .map(|event| event.data["owner"].clone())
        .collect();
    let expected: Vec<_> = [0, 1, 2, 0, 1, 0, 1, 2, 3]
        .map(|number| json!(format!("team {number}")))
        .to_vec();
    assert_eq!(owners, expected);
}

#[actix_web::test]
async fn more_than_a_batch_goes_batch_by_batch() {
    let stage = Stage::start().await;
    stage.publish().await;
    let acme = stage.api.organization("acme").await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    change_often(&stage.api, &acme, &agent, 202).await;
    // With those of the organization and the agent there are 205.
    let publisher = &stage.publisher;
    assert_eq!(publisher.step().await.unwrap(), Step::Done { more: true });
    assert_eq!(publisher.step().await.unwrap(), Step::Done { more: false });
    assert_eq!(publisher.step().await.unwrap(), Step::Idle);
    let types = stage.stream.types(&acme.organization);
    assert_eq!(types.len(), 205);
}

/// Also when more of its events wait than fit into a batch.
#[actix_web::test]
async fn an_organization_that_fails_holds_up_no_other() {
    let stage = Stage::start().await;
    stage.publish().await;
    let ill = stage.api.organization("ill").await;
    let agent = stage.api.silent_agent(&ill, "a", &["agents:read"]).await;
    change_often(&stage.api, &ill, &agent, 202).await;
    let well = stage.api.organization("well").await;
    let dead = ill.organization.parse().unwrap();
    stage.stream.dead.lock().unwrap().insert(dead);
    let failed = stage.publisher.step().await;
    assert!(matches!(failed, Err(PublishError::Sink(_))), "{failed:?}");
    assert_eq!(stage.stream.types(&well.organization).len(), 2);
    assert!(stage.stream.types(&ill.organization).is_empty());

    stage.stream.dead.lock().unwrap().clear();
    stage.publish().await;
    let events = stage.stream.accepted();
    let owners: Vec<_> = events
        .iter()
        .filter(|event| event.event_type.as_str() == "agent.updated")
        .map(|event| event.data["owner"].clone())
        .collect();
    let expected: Vec<_> = (0..202)
        .map(|number| json!(format!("team {number}")))
        .collect();
    assert_eq!(owners, expected);
}

/// Also when more organizations fail than one step passes.
#[actix_web::test]
async fn many_organizations_that_fail_hold_up_no_other() {
    let stage = Stage::start().await;
    stage.publish().await;
    let before = stage.stream.accepted().len();
    let ports = &stage.api.world.ports;
    let event = || PlatformEvent {
        event_id: PlatformEventId::new(ports.random.uuid()),
        organization_id: OrganizationId::new(ports.random.uuid()),
        event_type: EventType::AgentUpdated,
        occurred_at: ports.now(),
        data: Map::new(),
    };
    let ill: Vec<_> = (0..900).map(|_| event()).collect();
    for events in ill.chunks(100) {
        let mut work = ports.write(Scope::System).await.unwrap();
        work.outbox().add(events).await.unwrap();
        work.stream().enqueue(events).await.unwrap();
        work.commit().await.unwrap();
    }
    let dead = ill.iter().map(|event| event.organization_id);
    stage.stream.dead.lock().unwrap().extend(dead);
    let well = stage.api.organization("well").await;
    for told in [0, 2] {
        let failed = stage.publisher.step().await;
        assert!(matches!(failed, Err(PublishError::Sink(_))), "{failed:?}");
        assert_eq!(stage.stream.types(&well.organization).len(), told);
    }

    stage.stream.dead.lock().unwrap().clear();
    stage.publish().await;
    assert_eq!(stage.stream.accepted()[before + 2..], ill);
}

#[actix_web::test]
async fn an_event_that_is_refused_holds_up_no_other() {
    let stage = Stage::start().await;
    stage.publish().await;
    let before = stage.stream.accepted().len();
    let acme = stage.api.organization("acme").await;
    stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    stage.stream.plan(Plan::Refuse(1));
    stage.publish().await;
    // Without that of the administrator's credential.
    let types = ["agent.created", "agent.created"];
    assert_eq!(stage.stream.types(&acme.organization), types);
    assert_eq!(stage.stream.accepted().len(), before + 2);
    assert!(!is_waiting(&stage).await, "it is not tried again");
}

#[actix_web::test]
async fn a_failing_store_is_an_error_and_nothing_is_published() {
    let stage = Stage::start().await;
    let failure = || StoreError::Unavailable("away".to_owned());
    let ports = Broken::ports(&stage.api.world.ports, failure);
    let publisher = EventPublisher::new(ports, stage.stream.clone());
    let failed = publisher.step().await;
    assert!(matches!(failed, Err(PublishError::Store(_))), "{failed:?}");
    assert!(stage.stream.accepted().is_empty());
    stage.publish().await;
    assert_eq!(stage.stream.accepted().len(), 2);
}

/// Neither waits for the other, and an event stays until both have had it.
#[actix_web::test]
async fn webhooks_and_the_stream_are_independent() {
    let stage = Stage::start().await;
    let acme = stage.api.organization("acme").await;
    let token = stage.api.token(&acme, TENANT_SCOPES);
    let hook =
        json!({"name": "x", "url": "https://hooks.acme.example/", "events": ["agent.created"]});
    let created = stage
        .api
        .post("/api/v1/webhooks")
        .bearer(&token)
        .json(&hook)
        .send()
        .await
        .expect(201);
    let deliveries = async || {
        let id = created["id"].as_str().unwrap();
        let path = format!("/api/v1/webhooks/{id}/deliveries");
        let page = stage.api.get(&path).bearer(&token).send().await;
        page.expect(200)["total"].as_u64().unwrap()
    };
    let relay = Relay::new(stage.api.world.ports.clone());
    relay.run().await.unwrap();
    let told_before = deliveries().await;
    stage.publish().await;
    let prune = async || {
        let ports = &stage.api.world.ports;
        let mut work = ports.write(Scope::System).await.unwrap();
        let later = ports.now().plus(std::time::Duration::from_secs(1));
        let pruned = work.outbox().prune(later, 1_000).await.unwrap();
        work.commit().await.unwrap();
        pruned
    };
    prune().await;

    // The stream is away: webhooks go on.
    stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    stage.stream.plan(Plan::Break(0));
    assert!(stage.publisher.step().await.is_err());
    assert_eq!(relay.run().await.unwrap(), 1);
    assert_eq!(deliveries().await, told_before + 1);
    assert_eq!(prune().await, 0, "the stream still needs it");
    let before = stage.stream.accepted().len();
    stage.publish().await;
    assert_eq!(stage.stream.accepted().len(), before + 1);
    assert_eq!(prune().await, 1);

    // Nobody fans out: the stream goes on.
    stage.api.silent_agent(&acme, "b", &["agents:read"]).await;
    stage.publish().await;
    assert_eq!(stage.stream.accepted().len(), before + 2);
    assert_eq!(prune().await, 0, "the relay still needs it");
    assert_eq!(relay.run().await.unwrap(), 1);
    assert_eq!(deliveries().await, told_before + 2);
    assert_eq!(prune().await, 1);
}
