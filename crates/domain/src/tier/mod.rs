//! Plan tiers: what an organization may do and how much of it is used.

mod model;
mod service;

pub use model::TierStatus;
pub use service::TierService;
