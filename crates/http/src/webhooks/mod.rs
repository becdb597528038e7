//! `/api/v1/webhooks`: endpoints that want to hear of events, and what was
//! sent to them.

mod dto;
mod handlers;
mod vocabulary;

pub use handlers::{create, delete, deliveries, get, list, update};
