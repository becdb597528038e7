//! What the use cases of federation can fail with.

use crate::error::StoreError;
use crate::foreign::KeysUnreachable;
use crate::token::{JournalError, TokenError};

/// Failure of the administration of partners.
#[derive(Debug, thiserror::Error)]
pub enum FederationError {
    /// No such partner.
    #[error("partner not found")]
    NotFound,
    /// A partner with this issuer is registered.
    #[error("partner exists")]
    Conflict {
        /// The issuer.
        issuer: String,
    },
    /// The key set of the partner cannot be had.
    #[error(transparent)]
    KeysUnreachable(#[from] KeysUnreachable),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a partner's token is not trustworthy.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// Malformed, of a refused algorithm, wrong signature, without expiry, not
    /// valid yet, or for somebody else.
    #[error("token is not valid")]
    Invalid,
    /// Of another issuer than expected.
    #[error("unexpected issuer")]
    UnexpectedIssuer,
    /// Of an issuer that is no partner, or none any more.
    #[error("unknown issuer")]
    UnknownIssuer,
    /// Of a partner that is switched off.
    #[error("partner is suspended")]
    Suspended,
    /// The key set of the partner cannot be had.
    #[error(transparent)]
    KeysUnreachable(#[from] KeysUnreachable),
    /// Past its `exp`.
    #[error("token has expired")]
    Expired,
    /// Of an organization that is not on the partner's list.
    #[error("organization is not allowed")]
    OrganizationNotAllowed,
    /// The store failed, or too much work is waiting.
    #[error(transparent)]
    Unrecorded(TokenError),
}

impl From<StoreError> for VerificationError {
    fn from(error: StoreError) -> Self {
        Self::Unrecorded(error.into())
    }
}

impl From<JournalError> for VerificationError {
    fn from(error: JournalError) -> Self {
        Self::Unrecorded(error.into())
    }
}
