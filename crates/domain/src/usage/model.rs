//! What is counted.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::audit::Action;
use crate::id::{AgentId, OrganizationId};
use crate::time::Timestamp;
use crate::wire_enum;

/// Stands in the place of an agent where none acted.
pub const NO_AGENT: AgentId = AgentId::new(Uuid::nil());

wire_enum! {
    /// Kinds of usage.
    MetricType {
        /// An authenticated request was answered.
        ApiCall = "api_call",
        /// An access token was issued, by any grant.
        TokenIssued = "token_issued",
        /// An agent was registered.
        AgentRegistered = "agent_registered",
        /// An agent was suspended or decommissioned.
        AgentDeactivated = "agent_deactivated",
        /// A credential was generated.
        CredentialGenerated = "credential_generated",
    }
}

impl MetricType {
    /// The usage that an audit event of this action stands for.
    #[must_use]
    pub const fn of(action: Action) -> Option<Self> {
        match action {
            Action::TokenIssued => Some(Self::TokenIssued),
            Action::AgentCreated => Some(Self::AgentRegistered),
            Action::AgentSuspended | Action::AgentDecommissioned => Some(Self::AgentDeactivated),
            Action::CredentialGenerated => Some(Self::CredentialGenerated),
            _ => None,
        }
    }
}

/// Something to be added to what was counted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageDelta {
    /// Whose usage it is.
    pub organization: OrganizationId,
    /// The agent, or [`NO_AGENT`].
    pub agent: AgentId,
    /// Start of the hour.
    pub hour: Timestamp,
    /// What was counted.
    pub metric: MetricType,
    /// How often.
    pub count: i64,
    /// When it happened last.
    pub last_at: Timestamp,
}

impl UsageDelta {
    /// One more at `at`.
    #[must_use]
    pub fn one(
        organization: OrganizationId,
        agent: AgentId,
        metric: MetricType,
        at: Timestamp,
    ) -> Self {
        Self {
            organization,
            agent,
            hour: at.start_of_hour(),
            metric,
            count: 1,
            last_at: at,
        }
    }
}

/// Usage of all agents of an organization within an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourlyUsage {
    /// Start of the hour.
    pub hour: Timestamp,
    /// What was counted.
    pub metric: MetricType,
    /// How often.
    pub count: i64,
}

/// Usage of one agent within a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentUsage {
    /// The agent.
    pub agent_id: AgentId,
    /// Its address.
    pub email: String,
    /// Access tokens issued to it.
    pub tokens_issued: i64,
    /// Its API calls.
    pub api_calls: i64,
    /// The last of these calls.
    pub last_call_at: Option<Timestamp>,
}

/// Usage of an organization on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyUsage {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The day, UTC.
    pub date: NaiveDate,
    /// Access tokens issued.
    pub tokens_issued: i64,
    /// Agents registered.
    pub agents_registered: i64,
    /// Credentials generated.
    pub credentials_generated: i64,
    /// API calls.
    pub api_calls: i64,
}
