//! The port to the event stream.

use async_trait::async_trait;

use crate::id::PlatformEventId;
use crate::outbox::{FailedEvent, PlatformEvent};

/// Why events could not be published now; for logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SinkError(pub String);

/// What became of the events of a batch. An event in neither list may have
/// been published or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Published {
    /// Durable at the other side.
    pub accepted: Vec<PlatformEventId>,
    /// Those the other side will never take.
    pub refused: Vec<FailedEvent>,
    /// Why the others are open.
    pub failure: Option<SinkError>,
}

/// Takes events to an event stream.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Publishes events, those of an organization in the order given: none of
    /// them before all earlier ones were accepted or refused. Takes ten
    /// seconds at most; what is open then is a failure.
    async fn publish(&self, events: &[PlatformEvent]) -> Published;

    /// Looks whether the stream can be reached, without changing anything;
    /// says what was found, for the operator.
    async fn reach(&self) -> Result<String, SinkError>;
}
