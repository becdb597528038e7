//! The public marketplace: agents of all organizations that their owners have
//! marked as public, for everybody to read.

mod error;
mod model;
mod service;
mod store;
mod totals;

pub use error::MarketplaceError;
pub use model::{MarketplaceQuery, PublicAgent, PublicAgentDetail, SearchWords, search_text};
pub use service::MarketplaceService;
pub use store::MarketplaceStore;
