//! Errors shared by all capabilities.

use crate::scope::Scope;

/// What a storage port can fail with. Each port method says which variants
/// carry meaning; the others mean that the store itself is in trouble.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value is taken. The transaction goes on being usable.
    #[error("conflict on {constraint}")]
    Conflict {
        /// Which uniqueness was violated.
        constraint: Constraint,
    },
    /// The row was changed or removed since it was read.
    #[error("the row changed meanwhile")]
    Stale,
    /// The store cannot be reached or has no free connection; try again later.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// A stored value cannot be read back.
    #[error("corrupt value in {table}.{column}, row {id}")]
    Corrupt {
        /// Table of the value.
        table: &'static str,
        /// Column of the value.
        column: &'static str,
        /// Primary key of the row.
        id: String,
    },
    /// Any other failure.
    #[error("store failure: {0}")]
    Backend(String),
}

/// Lets an error of a use case, with a case `Store`, tell whether it is one of
/// the store.
macro_rules! store_failure {
    ($error:ty) => {
        impl $error {
            /// The failure of the store, if it was one.
            pub(crate) fn store_failure(&self) -> Option<&$crate::error::StoreError> {
                match self {
                    Self::Store(error) => Some(error),
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use store_failure;

impl StoreError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether a transaction that failed so may have been committed: its answer
    /// may have been lost.
    #[must_use]
    pub fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Backend(_))
    }

    /// Whether this is a conflict on `wanted`.
    #[must_use]
    pub fn is_conflict(&self, wanted: Constraint) -> bool {
        matches!(self, Self::Conflict { constraint } if *constraint == wanted)
    }
}

/// The uniqueness rules that use cases react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// `agents.email`, compared case-insensitively.
    AgentEmail,
    /// `credentials (client_id, selector)`.
    CredentialSelector,
    /// `organizations.slug`.
    OrganizationSlug,
    /// `organization_members (organization_id, agent_id)`.
    OrganizationMember,
    /// `oidc_keys.kid`.
    SigningKey,
    /// `oidc_trust_policies (organization_id, provider, repository, branch,
    /// agent_id)`, absent values counted as equal.
    TrustPolicy,
    /// `federation_partners.issuer`.
    PartnerIssuer,
}

impl std::fmt::Display for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::AgentEmail => "agents.email",
            Self::CredentialSelector => "credentials.selector",
            Self::OrganizationSlug => "organizations.slug",
            Self::OrganizationMember => "organization_members",
            Self::SigningKey => "oidc_keys.kid",
            Self::TrustPolicy => "oidc_trust_policies",
            Self::PartnerIssuer => "federation_partners.issuer",
        })
    }
}

/// Why a caller may not do what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// A scope is missing in the token.
    #[error("missing scope")]
    MissingScope {
        /// The scopes that would do.
        required: Vec<Scope>,
    },
    /// The target belongs to another organization, the caller does not own
    /// it, or the non-escalation rule forbids the operation.
    #[error("access denied")]
    Denied,
}
