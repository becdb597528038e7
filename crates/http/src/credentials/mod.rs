//! `/api/v1/agents/{agentId}/credentials`.

mod dto;
mod handlers;

pub use handlers::{generate, list, revoke, rotate};
