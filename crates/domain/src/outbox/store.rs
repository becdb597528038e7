//! The port to the stored outbox.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::{OrganizationId, PlatformEventId};
use crate::outbox::{EventType, PlatformEvent};
use crate::time::Timestamp;

/// The stored outbox.
#[async_trait]
pub trait OutboxStore: Send {
    /// What somebody who is active has subscribed to, of these organizations.
    async fn wanted(
        &mut self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, EventType)>, StoreError>;

    /// Adds events.
    async fn add(&mut self, events: &[PlatformEvent]) -> Result<(), StoreError>;

    /// The oldest events that were not processed, at most `limit`, locked
    /// until the end of the transaction. Events that somebody else has locked
    /// are left out.
    async fn pending(&mut self, limit: i64) -> Result<Vec<PlatformEvent>, StoreError>;

    /// Notes that these events were processed.
    async fn processed(
        &mut self,
        events: &[PlatformEventId],
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes at most `limit` events that were processed before a time;
    /// returns how many.
    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;
}
