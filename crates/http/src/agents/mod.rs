//! `/api/v1/agents`: the registry.

mod dto;
mod handlers;

pub use handlers::{decommission, get, list, register, update};
