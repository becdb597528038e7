//! The records of one partition.

use agentidp_domain::outbox::{FailedEvent, PlatformEvent, Published, SinkError};
use async_trait::async_trait;
use rskafka::record::Record;

use crate::record::record_of;

/// Bytes of one request, roughly. Brokers take 1 MiB unless told otherwise.
const REQUEST_LIMIT: usize = 512 * 1024;

/// Why records were not accepted.
#[derive(Debug)]
pub(crate) enum SendError {
    /// They never will be.
    Refused(String),
    /// They may be later, or were already.
    Failed(SinkError),
}

/// Writes records to one partition, all or none.
#[async_trait]
pub(crate) trait Producer: Send + Sync {
    async fn produce(&self, records: Vec<Record>) -> Result<(), SendError>;
}

/// Sends events in their order, as many at once as fit, until the first
/// failure.
pub(crate) async fn send_all(producer: &dyn Producer, events: &[&PlatformEvent]) -> Published {
    let mut published = Published::default();
    let mut rest = events;
    let mut at_once = rest.len();
    while !rest.is_empty() {
        let records = fitting(rest, at_once);
        let (now, later) = rest.split_at(records.len());
        match producer.produce(records).await {
            Ok(()) => {
                published
                    .accepted
                    .extend(now.iter().map(|event| event.event_id));
                rest = later;
            }
            Err(SendError::Refused(reason)) => {
                if let [event] = now {
                    published.refused.push(FailedEvent {
                        event_id: event.event_id,
                        reason,
                    });
                    rest = later;
                    at_once = rest.len();
                    continue;
                }
                // One of several is to blame: smaller requests find it.
                at_once = now.len().div_ceil(2).max(1);
            }
            Err(SendError::Failed(error)) => {
                published.failure = Some(error);
                break;
            }
        }
    }
    published
}

/// Records of the first events that fit into one request, at least one.
fn fitting(events: &[&PlatformEvent], at_once: usize) -> Vec<Record> {
    let mut size = 0_usize;
    let mut records = Vec::new();
    for event in events.iter().take(at_once) {
        let record = record_of(event);
        size = size.saturating_add(record.approximate_size());
        if size > REQUEST_LIMIT && !records.is_empty() {
            break;
        }
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use agentidp_domain::id::{OrganizationId, PlatformEventId};
    use agentidp_domain::outbox::EventType;
    use agentidp_domain::time::Timestamp;
    use serde_json::{Map, json};
    use uuid::Uuid;

    use super::*;

    fn event(number: u128, padding: usize) -> PlatformEvent {
        PlatformEvent {
            event_id: PlatformEventId::new(Uuid::from_u128(number)),
            organization_id: OrganizationId::SYSTEM,
            event_type: EventType::AgentCreated,
            occurred_at: Timestamp::from_unix_millis(0).unwrap(),
            data: Map::from_iter([("padding".to_owned(), json!("x".repeat(padding)))]),
        }
    }

    /// Takes what is small enough, until a request fails.
    struct Broker {
        largest: usize,
        failing: usize,
        requests: Mutex<Vec<usize>>,
    }

    impl Broker {
        fn new(largest: usize, failing: usize) -> Self {
            Self {
                largest,
                failing,
                requests: Mutex::default(),
            }
        }
    }

    #[async_trait]
    impl Producer for Broker {
        async fn produce(&self, records: Vec<Record>) -> Result<(), SendError> {
            let mut requests = self.requests.lock().unwrap();
            requests.push(records.len());
            if requests.len() == self.failing {
                return Err(SendError::Failed(SinkError("gone".to_owned())));
            }
            if records.iter().any(|r| r.approximate_size() > self.largest) {
                return Err(SendError::Refused("too large".to_owned()));
            }
            Ok(())
        }
    }

    async fn send(broker: &Broker, events: &[PlatformEvent]) -> Published {
        send_all(broker, &events.iter().collect::<Vec<_>>()).await
    }

    fn ids(events: &[PlatformEvent]) -> Vec<PlatformEventId> {
        events.iter().map(|event| event.event_id).collect()
    }

    #[tokio::test]
    async fn small_events_go_together() {
        let events: Vec<_> = (0..200).map(|number| event(number, 100)).collect();
        let broker = Broker::new(usize::MAX, 0);
        let published = send(&broker, &events).await;
        assert_eq!(published.accepted, ids(&events));
        assert_eq!(*broker.requests.lock().unwrap(), [200]);
    }

    #[tokio::test]
    async fn large_events_share_no_request() {
        let events: Vec<_> = (0..4).map(|number| event(number, 200 * 1024)).collect();
        let broker = Broker::new(usize::MAX, 0);
        let published = send(&broker, &events).await;
        assert_eq!(published.accepted, ids(&events));
        assert_eq!(*broker.requests.lock().unwrap(), [2, 2]);
    }

    #[tokio::test]
    async fn an_event_that_is_refused_holds_up_no_other() {
        let mut events: Vec<_> = (0..9).map(|number| event(number, 100)).collect();
        events[5] = event(5, 4000);
        let broker = Broker::new(2000, 0);
        let published = send(&broker, &events).await;
        let refused: Vec<_> = published.refused.iter().map(|one| one.event_id).collect();
        assert_eq!(refused, ids(&events[5..6]));
        events.remove(5);
        assert_eq!(published.accepted, ids(&events));
        assert_eq!(published.failure, None);
        // The search is over: what comes after goes together again.
        assert_eq!(*broker.requests.lock().unwrap(), [9, 5, 4, 2, 1, 3]);
    }

    #[tokio::test]
    async fn after_a_failure_nothing_more_is_sent() {
        let events: Vec<_> = (0..6).map(|number| event(number, 200 * 1024)).collect();
        let broker = Broker::new(usize::MAX, 2);
        let published = send(&broker, &events).await;
        assert_eq!(published.accepted, ids(&events[..2]));
        assert!(published.failure.is_some());
        assert_eq!(broker.requests.lock().unwrap().len(), 2);
    }
}
