//! The port to stored subscriptions and events.

use async_trait::async_trait;

use crate::billing::{EventRecord, LastApplied, StripeId, Subscription};
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::time::Timestamp;

/// Subscriptions of organizations and the events that were processed.
#[async_trait]
pub trait BillingStore: Send {
    /// Notes a processed event; `false` when it is noted already. Waits for a
    /// transaction that is about to note the same one.
    async fn record_event(&mut self, event: &EventRecord) -> Result<bool, StoreError>;

    /// What was applied to a subscription, whosever it is.
    async fn last_applied(
        &mut self,
        subscription: &StripeId,
    ) -> Result<Option<LastApplied>, StoreError>;

    /// The organization whose present subscription this is.
    async fn subscriber(
        &mut self,
        subscription: &StripeId,
    ) -> Result<Option<OrganizationId>, StoreError>;

    /// The present subscription of an organization, ended ones included.
    async fn subscription(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Option<Subscription>, StoreError>;

    /// Writes the present subscription of an organization in the place of the
    /// one before; the time of its first recording stays.
    async fn put_subscription(&mut self, subscription: &Subscription) -> Result<(), StoreError>;

    /// Removes at most `limit` events that were processed before a time;
    /// returns how many.
    async fn prune_events(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;
}
