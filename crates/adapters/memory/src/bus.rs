//! A change bus within one process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agentidp_domain::change::{Change, ChangeBus, ChangeSubscriber};
use async_trait::async_trait;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

const HEARTBEAT: Duration = Duration::from_millis(200);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(1);

/// Connects the replicas of one process: programs that embed the core more
/// than once, and tests.
#[derive(Default)]
pub struct LocalBus {
    receivers: Mutex<Receivers>,
}

#[derive(Default)]
struct Receivers {
    next: u64,
    senders: HashMap<u64, UnboundedSender<Message>>,
}

enum Message {
    Changes(Arc<[Change]>),
    Heartbeat(Instant),
}

impl LocalBus {
    /// A bus without subscribers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn receivers(&self) -> MutexGuard<'_, Receivers> {
        self.receivers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe(&self) -> Subscription<'_> {
        let (sender, messages) = unbounded_channel();
        let mut receivers = self.receivers();
        let id = receivers.next;
        receivers.next += 1;
        receivers.senders.insert(id, sender.clone());
        Subscription {
            bus: self,
            id,
            sender,
            messages,
        }
    }
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBus").finish_non_exhaustive()
    }
}

/// Place of one subscriber on the bus; given up when dropped.
struct Subscription<'a> {
    bus: &'a LocalBus,
    id: u64,
    sender: UnboundedSender<Message>,
    messages: UnboundedReceiver<Message>,
}

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        self.bus.receivers().senders.remove(&self.id);
    }
}

/// Tells the subscriber that its subscription ended, also when the receiving
/// future is dropped.
struct Standing<'a>(&'a dyn ChangeSubscriber);

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.0.lost();
    }
}

impl Subscription<'_> {
    async fn receive(&mut self, subscriber: &dyn ChangeSubscriber) {
        let _standing = Standing(subscriber);
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // The heartbeat queues behind what was published before it.
                _ = heartbeat.tick() => {
                    let _ = self.sender.send(Message::Heartbeat(Instant::now()));
                }
                message = self.messages.recv() => match message {
                    Some(Message::Changes(changes)) => subscriber.received(&changes),
                    Some(Message::Heartbeat(sent_at)) => subscriber.confirmed(sent_at),
                    None => return,
                },
            }
        }
    }
}

#[async_trait]
impl ChangeBus for LocalBus {
    async fn publish(&self, changes: &[Change]) {
        let changes: Arc<[Change]> = changes.into();
        for sender in self.receivers().senders.values() {
            // Fails only for a subscriber that is going away.
            let _ = sender.send(Message::Changes(Arc::clone(&changes)));
        }
    }

    async fn run(&self, subscriber: Arc<dyn ChangeSubscriber>) {
        let mut retry = FIRST_RETRY;
        loop {
            let mut subscription = self.subscribe();
            match subscriber.subscribed().await {
                Ok(()) => {
                    retry = FIRST_RETRY;
                    subscription.receive(&*subscriber).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "catching up with changes failed");
                    drop(subscription);
                    sleep(retry).await;
                    retry = (retry * 2).min(LAST_RETRY);
                }
            }
        }
    }
}
