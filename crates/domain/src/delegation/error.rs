//! What the use cases of delegation can fail with.

use crate::delegation::DelegationKeyServiceError;
use crate::error::{AccessError, StoreError};
use crate::scope::ScopeSet;
use crate::token::{JournalError, TokenError};

/// Failure of a use case of delegation.
#[derive(Debug, thiserror::Error)]
pub enum DelegationError {
    /// No such chain, or one of another organization.
    #[error("delegation not found")]
    NotFound,
    /// No such delegatee.
    #[error("delegatee not found")]
    DelegateeNotFound,
    /// The delegatee belongs to another organization.
    #[error("delegatee of another organization")]
    CrossTenant,
    /// An agent cannot delegate to itself.
    #[error("delegation to oneself")]
    ToOneself,
    /// The delegatee is suspended or decommissioned.
    #[error("delegatee is not active")]
    DelegateeNotActive,
    /// More than the caller's token carries, `admin:orgs`, or unknown scopes.
    #[error("scopes beyond those of the delegator")]
    ScopeExceeded {
        /// Wanted names.
        requested: Vec<String>,
        /// What the caller may delegate.
        available: ScopeSet,
    },
    /// The caller may not revoke the chain.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] DelegationKeyServiceError),
    /// The event did not become durable.
    #[error(transparent)]
    Unrecorded(TokenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<JournalError> for DelegationError {
    fn from(error: JournalError) -> Self {
        Self::Unrecorded(error.into())
    }
}
