//! What the use cases of identifiers can fail with.

use crate::error::{AccessError, StoreError};
use crate::token::KeyError;

/// Failure of a use case of identifiers.
#[derive(Debug, thiserror::Error)]
pub enum DidError {
    /// No such agent, or none that may be shown.
    #[error("agent not found")]
    NotFound,
    /// The agent is decommissioned; its identity is no longer active.
    #[error("agent is decommissioned")]
    Decommissioned,
    /// The caller may not see the agent.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A missing key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::error::store_failure!(DidError);
