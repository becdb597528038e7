//! Several publishers, and one that dies.

use std::sync::{Arc, Mutex};

use agentidp_domain::id::PlatformEventId;
use agentidp_domain::outbox::{EventSink, PlatformEvent, Published, SinkError, Step};
use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::sync::Notify;

use super::{Stage, change_often, drain, publisher};

/// Takes events and never answers.
#[derive(Default)]
struct Stuck {
    asked: Notify,
    taken: Mutex<Vec<PlatformEventId>>,
}

#[async_trait]
impl EventSink for Stuck {
    async fn publish(&self, events: &[PlatformEvent]) -> Published {
        let ids = events.iter().map(|event| event.event_id);
        self.taken.lock().unwrap().extend(ids);
        self.asked.notify_one();
        std::future::pending().await
    }

    async fn reach(&self) -> Result<String, SinkError> {
        std::future::pending().await
    }
}

#[actix_web::test]
async fn what_a_dead_one_had_is_repeated_with_the_same_ids() {
    let stage = Stage::start().await;
    stage.api.organization("acme").await;
    let stuck = Arc::new(Stuck::default());
    let other = publisher(&stage.api, stuck.clone());
    let dying = tokio::spawn(async move { other.step().await });
    stuck.asked.notified().await;
    assert_eq!(stage.publisher.step().await.unwrap(), Step::Elsewhere);
    dying.abort();
    assert!(dying.await.is_err_and(|error| error.is_cancelled()));

    stage.api.pass(19);
    assert_eq!(stage.publisher.step().await.unwrap(), Step::Elsewhere);
    assert!(stage.stream.accepted().is_empty());
    stage.api.pass(2);
    stage.publish().await;
    let repeated = stage.stream.accepted();
    let repeated: Vec<_> = repeated.iter().map(|event| event.event_id).collect();
    assert_eq!(repeated, *stuck.taken.lock().unwrap());
}

#[actix_web::test]
async fn at_the_same_time_publish_each_event_once_and_in_order() {
    let stage = Stage::start().await;
    let acme = stage.api.organization("acme").await;
    let agent = stage.api.silent_agent(&acme, "a", &["agents:read"]).await;
    change_often(&stage.api, &acme, &agent, 230).await;
    let publishers: Vec<_> = (0..3)
        .map(|_| publisher(&stage.api, stage.stream.clone()))
        .collect();
    join_all(publishers.iter().map(drain)).await;
    let events = stage.stream.accepted();
    let owners: Vec<_> = events
        .iter()
        .filter(|event| event.event_type.as_str() == "agent.updated")
        .map(|event| event.data["owner"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<_> = (0..230).map(|number| format!("team {number}")).collect();
    assert_eq!(owners, expected);
    assert_eq!(*stage.stream.batches.lock().unwrap(), 2);
}
