//! A replica that writes down what it hears of a bus.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use agentidp_domain::change::{Change, ChangeBus, ChangeSubscriber};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::TokenId;
use async_trait::async_trait;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

#[derive(Debug, PartialEq)]
pub enum Event {
    Subscribed,
    Failed,
    Received(Vec<Change>),
    Confirmed(Instant),
    Lost,
}

struct Recorder {
    events: UnboundedSender<Event>,
    failures_left: AtomicU32,
}

#[async_trait]
impl ChangeSubscriber for Recorder {
    async fn subscribed(&self) -> Result<(), StoreError> {
        let left = &self.failures_left;
        if left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .is_ok()
        {
            self.events.send(Event::Failed).ok();
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        self.events.send(Event::Subscribed).ok();
        Ok(())
    }

    fn received(&self, changes: &[Change]) {
        self.events.send(Event::Received(changes.to_vec())).ok();
    }

    fn confirmed(&self, sent_at: Instant) {
        self.events.send(Event::Confirmed(sent_at)).ok();
    }

    fn lost(&self) {
        self.events.send(Event::Lost).ok();
    }
}

pub struct Replica {
    events: UnboundedReceiver<Event>,
    pub task: JoinHandle<()>,
}

impl Replica {
    /// Runs a subscriber whose first `failures` catch-ups fail.
    pub fn start(bus: Arc<dyn ChangeBus>, failures: u32) -> Self {
        let (sender, events) = unbounded_channel();
        let recorder = Arc::new(Recorder {
            events: sender,
            failures_left: AtomicU32::new(failures),
        });
        let task = tokio::spawn(async move { bus.run(recorder).await });
        Self { events, task }
    }

    pub async fn next(&mut self) -> Event {
        timeout(Duration::from_secs(10), self.events.recv())
            .await
            .expect("nothing happened on the bus")
            .expect("the receiving end is gone")
    }

    pub async fn next_but_confirmed(&mut self) -> Event {
        loop {
            match self.next().await {
                Event::Confirmed(_) => {}
                event => return event,
            }
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Changes that differ from each other.
pub fn changes(count: i64) -> Vec<Change> {
    let change = |number| Change::TokenRevoked {
        token_id: TokenId::new(Default::default()),
        expires_at: number,
    };
    (0..count).map(change).collect()
}
