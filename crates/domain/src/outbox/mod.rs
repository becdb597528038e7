//! Platform events and the transactional outbox they leave through.
//!
//! An event is written in the transaction of the change it tells of, so that
//! none is lost and none tells of something that did not happen. Everything
//! behind the outbox runs in the background.

mod emit;
mod event;
mod store;

pub(crate) use emit::emit;
pub use event::{EventType, PlatformEvent};
pub use store::{EventBatch, FailedEvent, OutboxStore};
