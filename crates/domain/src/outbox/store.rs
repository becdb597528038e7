//! The port to the stored outbox.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::{OrganizationId, PlatformEventId};
use crate::outbox::{EventType, PlatformEvent};
use crate::time::Timestamp;

/// Events as they are stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventBatch {
    /// Those that can be read, in their order.
    pub events: Vec<PlatformEvent>,
    /// Those that cannot.
    pub unreadable: Vec<FailedEvent>,
}

impl EventBatch {
    /// Number of stored events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len().saturating_add(self.unreadable.len())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A stored event that nothing can be done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedEvent {
    /// Id of the event.
    pub event_id: PlatformEventId,
    /// What is wrong with it, for the operator.
    pub reason: String,
}

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

    /// Whether there are events that were neither processed nor set aside.
    /// Locks nothing.
    async fn is_pending(&mut self) -> Result<bool, StoreError>;

    /// The oldest events that were neither processed nor set aside, at most
    /// `limit`, locked until the end of the transaction. Events that somebody
    /// else has locked are left out.
    async fn pending(&mut self, limit: i64) -> Result<EventBatch, StoreError>;

    /// Takes events out of the way for good; they stay stored, with the reason.
    async fn set_aside(&mut self, events: &[FailedEvent], at: Timestamp) -> Result<(), StoreError>;

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
