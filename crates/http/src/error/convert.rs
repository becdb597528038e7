//! From the errors of use cases to errors on the wire, each by one exhaustive
//! match.

use actix_web::http::StatusCode;
use agentidp_domain::agent::AgentError;
use agentidp_domain::audit::AuditError;
use agentidp_domain::credential::CredentialError;
use agentidp_domain::error::AccessError;
use agentidp_domain::marketplace::MarketplaceError;
use agentidp_domain::organization::{OrganizationError, PlanTier};
use agentidp_domain::scope::Scope;
use agentidp_domain::token::{AuthenticationError, TokenError};
use serde_json::json;

use crate::error::{ApiError, OAuthError};

const AGENT_NOT_FOUND: &str = "Agent with the specified ID was not found.";
const EMAIL_TAKEN: &str = "An agent with this email address is already registered.";

impl ApiError {
    /// 404 of an agent.
    pub fn agent_not_found() -> Self {
        Self::not_found("AGENT_NOT_FOUND", AGENT_NOT_FOUND)
    }

    /// 404 of a credential.
    pub fn credential_not_found() -> Self {
        Self::not_found(
            "CREDENTIAL_NOT_FOUND",
            "Credential with the specified ID was not found.",
        )
    }

    /// 404 of an organization.
    pub fn organization_not_found() -> Self {
        Self::not_found(
            "ORG_NOT_FOUND",
            "Organization with the specified ID was not found.",
        )
    }

    /// 404 of an audit event.
    pub fn audit_event_not_found() -> Self {
        Self::not_found(
            "AUDIT_EVENT_NOT_FOUND",
            "Audit event with the specified ID was not found.",
        )
    }

    fn email_taken(email: &str) -> Self {
        Self::conflict("AGENT_ALREADY_EXISTS", EMAIL_TAKEN).with(json!({ "email": email }))
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::MissingScope { required } => Self::missing_scope(&required),
            AccessError::Denied => Self::denied(),
        }
    }
}

impl From<AgentError> for ApiError {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::NotFound => Self::agent_not_found(),
            AgentError::Access(error) => error.into(),
            AgentError::AlreadyExists { email } => Self::email_taken(email.as_str()),
            AgentError::LimitReached {
                tier,
                limit,
                current,
            } => {
                let plan = match tier {
                    PlanTier::Free => "Free tier limit",
                    PlanTier::Pro | PlanTier::Enterprise => "Agent limit",
                };
                let message = format!("{plan} of {limit} registered agents has been reached.");
                Self::new(StatusCode::FORBIDDEN, tier.limit_code(), message)
                    .with(json!({ "tier": tier, "limit": limit, "current": current }))
            }
            AgentError::Decommissioned => Self::new(
                StatusCode::FORBIDDEN,
                "AGENT_DECOMMISSIONED",
                "The agent has been decommissioned and cannot be updated.",
            ),
            AgentError::AlreadyDecommissioned => Self::conflict(
                "AGENT_ALREADY_DECOMMISSIONED",
                "This agent has already been decommissioned.",
            ),
            AgentError::Key(error) => Self::internal(&error),
            AgentError::Store(error) => error.into(),
        }
    }
}

impl From<CredentialError> for ApiError {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::AgentNotFound => Self::agent_not_found(),
            CredentialError::NotFound => Self::credential_not_found(),
            CredentialError::ForeignAgent => Self::denied(),
            CredentialError::Escalation => Self::denied_because(
                "You do not have permission to manage credentials for this agent.",
            ),
            CredentialError::AgentNotActive { status } => Self::new(
                StatusCode::BAD_REQUEST,
                "AGENT_NOT_ACTIVE",
                "Credentials can only be generated for active agents.",
            )
            .with(json!({ "status": status })),
            CredentialError::LimitReached { limit, current } => Self::new(
                StatusCode::BAD_REQUEST,
                "CREDENTIAL_LIMIT_REACHED",
                format!("The agent already has the maximum of {limit} active credentials."),
            )
            .with(json!({ "limit": limit, "current": current })),
            CredentialError::AlreadyRevoked {
                credential_id,
                revoked_at,
            } => Self::conflict(
                "CREDENTIAL_ALREADY_REVOKED",
                "This credential has already been revoked.",
            )
            .with(json!({ "credentialId": credential_id, "revokedAt": revoked_at })),
            CredentialError::Busy(error) => Self::unavailable(&error),
            CredentialError::Store(error) => error.into(),
        }
    }
}

impl From<OrganizationError> for ApiError {
    fn from(error: OrganizationError) -> Self {
        match error {
            OrganizationError::NotFound => Self::organization_not_found(),
            OrganizationError::AgentNotFound => Self::agent_not_found(),
            OrganizationError::SlugTaken { slug } => Self::conflict(
                "ORG_SLUG_CONFLICT",
                "An organization with this slug already exists.",
            )
            .with(json!({ "slug": slug })),
            OrganizationError::AdminEmailTaken { email } => Self::email_taken(email.as_str()),
            OrganizationError::Protected => {
                Self::forbidden("The system organization cannot be suspended or deleted.")
            }
            OrganizationError::AlreadyDeleted => Self::conflict(
                "ORG_ALREADY_DELETED",
                "This organization has already been deleted.",
            ),
            OrganizationError::AlreadyMember => Self::conflict(
                "ALREADY_MEMBER",
                "The agent is already a member of this organization.",
            ),
            OrganizationError::Busy(error) => Self::unavailable(&error),
            OrganizationError::Key(error) => Self::internal(&error),
            OrganizationError::Store(error) => error.into(),
        }
    }
}

impl From<MarketplaceError> for ApiError {
    fn from(error: MarketplaceError) -> Self {
        match error {
            MarketplaceError::NotFound => Self::agent_not_found(),
            MarketplaceError::Store(error) => error.into(),
        }
    }
}

impl From<AuditError> for ApiError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::ReversedRange => Self::new(
                StatusCode::BAD_REQUEST,
                "VALIDATION_ERROR",
                "Invalid date range.",
            )
            .with(json!({ "reason": "fromDate must be before or equal to toDate." })),
            AuditError::RetentionExceeded {
                retention_days,
                earliest,
            } => Self::new(
                StatusCode::BAD_REQUEST,
                "RETENTION_WINDOW_EXCEEDED",
                "The requested period exceeds the audit retention of your plan.",
            )
            .with(json!({ "retentionDays": retention_days, "earliestAvailable": earliest })),
            AuditError::NotFound => Self::audit_event_not_found(),
            AuditError::Busy => Self::unavailable(&error),
            AuditError::Store(error) => error.into(),
        }
    }
}

impl From<AuthenticationError> for ApiError {
    fn from(error: AuthenticationError) -> Self {
        let message = match error {
            AuthenticationError::InvalidSignature => "Token signature is invalid.",
            AuthenticationError::Foreign => {
                "A valid Bearer token is required to access this resource."
            }
            AuthenticationError::Expired => "Token has expired.",
            AuthenticationError::Revoked => "Token has been revoked.",
            AuthenticationError::NoOrganization => return Self::denied(),
            AuthenticationError::Store(error) => return error.into(),
        };
        Self::unauthorized(message, true)
    }
}

/// Without the code of RFC 6749, for a sign-in.
impl From<TokenError> for ApiError {
    fn from(error: TokenError) -> Self {
        OAuthError::from(error).into()
    }
}

impl From<TokenError> for OAuthError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::InvalidClient => Self::invalid_client(),
            TokenError::TooManyFailures(reading) => Self::rate_limited(reading),
            TokenError::ScopeNotGranted(scopes) => Self::bad_request(
                "invalid_scope",
                format!("The agent has not been granted: {scopes}."),
            ),
            TokenError::AgentSuspended => {
                Self::unauthorized_client("AGENT_SUSPENDED", "The agent is suspended.")
            }
            TokenError::AgentDecommissioned => {
                Self::unauthorized_client("AGENT_DECOMMISSIONED", "The agent is decommissioned.")
            }
            TokenError::OrganizationInactive => {
                Self::unauthorized_client("FORBIDDEN", "The organization is not active.")
            }
            TokenError::LimitReached {
                tier,
                limit,
                current,
            } => {
                let plan = match tier {
                    PlanTier::Free => "Free tier limit",
                    PlanTier::Pro | PlanTier::Enterprise => "Limit",
                };
                let message = format!("{plan} of {limit} tokens per month has been reached.");
                Self::unauthorized_client(tier.limit_code(), message)
                    .with(json!({ "tier": tier, "limit": limit, "current": current }))
            }
            TokenError::NotOwner => ApiError::denied().into(),
            TokenError::MissingScope => ApiError::missing_scope(&[Scope::TokensRead]).into(),
            TokenError::Busy => ApiError::unavailable(&error).into(),
            TokenError::Sign(error) => ApiError::internal(&error).into(),
            TokenError::Store(error) => ApiError::from(error).into(),
        }
    }
}
