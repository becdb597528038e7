//! What the use cases of the marketplace can fail with.

use crate::error::StoreError;

/// Failure of a use case of the marketplace.
#[derive(Debug, thiserror::Error)]
pub enum MarketplaceError {
    /// No such agent, or none that is shown.
    #[error("no such public agent")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
