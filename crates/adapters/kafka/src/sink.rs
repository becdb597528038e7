//! The event stream behind the port.

use std::time::Duration;

use agentidp_domain::outbox::{EventSink, PlatformEvent, Published, SinkError};
use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use crate::connection::{Connection, KafkaSettings, connect, partitions};

/// Bound of a batch, and of a look whether there is anybody.
const PATIENCE: Duration = Duration::from_secs(10);

/// Publishes to a topic. Connects at the first event, and anew after a
/// failure: of the partitions that failed, or of all when nothing was accepted.
pub struct KafkaSink {
    settings: KafkaSettings,
    connection: Mutex<Option<Connection>>,
}

impl KafkaSink {
    /// A sink with these settings; nothing is connected yet.
    #[must_use]
    pub fn new(settings: KafkaSettings) -> Self {
        Self {
            settings,
            connection: Mutex::new(None),
        }
    }

    async fn look(&self) -> Result<String, SinkError> {
        let client = connect(&self.settings).await?;
        let topic = &self.settings.topic;
        let count = partitions(&client, topic).await?.len();
        Ok(match count {
            0 => format!("answers; topic {topic} does not exist yet"),
            _ => format!("answers; topic {topic} has {count} partitions"),
        })
    }
}

fn late<E>(_: E) -> SinkError {
    SinkError("the brokers do not answer in time".to_owned())
}

#[async_trait]
impl EventSink for KafkaSink {
    async fn publish(&self, events: &[PlatformEvent]) -> Published {
        let deadline = Instant::now() + PATIENCE;
        let mut slot = self.connection.lock().await;
        // Taken out: only a connection that did some work is used again.
        let connection = match slot.take() {
            Some(connection) => Ok(connection),
            None => timeout_at(deadline, Connection::open(&self.settings))
                .await
                .unwrap_or_else(|elapsed| Err(late(elapsed))),
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(error) => {
                return Published {
                    failure: Some(error),
                    ..Published::default()
                };
            }
        };
        let published = connection.publish(events, deadline).await;
        if published.failure.is_none() || !published.accepted.is_empty() {
            *slot = Some(connection);
        }
        published
    }

    async fn reach(&self) -> Result<String, SinkError> {
        let deadline = Instant::now() + PATIENCE;
        timeout_at(deadline, self.look()).await.map_err(late)?
    }
}

#[cfg(test)]
mod tests {
    use agentidp_domain::id::{OrganizationId, PlatformEventId};
    use agentidp_domain::outbox::EventType;
    use agentidp_domain::time::Timestamp;
    use serde_json::Map;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn without_brokers_everything_stays_open() {
        // Bound and not listened on: nobody else gets it meanwhile.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let sink = KafkaSink::new(KafkaSettings {
            brokers: vec![socket.local_addr().unwrap().to_string()],
            topic: "t".to_owned(),
            client_id: "c".to_owned(),
        });
        let event = PlatformEvent {
            event_id: PlatformEventId::new(Uuid::nil()),
            organization_id: OrganizationId::SYSTEM,
            event_type: EventType::TokenIssued,
            occurred_at: Timestamp::from_unix_millis(0).unwrap(),
            data: Map::new(),
        };
        let events = [event];
        let (published, reached) = tokio::join!(sink.publish(&events), sink.reach());
        assert!(published.accepted.is_empty() && published.refused.is_empty());
        assert!(published.failure.is_some());
        assert!(reached.is_err());
    }
}
