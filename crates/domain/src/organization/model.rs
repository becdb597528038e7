//! The organization record and its members.

use secrecy::SecretString;
use serde::Serialize;

use crate::agent::Email;
use crate::id::{AgentId, MemberId, OrganizationId};
use crate::organization::plan::{Limit, PlanLimits, PlanTier};
use crate::text::bounded;
use crate::time::Timestamp;
use crate::validation::Invalid;
use crate::wire_enum;

wire_enum! {
    /// State of an organization.
    OrganizationStatus {
        /// In use.
        Active = "active",
        /// Its agents obtain no tokens.
        Suspended = "suspended",
        /// Ended; kept for audit.
        Deleted = "deleted",
    }
}

wire_enum! {
    /// Role of a member.
    Role {
        /// No rights of its own.
        Member = "member",
        /// Manages all agents of its organization.
        Admin = "admin",
    }
}

/// Name of an organization, 1–256 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// Checks length and the absence of control characters.
    ///
    /// # Errors
    ///
    /// When a rule is broken.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        bounded(text, 1, 256)?;
        Ok(Self(text.to_owned()))
    }

    /// The text as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Unique, immutable short name, `^[a-z0-9-]{1,64}$`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// Checks form and length.
    ///
    /// # Errors
    ///
    /// When a rule is broken.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() || text.len() > 64 {
            return Err(Invalid::new("slug must have between 1 and 64 characters."));
        }
        if !text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err(Invalid::new(
                "slug must contain only lowercase letters, digits, and hyphens.",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Immutable id.
    pub organization_id: OrganizationId,
    /// Display name.
    pub name: OrganizationName,
    /// Unique short name; immutable.
    pub slug: Slug,
    /// Plan.
    pub plan_tier: PlanTier,
    /// Explicit limit of agents; `None` follows the tier.
    pub max_agents: Option<Limit>,
    /// Explicit limit of tokens per month; `None` follows the tier.
    pub max_tokens_per_month: Option<Limit>,
    /// Explicit limit of requests per minute; `None` follows the tier.
    pub rate_limit_per_minute: Option<Limit>,
    /// State.
    pub status: OrganizationStatus,
    /// Tokens issued up to this Unix second are refused.
    pub tokens_not_before: Option<i64>,
    /// Creation.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

impl Organization {
    /// Limits in force: explicit ones, else those of the tier. The system
    /// organization has none.
    #[must_use]
    pub fn effective_limits(&self) -> PlanLimits {
        if self.organization_id.is_system() {
            return PlanLimits::UNLIMITED;
        }
        let tier = self.plan_tier.limits();
        PlanLimits {
            max_agents: self.max_agents.unwrap_or(tier.max_agents),
            max_tokens_per_month: self
                .max_tokens_per_month
                .unwrap_or(tier.max_tokens_per_month),
            rate_limit_per_minute: self
                .rate_limit_per_minute
                .unwrap_or(tier.rate_limit_per_minute),
        }
    }

    /// The earliest time whose audit events can be read at `now`; `None`
    /// without limit.
    #[must_use]
    pub fn audit_readable_from(&self, now: Timestamp) -> Option<Timestamp> {
        if self.organization_id.is_system() {
            return None;
        }
        self.plan_tier
            .audit_retention()
            .map(|retention| now.minus(retention))
    }
}

/// Membership of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Immutable id.
    pub member_id: MemberId,
    /// Organization of the membership.
    pub organization_id: OrganizationId,
    /// The member.
    pub agent_id: AgentId,
    /// Its role.
    pub role: Role,
    /// Beginning of the membership.
    pub joined_at: Timestamp,
}

/// What a creation asks for. A limit that is `Some` is an explicit override.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganization {
    /// Display name.
    pub name: OrganizationName,
    /// Unique short name.
    pub slug: Slug,
    /// Plan.
    pub plan_tier: PlanTier,
    /// Explicit limit of agents.
    pub max_agents: Option<Limit>,
    /// Explicit limit of tokens per month.
    pub max_tokens_per_month: Option<Limit>,
    /// Explicit limit of requests per minute.
    pub rate_limit_per_minute: Option<Limit>,
    /// Address of the first administrator, if one is wanted.
    pub admin_email: Option<Email>,
}

/// The first administrator, as shown once after creation.
#[derive(Debug)]
pub struct CreatedAdmin {
    /// The agent.
    pub agent_id: AgentId,
    /// Its secret.
    pub client_secret: SecretString,
}

/// A partial update; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationPatch {
    /// New name.
    pub name: Option<OrganizationName>,
    /// New plan.
    pub plan_tier: Option<PlanTier>,
    /// Explicit limit of agents.
    pub max_agents: Option<Limit>,
    /// Explicit limit of tokens per month.
    pub max_tokens_per_month: Option<Limit>,
    /// Explicit limit of requests per minute.
    pub rate_limit_per_minute: Option<Limit>,
    /// Wanted state: active or suspended.
    pub status: Option<OrganizationStatus>,
}

impl OrganizationPatch {
    /// Names of the fields that are set, as on the wire.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        [
            ("name", self.name.is_some()),
            ("planTier", self.plan_tier.is_some()),
            ("maxAgents", self.max_agents.is_some()),
            ("maxTokensPerMonth", self.max_tokens_per_month.is_some()),
            ("rateLimitPerMinute", self.rate_limit_per_minute.is_some()),
            ("status", self.status.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect()
    }

    /// Writes the fields that are set into `organization`, except the state.
    pub fn apply(self, organization: &mut Organization, now: Timestamp) {
        if let Some(name) = self.name {
            organization.name = name;
        }
        if let Some(tier) = self.plan_tier {
            organization.plan_tier = tier;
        }
        organization.max_agents = self.max_agents.or(organization.max_agents);
        organization.max_tokens_per_month = self
            .max_tokens_per_month
            .or(organization.max_tokens_per_month);
        organization.rate_limit_per_minute = self
            .rate_limit_per_minute
            .or(organization.rate_limit_per_minute);
        organization.updated_at = now;
    }
}
