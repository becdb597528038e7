//! Workload identity: trust policies and the exchange of providers' tokens.

mod dto;
mod token_exchange;
mod trust_policies;

pub use token_exchange::exchange;
pub use trust_policies::{create, delete, list};
