//! `/api/v1/tiers`: the plan of an organization.

mod dto;
mod handlers;

pub use handlers::{status, upgrade};
