//! Sends what is due.
//!
//! Every subscription has a lane of its own, so that a slow receiver holds up
//! nobody else. A lane claims a few deliveries, sends them and ends; whatever
//! it leaves behind, also in a crash, is due again when the claim runs out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};
use tokio::time::sleep;

use crate::error::StoreError;
use crate::id::SubscriptionId;
use crate::outbound::FetchError;
use crate::ports::Ports;
use crate::unit_of_work::Scope;
use crate::vault::VaultError;
use crate::webhook::{
    Backoff, DeliveryStatus, DueDelivery, SigningSecret, WebhookRequest, WebhookSender,
    WebhookTargets,
};

/// How long a claim holds. Longer than a lane takes at worst.
const LEASE: Duration = Duration::from_secs(60);

/// Deliveries a lane claims at once.
const PER_LANE: i64 = 16;

/// Requests of one lane at the same time.
const AT_ONCE: usize = 4;

/// Lanes at the same time.
const LANES: usize = 64;

/// How often new work is looked for.
const PERIOD: Duration = Duration::from_millis(200);

/// Longest pause while the store fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Sends deliveries. Any number of replicas may do so at the same time.
#[derive(Clone)]
pub struct DeliveryWorker {
    ports: Ports,
    sender: Arc<dyn WebhookSender>,
    targets: WebhookTargets,
    backoff: Backoff,
    dead_letters: Arc<Notify>,
}

impl DeliveryWorker {
    /// A worker that sends with `sender`.
    #[must_use]
    pub fn new(
        ports: Ports,
        sender: Arc<dyn WebhookSender>,
        targets: WebhookTargets,
        backoff: Backoff,
    ) -> Self {
        Self {
            ports,
            sender,
            targets,
            backoff,
            dead_letters: Arc::new(Notify::new()),
        }
    }

    /// Woken after a delivery became a dead letter; several may have when the
    /// sleeper looks.
    #[must_use]
    pub fn dead_letters(&self) -> Arc<Notify> {
        Arc::clone(&self.dead_letters)
    }

    /// Works until the future is dropped; requests under way end with it and
    /// are repeated later.
    pub async fn run(&self) {
        let mut lanes = Lanes::default();
        let mut pause = PERIOD;
        loop {
            let more = match self.open_lanes(&mut lanes).await {
                Ok(more) => {
                    pause = PERIOD;
                    more
                }
                Err(error) => {
                    tracing::warn!(%error, "due webhook deliveries cannot be read");
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    false
                }
            };
            // With lanes to spare there is more to open at once.
            if more && lanes.have_room() {
                continue;
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = lanes.one_ended() => {}
            }
        }
    }

    /// Works off everything that is due now, with the waiting this takes.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn drain(&self) -> Result<(), StoreError> {
        let mut lanes = Lanes::default();
        loop {
            let more = self.open_lanes(&mut lanes).await?;
            if !lanes.tasks.is_empty() {
                lanes.one_ended().await;
            } else if !more {
                return Ok(());
            }
        }
    }

    /// Opens lanes for subscriptions with something due; whether there may be
    /// more of them.
    async fn open_lanes(&self, lanes: &mut Lanes) -> Result<bool, StoreError> {
        let page = i64::try_from(LANES).unwrap_or(i64::MAX);
        let mut work = self.ports.read(Scope::System).await?;
        let now = self.ports.now();
        let due = work
            .deliveries()
            .due_subscriptions(lanes.cursor, now, page)
            .await?;
        work.commit().await?;
        // Round and round, so that everybody has a turn.
        let whole = i64::try_from(due.len()).is_ok_and(|count| count == page);
        lanes.cursor = due.last().copied().filter(|_| whole);
        for subscription in due {
            if !lanes.have_room() {
                break;
            }
            if !lanes.is_open(subscription) {
                lanes.open(subscription, self.clone().lane(subscription));
            }
        }
        Ok(whole)
    }

    async fn lane(self, subscription: SubscriptionId) {
        let claimed = match self.claim(subscription).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, %subscription, "webhook deliveries cannot be claimed");
                return;
            }
        };
        let Some(first) = claimed.first() else {
            return;
        };
        match self.ports.secrets.get(&first.secret).await {
            Ok(secret) => {
                stream::iter(claimed)
                    .for_each_concurrent(AT_ONCE, |due| self.deliver(due, &secret))
                    .await;
            }
            Err(error) => {
                tracing::warn!(%error, %subscription, "the secret of a webhook cannot be read");
                // A secret that is gone ends like a receiver that is; while
                // Vault is away there is no attempt, and the claim runs out.
                if matches!(error, VaultError::Failed(_)) {
                    for due in claimed {
                        self.settle_logged(due, None).await;
                    }
                }
            }
        }
    }

    async fn claim(&self, subscription: SubscriptionId) -> Result<Vec<DueDelivery>, StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        let now = self.ports.now();
        let until = now.plus(LEASE);
        let claimed = work
            .deliveries()
            .claim(subscription, now, until, PER_LANE)
            .await?;
        work.commit().await?;
        Ok(claimed)
    }

    async fn deliver(&self, due: DueDelivery, secret: &SigningSecret) {
        let id = due.delivery.delivery_id;
        self.ports.metrics.webhooks_watched(due.organization_id);
        let answer = self.attempt(&due, secret).await;
        let status = match &answer {
            Ok(status) => Some(*status),
            Err(error) => {
                let subscription_id = due.delivery.subscription_id;
                tracing::info!(%error, delivery_id = %id, %subscription_id, "no answer from a webhook receiver");
                None
            }
        };
        self.settle_logged(due, status).await;
    }

    async fn settle_logged(&self, due: DueDelivery, status: Option<u16>) {
        let id = due.delivery.delivery_id;
        if let Err(error) = self.settle(due, status).await {
            // Sent again when the claim runs out.
            tracing::warn!(%error, delivery_id = %id, "the outcome of a webhook delivery was lost");
        }
    }

    async fn attempt(&self, due: &DueDelivery, secret: &SigningSecret) -> Result<u16, FetchError> {
        let url = self
            .targets
            .read(&due.url)
            .map_err(|_| FetchError::ForbiddenAddress)?;
        let body = due.delivery.payload.to_string().into_bytes();
        let at = self.ports.now().unix_seconds();
        let request = WebhookRequest {
            signature: secret.signature(at, &body),
            event: due.delivery.event_type.as_str(),
            delivery: due.delivery.delivery_id.to_string(),
            body,
        };
        self.sender.post(&url, request).await
    }

    async fn settle(&self, due: DueDelivery, status: Option<u16>) -> Result<(), StoreError> {
        let mut delivery = due.delivery;
        let attempt = delivery.attempt_count.saturating_add(1);
        let wait = self.backoff.wait_after(attempt, self.ports.random.as_ref());
        delivery.attempted(status, wait, self.ports.now());
        let mut work = self.ports.write(Scope::System).await?;
        let settled = work
            .deliveries()
            .settle(&delivery, due.lease_expires_at)
            .await?;
        work.commit().await?;
        if settled && delivery.status == DeliveryStatus::DeadLetter {
            self.ports.metrics.webhook_dead_letter(due.organization_id);
            self.dead_letters.notify_one();
            tracing::warn!(
                delivery_id = %delivery.delivery_id,
                subscription_id = %delivery.subscription_id,
                organization_id = %due.organization_id,
                attempts = attempt,
                "webhook delivery is a dead letter"
            );
        }
        Ok(())
    }
}

/// The lanes that are open.
#[derive(Default)]
struct Lanes {
    tasks: JoinSet<()>,
    /// Whose lane a task is.
    busy: HashMap<Id, SubscriptionId>,
    cursor: Option<SubscriptionId>,
}

impl Lanes {
    fn have_room(&self) -> bool {
        self.tasks.len() < LANES
    }

    fn is_open(&self, subscription: SubscriptionId) -> bool {
        self.busy.values().any(|busy| *busy == subscription)
    }

    fn open(
        &mut self,
        subscription: SubscriptionId,
        lane: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(lane).id();
        self.busy.insert(task, subscription);
    }

    /// Waits for the next lane to end, in whatever way; for ever when there is
    /// none.
    async fn one_ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((task, ()))) => {
                self.busy.remove(&task);
            }
            Some(Err(error)) => {
                let subscription = self.busy.remove(&error.id());
                tracing::error!(%error, ?subscription, "a lane of webhook deliveries ended abnormally");
            }
            None => std::future::pending().await,
        }
    }
}
