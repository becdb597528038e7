//! A connection to a cluster.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use agentidp_domain::outbox::{PlatformEvent, Published, SinkError};
use async_trait::async_trait;
use futures_util::future::join_all;
use rskafka::BackoffConfig;
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use rskafka::record::Record;
use tokio::time::{Instant, timeout_at};

use crate::batch::{Producer, SendError, send_all};
use crate::partitioner::partition_for;
use crate::record::key_of;

/// Where events go.
#[derive(Clone, Debug)]
pub struct KafkaSettings {
    /// Brokers to ask first, `host:port`.
    pub brokers: Vec<String>,
    /// Topic.
    pub topic: String,
    /// Client id, for logs and quotas of the brokers.
    pub client_id: String,
}

/// The client by itself would try for ever.
const RETRIES: BackoffConfig = BackoffConfig {
    init_backoff: Duration::from_millis(100),
    max_backoff: Duration::from_secs(1),
    base: 2.0,
    deadline: Some(Duration::from_secs(3)),
};

/// Frames that brokers may send at most, in bytes: lists of all topics.
const FRAME_LIMIT: usize = 16 * 1024 * 1024;

fn failed(error: impl std::fmt::Display) -> SinkError {
    SinkError(error.to_string())
}

/// A client of the cluster.
pub(crate) async fn connect(settings: &KafkaSettings) -> Result<Client, SinkError> {
    ClientBuilder::new(settings.brokers.clone())
        .client_id(settings.client_id.as_str())
        .max_message_size(FRAME_LIMIT)
        .backoff_config(RETRIES)
        .build()
        .await
        .map_err(failed)
}

/// The partitions of a topic, in their order; none when it does not exist.
pub(crate) async fn partitions(client: &Client, topic: &str) -> Result<Vec<i32>, SinkError> {
    let topics = client.list_topics().await.map_err(failed)?;
    let found = topics.into_iter().find(|found| found.name == topic);
    Ok(found.map_or_else(Vec::new, |found| found.partitions.into_iter().collect()))
}

/// A client and the partitions of its topic.
pub(crate) struct Connection {
    client: Client,
    topic: String,
    partitions: Vec<i32>,
    /// Connections to the leaders of partitions that were in use.
    open: HashMap<i32, PartitionClient>,
}

impl Connection {
    /// Connects, and has the topic made if there is none and the brokers make
    /// topics by themselves.
    pub(crate) async fn open(settings: &KafkaSettings) -> Result<Self, SinkError> {
        let client = connect(settings).await?;
        let topic = settings.topic.clone();
        let mut found = partitions(&client, &topic).await?;
        if found.is_empty() {
            // Asking for it makes it, a moment later.
            client
                .partition_client(topic.as_str(), 0, UnknownTopicHandling::Retry)
                .await
                .map_err(failed)?;
            found = partitions(&client, &topic).await?;
        }
        Ok(Self {
            client,
            topic,
            partitions: found,
            open: HashMap::new(),
        })
    }

    /// Publishes events. A partition that fails does not hold up the others,
    /// and is connected to anew the next time.
    pub(crate) async fn publish(
        &mut self,
        events: &[PlatformEvent],
        deadline: Instant,
    ) -> Published {
        let mut published = Published::default();
        let mut parts: BTreeMap<i32, Vec<&PlatformEvent>> = BTreeMap::new();
        for event in events {
            match self.partition_of(event) {
                Some(partition) => parts.entry(partition).or_default().push(event),
                None => published.failure = Some(failed("the topic has no partitions")),
            }
        }
        if let Err(error) = self.open_all(parts.keys().copied(), deadline).await {
            published.failure = Some(error);
        }
        let mut sends = Vec::new();
        for (partition, events) in &parts {
            if let Some(client) = self.open.get(partition) {
                let leader = Leader { client, deadline };
                sends.push(async move { (*partition, send_all(&leader, events).await) });
            }
        }
        let sent = join_all(sends).await;
        for (partition, part) in sent {
            if part.failure.is_some() {
                // Its leader may be another one by now.
                self.open.remove(&partition);
            }
            published.accepted.extend(part.accepted);
            published.refused.extend(part.refused);
            published.failure = published.failure.or(part.failure);
        }
        published
    }

    fn partition_of(&self, event: &PlatformEvent) -> Option<i32> {
        let index = partition_for(&key_of(event), self.partitions.len())?;
        self.partitions.get(index).copied()
    }

    /// Connects to the leaders of these partitions, as far as it goes.
    async fn open_all(
        &mut self,
        wanted: impl Iterator<Item = i32>,
        deadline: Instant,
    ) -> Result<(), SinkError> {
        let missing: Vec<i32> = wanted
            .filter(|partition| !self.open.contains_key(partition))
            .collect();
        let mut opening = Vec::new();
        for partition in &missing {
            let (topic, handling) = (self.topic.as_str(), UnknownTopicHandling::Error);
            let leader = self.client.partition_client(topic, *partition, handling);
            opening.push(timeout_at(deadline, leader));
        }
        let opened = join_all(opening).await;
        let mut outcome = Ok(());
        for (partition, opened) in missing.into_iter().zip(opened) {
            match opened {
                Ok(Ok(client)) => {
                    self.open.insert(partition, client);
                }
                Ok(Err(error)) => outcome = Err(failed(error)),
                Err(late) => outcome = Err(failed(late)),
            }
        }
        outcome
    }
}

/// The leader of a partition, until a time.
struct Leader<'a> {
    client: &'a PartitionClient,
    deadline: Instant,
}

#[async_trait]
impl Producer for Leader<'_> {
    async fn produce(&self, records: Vec<Record>) -> Result<(), SendError> {
        let sent = self.client.produce(records, Compression::NoCompression);
        match timeout_at(self.deadline, sent).await {
            Ok(Ok(_offsets)) => Ok(()),
            Ok(Err(error)) => Err(send_error(&error)),
            Err(late) => Err(SendError::Failed(failed(late))),
        }
    }
}

fn send_error(error: &Error) -> SendError {
    match error {
        Error::ServerError {
            protocol_error:
                ProtocolError::MessageTooLarge
                | ProtocolError::RecordListTooLarge
                | ProtocolError::InvalidRecord
                | ProtocolError::InvalidTimestamp,
            ..
        } => SendError::Refused(error.to_string()),
        _ => SendError::Failed(failed(error)),
    }
}
