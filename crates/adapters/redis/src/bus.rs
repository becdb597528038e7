//! The bus between replicas: Redis publish/subscribe.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agentidp_domain::change::{Change, ChangeBus, ChangeSubscriber};
use agentidp_domain::error::StoreError;
use async_trait::async_trait;
use deadpool_redis::redis::aio::{MultiplexedConnection, PubSubStream};
use deadpool_redis::redis::cmd;
use futures_util::StreamExt;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout_at};
use uuid::Uuid;

use crate::client::Redis;
use crate::error::RedisError;
use crate::message::Message;

const PREFIX: &str = "agentidp";
/// What a request waits for the publication of its changes at most.
const PUBLISH_PATIENCE: Duration = Duration::from_millis(250);
const HEARTBEAT: Duration = Duration::from_millis(200);
/// Without an own heartbeat for so long the connection is given up.
const SILENCE: Duration = Duration::from_secs(1);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// Sends changes to all replicas and receives theirs.
pub struct RedisBus {
    redis: Redis,
    channel: String,
    replica: Uuid,
    next_nonce: AtomicU64,
    cut_off: AtomicBool,
    publishing_fails: AtomicBool,
}

/// Why a subscription ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("{0}")]
    Redis(#[from] RedisError),
    #[error("catching up with changes failed: {0}")]
    CatchUp(#[from] StoreError),
    #[error("the connection was closed")]
    Closed,
    #[error("own heartbeats do not come back")]
    Silent,
    #[error("a message cannot be read")]
    Unreadable,
}

impl RedisBus {
    /// The channel `agentidp:changes`.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self::with_prefix(redis, PREFIX)
    }

    /// The channel `<prefix>:changes`, for installations that share a server.
    #[must_use]
    pub fn with_prefix(redis: Redis, prefix: &str) -> Self {
        Self {
            redis,
            channel: format!("{prefix}:changes"),
            replica: Uuid::new_v4(),
            next_nonce: AtomicU64::new(0),
            cut_off: AtomicBool::new(false),
            publishing_fails: AtomicBool::new(false),
        }
    }

    /// Connects and receives until that breaks.
    async fn session(&self, subscriber: &dyn ChangeSubscriber) -> Result<Infallible, End> {
        let messages = self.redis.subscribe(&self.channel).await?;
        let heart = self.redis.connect().await?;
        // What arrives meanwhile waits in `messages`.
        subscriber.subscribed().await?;
        let _standing = Standing(subscriber);
        let under_way = UnderWay::default();
        tokio::select! {
            end = self.beat(heart, &under_way) => end,
            end = self.receive(messages, subscriber, &under_way) => end,
        }
    }

    /// Publishes a heartbeat every 200 ms, on a connection that nobody else
    /// can keep busy.
    async fn beat(
        &self,
        mut connection: MultiplexedConnection,
        under_way: &UnderWay,
    ) -> Result<Infallible, End> {
        let mut tick = interval(HEARTBEAT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let nonce = self.next_nonce.fetch_add(1, Ordering::Relaxed);
            let message = encode(&Message::Heartbeat {
                replica: self.replica,
                nonce,
            })?;
            let mut publish = cmd("PUBLISH");
            publish.arg(&self.channel).arg(message);
            under_way.sent(nonce);
            self.redis
                .query_on::<()>(&mut connection, "PUBLISH", &publish)
                .await?;
        }
    }

    /// Handles messages strictly in their order.
    async fn receive(
        &self,
        mut messages: PubSubStream,
        subscriber: &dyn ChangeSubscriber,
        under_way: &UnderWay,
    ) -> Result<Infallible, End> {
        let mut deadline = Instant::now() + SILENCE;
        loop {
            let message = timeout_at(deadline, messages.next())
                .await
                .map_err(|_| End::Silent)?
                .ok_or(End::Closed)?;
            if self.handle(message.get_payload_bytes(), subscriber, under_way)? {
                deadline = Instant::now() + SILENCE;
            }
        }
    }

    /// Hands a message on; says whether it was an own heartbeat.
    fn handle(
        &self,
        payload: &[u8],
        subscriber: &dyn ChangeSubscriber,
        under_way: &UnderWay,
    ) -> Result<bool, End> {
        // What cannot be read is perhaps a change of a kind that only a newer
        // version knows: subscribing again catches up from the store.
        match serde_json::from_slice(payload).map_err(|_| End::Unreadable)? {
            Message::Changes(changes) => subscriber.received(&changes),
            Message::Heartbeat { replica, nonce } if replica == self.replica => {
                if let Some(sent_at) = under_way.came_back(nonce) {
                    subscriber.confirmed(sent_at);
                    self.connected();
                    return Ok(true);
                }
            }
            Message::Heartbeat { .. } => {}
        }
        Ok(false)
    }

    fn connected(&self) {
        if self.cut_off.swap(false, Ordering::Relaxed) {
            tracing::info!("the bus between replicas works again");
        }
    }
}

#[async_trait]
impl ChangeBus for RedisBus {
    async fn publish(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let result = match encode(&Message::Changes(Cow::Borrowed(changes))) {
            Ok(message) => {
                let mut publish = cmd("PUBLISH");
                publish.arg(&self.channel).arg(message);
                let deadline = Instant::now() + PUBLISH_PATIENCE;
                self.redis.query::<()>("PUBLISH", &publish, deadline).await
            }
            Err(error) => Err(error),
        };
        let failed_before = self
            .publishing_fails
            .swap(result.is_err(), Ordering::Relaxed);
        match result {
            Err(error) if !failed_before => {
                tracing::warn!(%error, "changes reach other replicas through the store only");
            }
            Err(_) => {}
            Ok(()) if failed_before => tracing::info!("changes are published again"),
            Ok(()) => {}
        }
    }

    async fn run(&self, subscriber: Arc<dyn ChangeSubscriber>) {
        let mut retry = FIRST_RETRY;
        loop {
            let Err(end) = self.session(&*subscriber).await;
            if !self.cut_off.swap(true, Ordering::Relaxed) {
                tracing::warn!(reason = %end, "the bus between replicas broke; connecting again");
                retry = FIRST_RETRY;
            }
            sleep(retry).await;
            retry = (retry * 2).min(LAST_RETRY);
        }
    }
}

impl fmt::Debug for RedisBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBus")
            .field("channel", &self.channel)
            .field("replica", &self.replica)
            .finish_non_exhaustive()
    }
}

fn encode(message: &Message<'_>) -> Result<String, RedisError> {
    serde_json::to_string(message).map_err(|error| RedisError::Failed(error.to_string()))
}

/// Tells the subscriber that its subscription ended, also when the receiving
/// future is dropped.
struct Standing<'a>(&'a dyn ChangeSubscriber);

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.0.lost();
    }
}

/// Heartbeats of this subscription that have not come back yet.
#[derive(Default)]
struct UnderWay(Mutex<VecDeque<(u64, Instant)>>);

impl UnderWay {
    /// Notes a heartbeat that is about to be sent.
    fn sent(&self, nonce: u64) {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.push_back((nonce, Instant::now()));
    }

    /// When the heartbeat was sent; forgets it and those before it.
    fn came_back(&self, nonce: u64) -> Option<Instant> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = under_way.iter().position(|(sent, _)| *sent == nonce)?;
        under_way
            .drain(..=index)
            .next_back()
            .map(|(_, sent_at)| sent_at)
    }
}

#[cfg(test)]
mod tests {
    use agentidp_domain::metrics::NoMetrics;
    use secrecy::SecretString;

    use super::*;

    #[derive(Default)]
    struct Confirmations(Mutex<Vec<Instant>>);

    #[async_trait]
    impl ChangeSubscriber for Confirmations {
        async fn subscribed(&self) -> Result<(), StoreError> {
            Ok(())
        }

        fn received(&self, _changes: &[Change]) {}

        fn confirmed(&self, sent_at: Instant) {
            self.0.lock().unwrap().push(sent_at);
        }

        fn lost(&self) {}
    }

    #[test]
    fn only_own_heartbeats_that_are_under_way_confirm() {
        let url = SecretString::from("redis://localhost/");
        let bus = RedisBus::new(Redis::new(url, Arc::new(NoMetrics)).unwrap());
        let under_way = UnderWay::default();
        let confirmations = Confirmations::default();
        let handle = |replica, nonce| {
            let heartbeat = encode(&Message::Heartbeat { replica, nonce }).unwrap();
            bus.handle(heartbeat.as_bytes(), &confirmations, &under_way)
                .unwrap()
        };
        under_way.sent(5);
        assert!(!handle(Uuid::new_v4(), 5));
        assert!(!handle(bus.replica, 4));
        assert!(confirmations.0.lock().unwrap().is_empty());
        assert!(handle(bus.replica, 5));
        assert!(!handle(bus.replica, 5));
        assert_eq!(confirmations.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_heartbeat_comes_back_once_with_the_time_it_was_sent() {
        let under_way = UnderWay::default();
        let before = Instant::now();
        under_way.sent(5);
        let between = Instant::now();
        under_way.sent(6);
        assert_eq!(under_way.came_back(4), None);
        let sent_at = under_way.came_back(5).unwrap();
        assert!(before <= sent_at && sent_at <= between);
        assert_eq!(under_way.came_back(5), None);
        assert!(under_way.came_back(6).unwrap() >= between);
    }

    #[test]
    fn a_later_heartbeat_settles_the_earlier_ones() {
        let under_way = UnderWay::default();
        under_way.sent(1);
        under_way.sent(2);
        assert!(under_way.came_back(2).is_some());
        assert_eq!(under_way.came_back(1), None);
    }
}
