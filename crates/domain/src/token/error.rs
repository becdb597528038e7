//! What the OAuth 2.0 use cases can fail with.

use crate::credential::VerifierBusy;
use crate::error::StoreError;
use crate::limit::Reading;
use crate::organization::PlanTier;
use crate::scope::ScopeSet;
use crate::token::{JournalError, SignError};

/// Failure of a token request, an introspection or a revocation.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Unknown client, wrong, revoked or expired secret, or none at all.
    #[error("client authentication failed")]
    InvalidClient,
    /// Too many failed authentications of this address or client.
    #[error("too many failed authentications")]
    TooManyFailures(Reading),
    /// A requested scope is not in the grant.
    #[error("scope is not granted")]
    ScopeNotGranted(ScopeSet),
    /// The client proved itself, but the agent is suspended.
    #[error("agent is suspended")]
    AgentSuspended,
    /// The client proved itself, but the agent is decommissioned.
    #[error("agent is decommissioned")]
    AgentDecommissioned,
    /// The client proved itself, but its organization is not active.
    #[error("organization is not active")]
    OrganizationInactive,
    /// The monthly budget of the organization is used up.
    #[error("monthly token limit reached")]
    LimitReached {
        /// Plan of the organization.
        tier: PlanTier,
        /// Effective limit.
        limit: u32,
        /// Tokens issued this month.
        current: i64,
    },
    /// The token belongs to another agent.
    #[error("token of another agent")]
    NotOwner,
    /// The caller's token lacks `tokens:read`, and the token is not its own.
    #[error("scope tokens:read is missing")]
    MissingScope,
    /// Too much work is waiting; try again later.
    #[error("overloaded")]
    Busy,
    /// The signature could not be made.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VerifierBusy> for TokenError {
    fn from(_: VerifierBusy) -> Self {
        Self::Busy
    }
}

impl From<JournalError> for TokenError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Full | JournalError::Closed => Self::Busy,
            JournalError::Store { unavailable, cause } => Self::Store(if unavailable {
                StoreError::Unavailable(cause)
            } else {
                StoreError::Backend(cause)
            }),
        }
    }
}
