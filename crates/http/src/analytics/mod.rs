//! `/api/v1/analytics`: trends of an organization's usage.

mod dto;
mod handlers;

pub use dto::trend_days;
pub use handlers::{activity, agents, tokens};
