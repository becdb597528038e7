//! The audit log: append-only, hash-chained, one log per organization.

mod canonical;
mod chain;
mod error;
mod event;
mod export;
mod service;
mod store;
mod totals;
mod verify;

pub use canonical::{Unrepresentable, canonical_form, canonical_json};
pub use chain::{append, leaf_hash};
pub(crate) use chain::{link, lock_and_end_tokens};
pub use error::AuditError;
pub(crate) use event::SESSION_FLAG;
pub use event::{
    Action, AuditRecord, EventSubject, Facts, Metadata, NewAuditEvent, Outcome, StoredEvent,
};
pub use export::Export;
pub use service::{AuditQuery, AuditService, DateRange};
pub use store::{AuditFilter, AuditStore, LogHead, Predicate, RecordPage, Visit, Window};
pub use totals::{Tally, Totals};
pub use verify::{AuditVerifier, Break, Verification};
