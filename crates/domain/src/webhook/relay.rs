//! From the outbox to deliveries.

use std::collections::HashMap;

use crate::error::StoreError;
use crate::id::{DeliveryId, OrganizationId};
use crate::outbox::{EventBatch, PlatformEvent};
use crate::ports::Ports;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::webhook::{Delivery, Subscription};

/// Events in one transaction at most.
const BATCH: i64 = 200;

/// Turns events into one delivery per subscription that wants them. Any number
/// of replicas may do so at the same time.
#[derive(Clone)]
pub struct Relay {
    ports: Ports,
}

impl Relay {
    /// The relay over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Works off everything that waits; returns the number of events.
    ///
    /// # Errors
    ///
    /// A failing store; what was not done is done next time.
    pub async fn run(&self) -> Result<u64, StoreError> {
        let mut done = 0_u64;
        if !self.is_pending().await? {
            return Ok(done);
        }
        loop {
            let batch = self.batch().await?;
            done = done.saturating_add(count(batch.events.len()));
            if count(batch.len()) < BATCH.unsigned_abs() {
                return Ok(done);
            }
        }
    }

    /// Mostly there is nothing, and finding that out needs no writer: the
    /// embedded store has only one.
    async fn is_pending(&self) -> Result<bool, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let is_pending = work.outbox().is_pending().await?;
        work.commit().await?;
        Ok(is_pending)
    }

    async fn batch(&self) -> Result<EventBatch, StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        let batch = work.outbox().pending(BATCH).await?;
        if !batch.events.is_empty() {
            self.fan_out(work.as_mut(), &batch.events).await?;
        }
        let now = self.ports.now();
        work.outbox().set_aside(&batch.unreadable, now).await?;
        work.commit().await?;
        for failed in &batch.unreadable {
            let (event_id, reason) = (failed.event_id, failed.reason.as_str());
            tracing::error!(%event_id, reason, "an event of the outbox was set aside");
        }
        Ok(batch)
    }

    async fn fan_out(
        &self,
        work: &mut dyn UnitOfWork,
        events: &[PlatformEvent],
    ) -> Result<(), StoreError> {
        let mut organizations: Vec<_> = events.iter().map(|event| event.organization_id).collect();
        organizations.sort_unstable();
        organizations.dedup();
        let subscriptions = by_organization(work.subscriptions().active(&organizations).await?);
        let deliveries = self.deliveries(events, &subscriptions);
        if !deliveries.is_empty() {
            work.deliveries().queue(&deliveries).await?;
        }
        let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
        work.outbox().processed(&ids, self.ports.now()).await
    }

    fn deliveries(
        &self,
        events: &[PlatformEvent],
        subscriptions: &HashMap<OrganizationId, Vec<Subscription>>,
    ) -> Vec<Delivery> {
        let now = self.ports.now();
        let mut deliveries = Vec::new();
        for event in events {
            for subscription in subscriptions
                .get(&event.organization_id)
                .into_iter()
                .flatten()
                .filter(|subscription| subscription.events.as_slice().contains(&event.event_type))
            {
                let id = DeliveryId::new(self.ports.random.uuid());
                let to = subscription.subscription_id;
                deliveries.push(Delivery::new(id, to, event, now));
            }
        }
        deliveries
    }
}

fn count(events: usize) -> u64 {
    u64::try_from(events).unwrap_or(u64::MAX)
}

fn by_organization(subscriptions: Vec<Subscription>) -> HashMap<OrganizationId, Vec<Subscription>> {
    let mut grouped: HashMap<_, Vec<_>> = HashMap::new();
    for subscription in subscriptions {
        grouped
            .entry(subscription.organization_id)
            .or_default()
            .push(subscription);
    }
    grouped
}
