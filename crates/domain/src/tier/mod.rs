//! Plan tiers: what an organization may do and how much of it is used.

mod model;
mod service;
mod store;

pub use model::TierStatus;
pub use service::TierService;
pub use store::{TierChange, TierStore};
