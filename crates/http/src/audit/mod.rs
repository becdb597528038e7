//! `/api/v1/audit`: query, one event, verification.

mod dto;
mod handlers;

pub use handlers::{get, query, verify};
