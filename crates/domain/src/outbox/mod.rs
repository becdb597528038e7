//! Platform events and the transactional outbox they leave through.
//!
//! An event is written in the transaction of the change it tells of, so that
//! none is lost and none tells of something that did not happen. Everything
//! behind the outbox runs in the background: the fan-out to webhooks
//! ([`crate::webhook::Relay`]) and, if there is an event stream, the
//! [`EventPublisher`]. Neither waits for the other.

mod emit;
mod event;
mod publisher;
mod sink;
mod store;
mod stream;

pub(crate) use emit::{Wanted, emit, write};
pub use event::{EventType, PlatformEvent};
pub use publisher::{EventPublisher, PublishError, Step};
pub use sink::{EventSink, Published, SinkError};
pub use store::{EventBatch, FailedEvent, OutboxStore};
pub use stream::StreamQueue;
