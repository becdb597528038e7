//! What use cases on credentials can fail with.

use crate::agent::AgentStatus;
use crate::credential::{KeepError, VerifierBusy};
use crate::error::{AccessError, StoreError};
use crate::id::CredentialId;
use crate::time::Timestamp;

/// Failure of a use case on credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// No agent has this id.
    #[error("no such agent")]
    AgentNotFound,
    /// The agent has no credential with this id.
    #[error("no such credential")]
    NotFound,
    /// The agent belongs to another organization.
    #[error("foreign agent")]
    ForeignAgent,
    /// The non-escalation rule forbids it.
    #[error("the non-escalation rule forbids it")]
    Escalation,
    /// Credentials are generated for active agents only.
    #[error("agent is not active")]
    AgentNotActive {
        /// State of the agent.
        status: AgentStatus,
    },
    /// The agent has the maximum of active credentials.
    #[error("too many active credentials")]
    LimitReached {
        /// The maximum.
        limit: i64,
        /// What the agent has.
        current: i64,
    },
    /// The credential was revoked before.
    #[error("credential is revoked")]
    AlreadyRevoked {
        /// The credential.
        credential_id: CredentialId,
        /// When.
        revoked_at: Option<Timestamp>,
    },
    /// All hashing threads are busy.
    #[error(transparent)]
    Busy(#[from] VerifierBusy),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccessError> for CredentialError {
    fn from(_: AccessError) -> Self {
        Self::ForeignAgent
    }
}

impl From<KeepError> for CredentialError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Busy(busy) => busy.into(),
            KeepError::Vault(error) => StoreError::Backend(error.to_string()).into(),
        }
    }
}

crate::error::store_failure!(CredentialError);
