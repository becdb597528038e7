//! `/api/v1/billing`: what an organization uses.

mod dto;
mod handlers;

pub use handlers::usage;
