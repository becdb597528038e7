//! What use cases on agents can fail with.

use crate::agent::Email;
use crate::error::{AccessError, StoreError};
use crate::organization::PlanTier;
use crate::token::KeyError;

/// Failure of a use case on agents.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// No agent has this id.
    #[error("no such agent")]
    NotFound,
    /// The caller may not do this.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The address is taken.
    #[error("e-mail address is taken")]
    AlreadyExists {
        /// The address that was sent.
        email: Email,
    },
    /// The organization is at its limit of agents.
    #[error("agent limit reached")]
    LimitReached {
        /// Plan of the organization.
        tier: PlanTier,
        /// Effective limit.
        limit: u32,
        /// Agents it has.
        current: i64,
    },
    /// A decommissioned agent cannot be updated.
    #[error("agent is decommissioned")]
    Decommissioned,
    /// The agent was decommissioned before.
    #[error("agent is already decommissioned")]
    AlreadyDecommissioned,
    /// The key of its identity could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::error::store_failure!(AgentError);
