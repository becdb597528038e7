//! The port to the stored queue of the event stream.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::{OrganizationId, PlatformEventId};
use crate::outbox::{EventBatch, FailedEvent, PlatformEvent};
use crate::time::Timestamp;

/// The stored queue of events on their way to the event stream. An event stays
/// in the outbox as long as it is in the queue.
#[async_trait]
pub trait StreamQueue: Send {
    /// Adds events of the outbox at the end.
    async fn enqueue(&mut self, events: &[PlatformEvent]) -> Result<(), StoreError>;

    /// Whether events wait. Locks nothing.
    async fn is_waiting(&mut self) -> Result<bool, StoreError>;

    /// The first events that wait, at most `limit`, in the order in which they
    /// were added, without those of the organizations in `except`. Locks
    /// nothing: whoever works off the queue holds a lease.
    async fn waiting(
        &mut self,
        limit: i64,
        except: &[OrganizationId],
    ) -> Result<EventBatch, StoreError>;

    /// Removes events that were published.
    async fn remove(&mut self, events: &[PlatformEventId]) -> Result<(), StoreError>;

    /// Takes events out of the way; they stay stored, with the reason, until
    /// they expire.
    async fn give_up(&mut self, events: &[FailedEvent], at: Timestamp) -> Result<(), StoreError>;

    /// Removes at most `limit` entries, published or not, of events from
    /// before a time; returns how many.
    async fn expire(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;
}
