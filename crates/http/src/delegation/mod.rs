//! Delegation between agents.

mod dto;
mod handlers;

pub use handlers::{create, revoke, verify};
