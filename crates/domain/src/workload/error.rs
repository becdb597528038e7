//! What the use cases of workload identity can fail with.

use crate::error::{AccessError, StoreError};
use crate::foreign::KeysUnreachable;
use crate::id::OrganizationId;
use crate::token::TokenError;
use crate::workload::NewTrustPolicy;

/// Failure of a use case on trust policies.
#[derive(Debug, thiserror::Error)]
pub enum TrustPolicyError {
    /// No such policy in the caller's organization.
    #[error("trust policy not found")]
    NotFound,
    /// No such agent in the caller's organization.
    #[error("agent not found")]
    AgentNotFound,
    /// The agent is suspended or decommissioned.
    #[error("agent is not active")]
    AgentNotActive,
    /// The organization has this policy already.
    #[error("trust policy exists")]
    Conflict(Box<NewTrustPolicy>),
    /// The caller may not create this policy.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a workflow gets no token.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Malformed, wrong signature, issuer or audience, or not valid yet.
    #[error("token is not valid")]
    InvalidToken,
    /// Past its `exp`.
    #[error("token has expired")]
    ExpiredToken,
    /// No policy of an active organization speaks of the workflow, or those of
    /// several organizations do.
    #[error("no trust policy matches")]
    NoPolicy,
    /// Policies speak of the repository, but of other branches.
    #[error("branch does not match")]
    BranchMismatch {
        /// Whose policies they are.
        organization_id: OrganizationId,
        /// Admitted branches, separated by `, `.
        allowed: String,
        /// The branch of the workflow.
        provided: String,
    },
    /// Several policies match; the request has to name the agent.
    #[error("several policies match")]
    AgentRequired {
        /// Whose policies they are.
        organization_id: OrganizationId,
    },
    /// The agent of the policy is suspended.
    #[error("agent is suspended")]
    AgentSuspended,
    /// The agent of the policy is decommissioned.
    #[error("agent is decommissioned")]
    AgentDecommissioned,
    /// The keys of the provider cannot be had.
    #[error(transparent)]
    KeysUnreachable(#[from] KeysUnreachable),
    /// Limit, overload, store or signature, as at the token endpoint.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<StoreError> for ExchangeError {
    fn from(error: StoreError) -> Self {
        Self::Token(error.into())
    }
}

impl ExchangeError {
    /// The `reason` in audit metadata: the code of the answer. `None` for
    /// faults of ours, which are no refusals.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidToken => "OIDC_TOKEN_INVALID",
            Self::ExpiredToken => "OIDC_TOKEN_EXPIRED",
            Self::NoPolicy => "TRUST_POLICY_NOT_FOUND",
            Self::BranchMismatch { .. } => "TRUST_POLICY_BRANCH_MISMATCH",
            Self::AgentRequired { .. } => "VALIDATION_ERROR",
            Self::AgentSuspended => "AGENT_SUSPENDED",
            Self::AgentDecommissioned => "AGENT_DECOMMISSIONED",
            Self::KeysUnreachable(_) | Self::Token(_) => return None,
        })
    }

    /// Whose policies refuse, when it is those of one organization.
    #[must_use]
    pub const fn organization_id(&self) -> Option<OrganizationId> {
        match self {
            Self::BranchMismatch {
                organization_id, ..
            }
            | Self::AgentRequired { organization_id } => Some(*organization_id),
            _ => None,
        }
    }
}
