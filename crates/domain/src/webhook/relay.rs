//! From the outbox to deliveries.

use std::collections::HashMap;

use crate::error::StoreError;
use crate::id::{DeliveryId, OrganizationId};
use crate::outbox::PlatformEvent;
use crate::ports::Ports;
use crate::unit_of_work::Scope;
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
        loop {
            let batch = self.batch().await?;
            done = done.saturating_add(batch);
            if batch < BATCH.unsigned_abs() {
                return Ok(done);
            }
        }
    }

    async fn batch(&self) -> Result<u64, StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        let events = work.outbox().pending(BATCH).await?;
        if events.is_empty() {
            work.commit().await?;
            return Ok(0);
        }
        let mut organizations: Vec<_> = events.iter().map(|event| event.organization_id).collect();
        organizations.sort_unstable();
        organizations.dedup();
        let subscriptions = by_organization(work.subscriptions().active(&organizations).await?);
        let deliveries = self.deliveries(&events, &subscriptions);
        if !deliveries.is_empty() {
            work.deliveries().queue(&deliveries).await?;
        }
        let ids: Vec<_> = events.iter().map(|event| event.event_id).collect();
        work.outbox().processed(&ids, self.ports.now()).await?;
        work.commit().await?;
        Ok(u64::try_from(events.len()).unwrap_or(u64::MAX))
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
