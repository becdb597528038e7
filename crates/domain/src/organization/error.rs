//! What use cases on organizations can fail with.

use crate::agent::Email;
use crate::credential::{KeepError, VerifierBusy};
use crate::error::StoreError;
use crate::organization::Slug;
use crate::token::KeyError;

/// Failure of a use case on organizations.
#[derive(Debug, thiserror::Error)]
pub enum OrganizationError {
    /// No organization has this id.
    #[error("no such organization")]
    NotFound,
    /// No agent has this id.
    #[error("no such agent")]
    AgentNotFound,
    /// The slug is taken.
    #[error("slug is taken")]
    SlugTaken {
        /// The slug that was sent.
        slug: Slug,
    },
    /// The administrator's address is taken.
    #[error("e-mail address is taken")]
    AdminEmailTaken {
        /// The address that was sent.
        email: Email,
    },
    /// The system organization cannot be suspended or deleted.
    #[error("the system organization is protected")]
    Protected,
    /// The organization was deleted before.
    #[error("organization is deleted")]
    AlreadyDeleted,
    /// The agent is a member already.
    #[error("already a member")]
    AlreadyMember,
    /// All hashing threads are busy.
    #[error(transparent)]
    Busy(#[from] VerifierBusy),
    /// The key of the administrator's identity could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<KeepError> for OrganizationError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Busy(busy) => busy.into(),
            KeepError::Vault(error) => StoreError::Backend(error.to_string()).into(),
        }
    }
}

crate::error::store_failure!(OrganizationError);
