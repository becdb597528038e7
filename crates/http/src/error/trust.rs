//! From the errors of identity, workload identity, federation and delegation
//! to errors on the wire, each by one exhaustive match.

use actix_web::http::StatusCode;
use agentidp_domain::delegation::{DelegationError, DelegationKeyServiceError};
use agentidp_domain::did::DidError;
use agentidp_domain::federation::{FederationError, VerificationError};
use agentidp_domain::workload::{ExchangeError, TrustPolicyError};
use serde_json::json;

use crate::error::{ApiError, OAuthError};

const NO_POLICY: &str = "No trust policy matches the provided OIDC token claims.";
const KEYS_UNREACHABLE: &str =
    "The partner JWKS endpoint is unreachable. Verify the URL and try again.";
const TOKEN_INVALID: &str = "The federated token is invalid.";
const NOT_SUBSET: &str = "Delegated scopes must be a subset of the delegator's own token scopes.";

impl ApiError {
    /// 422.
    fn unprocessable(code: &'static str, message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 401 for a token of a provider.
    fn foreign_token(code: &'static str, message: &str) -> Self {
        let mut error = Self::unauthorized(message, true);
        error.body.code = code;
        error
    }

    /// 404 of a trust policy.
    pub fn trust_policy_not_found() -> Self {
        Self::not_found(
            "TRUST_POLICY_NOT_FOUND",
            "Trust policy with the specified ID was not found.",
        )
    }

    /// 404 of a federation partner.
    pub fn partner_not_found() -> Self {
        Self::not_found(
            "FEDERATION_PARTNER_NOT_FOUND",
            "Federation partner with the specified ID was not found.",
        )
    }

    /// 404 of a delegation chain.
    pub fn delegation_not_found() -> Self {
        Self::not_found(
            "DELEGATION_NOT_FOUND",
            "Delegation chain with the specified ID was not found.",
        )
    }
}

impl From<DidError> for ApiError {
    fn from(error: DidError) -> Self {
        match error {
            DidError::NotFound => Self::agent_not_found(),
            DidError::Decommissioned => Self::new(
                StatusCode::GONE,
                "AGENT_DECOMMISSIONED",
                "Agent has been decommissioned — DID Document is no longer active",
            ),
            DidError::Access(error) => error.into(),
            DidError::Key(error) => Self::internal(&error),
            DidError::Store(error) => error.into(),
        }
    }
}

impl From<TrustPolicyError> for ApiError {
    fn from(error: TrustPolicyError) -> Self {
        match error {
            TrustPolicyError::NotFound => Self::trust_policy_not_found(),
            TrustPolicyError::AgentNotFound => Self::agent_not_found(),
            TrustPolicyError::AgentNotActive => {
                Self::refused_field("agentId", "The agent must be active.")
            }
            TrustPolicyError::Conflict(policy) => Self::conflict(
                "TRUST_POLICY_CONFLICT",
                "A trust policy for this repository and branch already exists.",
            )
            .with(json!({
                "provider": policy.provider,
                "repository": policy.repository,
                "branch": policy.branch,
            })),
            TrustPolicyError::Access(error) => error.into(),
            TrustPolicyError::Store(error) => error.into(),
        }
    }
}

impl From<ExchangeError> for ApiError {
    fn from(error: ExchangeError) -> Self {
        let refused = |code, message| Self::new(StatusCode::FORBIDDEN, code, message);
        match error {
            ExchangeError::InvalidToken => Self::foreign_token(
                "OIDC_TOKEN_INVALID",
                "The provided GitHub OIDC token signature is invalid.",
            ),
            ExchangeError::ExpiredToken => Self::foreign_token(
                "OIDC_TOKEN_EXPIRED",
                "The provided GitHub OIDC token has expired.",
            ),
            ExchangeError::NoPolicy => refused("TRUST_POLICY_NOT_FOUND", NO_POLICY),
            ExchangeError::BranchMismatch {
                allowed, provided, ..
            } => refused(
                "TRUST_POLICY_BRANCH_MISMATCH",
                "The token's branch does not match the trust policy constraint.",
            )
            .with(json!({ "allowed": allowed, "provided": provided })),
            ExchangeError::AgentRequired { .. } => Self::refused_field(
                "agentId",
                "This field is required because several trust policies match.",
            ),
            ExchangeError::AgentSuspended => refused(
                "AGENT_SUSPENDED",
                "The agent linked to this trust policy is currently suspended.",
            ),
            ExchangeError::AgentDecommissioned => refused(
                "AGENT_DECOMMISSIONED",
                "The agent linked to this trust policy has been decommissioned.",
            ),
            ExchangeError::KeysUnreachable(error) => Self::unavailable(&error),
            ExchangeError::Token(error) => OAuthError::from(error).into(),
        }
    }
}

impl From<FederationError> for ApiError {
    fn from(error: FederationError) -> Self {
        match error {
            FederationError::NotFound => Self::partner_not_found(),
            FederationError::Conflict { issuer } => Self::conflict(
                "FEDERATION_PARTNER_CONFLICT",
                "A federation partner with this issuer is already registered.",
            )
            .with(json!({ "issuer": issuer })),
            FederationError::KeysUnreachable(_) => {
                Self::unprocessable("JWKS_UNREACHABLE", KEYS_UNREACHABLE)
            }
            FederationError::Store(error) => error.into(),
        }
    }
}

impl From<VerificationError> for ApiError {
    fn from(error: VerificationError) -> Self {
        let (code, message) = match error {
            VerificationError::Invalid => ("FEDERATION_TOKEN_INVALID", TOKEN_INVALID),
            VerificationError::UnexpectedIssuer => (
                "FEDERATION_TOKEN_INVALID",
                "The token's issuer does not match the expected issuer.",
            ),
            VerificationError::UnknownIssuer => (
                "UNKNOWN_FEDERATION_ISSUER",
                "No active federation partner found for this token issuer.",
            ),
            VerificationError::Suspended => (
                "FEDERATION_PARTNER_SUSPENDED",
                "The federation partner for this token issuer is suspended.",
            ),
            VerificationError::KeysUnreachable(_) => ("JWKS_UNREACHABLE", KEYS_UNREACHABLE),
            VerificationError::Expired => (
                "FEDERATION_TOKEN_EXPIRED",
                "The federated token has expired.",
            ),
            VerificationError::OrganizationNotAllowed => (
                "FEDERATION_ORG_NOT_ALLOWED",
                "The token's organization_id is not in the partner's allowed_organizations list.",
            ),
            VerificationError::Unrecorded(error) => return OAuthError::from(error).into(),
        };
        Self::unprocessable(code, message)
    }
}

impl From<DelegationError> for ApiError {
    fn from(error: DelegationError) -> Self {
        match error {
            DelegationError::NotFound => Self::delegation_not_found(),
            DelegationError::DelegateeNotFound => Self::not_found(
                "AGENT_NOT_FOUND",
                "Delegatee agent with the specified ID was not found.",
            ),
            DelegationError::CrossTenant => Self::new(
                StatusCode::BAD_REQUEST,
                "CROSS_TENANT_DELEGATION",
                "Delegatee agent must be in the same organization as the delegator.",
            ),
            DelegationError::ToOneself => {
                Self::refused_field("delegateeAgentId", "Must be another agent than the caller.")
            }
            DelegationError::DelegateeNotActive => {
                Self::refused_field("delegateeAgentId", "The agent must be active.")
            }
            DelegationError::ScopeExceeded {
                requested,
                available,
            } => Self::new(
                StatusCode::BAD_REQUEST,
                "SCOPE_EXCEEDS_DELEGATOR",
                NOT_SUBSET,
            )
            .with(json!({ "requested": requested, "available": available })),
            DelegationError::Access(error) => error.into(),
            DelegationError::Keys(error) => error.into(),
            DelegationError::Unrecorded(error) => OAuthError::from(error).into(),
            DelegationError::Store(error) => error.into(),
        }
    }
}

impl From<DelegationKeyServiceError> for ApiError {
    fn from(error: DelegationKeyServiceError) -> Self {
        match error {
            DelegationKeyServiceError::Weak(error) => Self::internal(&error),
            DelegationKeyServiceError::Store(error) => error.into(),
        }
    }
}
