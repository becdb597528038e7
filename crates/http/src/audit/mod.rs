//! `/api/v1/audit`: query, one event, verification.

mod dto;
mod handlers;

pub use dto::AuditEventBody;
pub use handlers::{get, query, verify};
