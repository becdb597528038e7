//! Plan tiers and limits: the one place in code that knows their numbers.

use std::time::Duration;

use serde::Serialize;

use crate::wire_enum;

wire_enum! {
    /// Plan of an organization; in rising order.
    PlanTier {
        /// Free of charge.
        Free = "free",
        /// Paid.
        Pro = "pro",
        /// Paid, without limits.
        Enterprise = "enterprise",
    }
}

impl PlanTier {
    /// Code of the refusal when a limit of this plan is reached.
    #[must_use]
    pub const fn limit_code(self) -> &'static str {
        match self {
            Self::Free => "FREE_TIER_LIMIT_EXCEEDED",
            Self::Pro | Self::Enterprise => "TIER_LIMIT_EXCEEDED",
        }
    }
}

/// A limit on a number of things; `null` on the wire means unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Limit(Option<u32>);

impl Limit {
    /// No limit.
    pub const UNLIMITED: Self = Self(None);

    /// At most `n`.
    #[must_use]
    pub const fn at_most(n: u32) -> Self {
        Self(Some(n))
    }

    /// The number, if there is one.
    #[must_use]
    pub const fn value(self) -> Option<u32> {
        self.0
    }

    /// The number as the store counts; `None` when unlimited.
    #[must_use]
    pub fn count(self) -> Option<i64> {
        self.0.map(i64::from)
    }
}

impl From<Option<u32>> for Limit {
    fn from(value: Option<u32>) -> Self {
        Self(value)
    }
}

/// The three plan limits of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanLimits {
    /// Agents that are not decommissioned.
    pub max_agents: Limit,
    /// Access tokens per calendar month (UTC).
    pub max_tokens_per_month: Limit,
    /// Authenticated requests per minute.
    pub rate_limit_per_minute: Limit,
}

impl PlanLimits {
    /// Nothing is limited.
    pub const UNLIMITED: Self = Self {
        max_agents: Limit::UNLIMITED,
        max_tokens_per_month: Limit::UNLIMITED,
        rate_limit_per_minute: Limit::UNLIMITED,
    };
}

impl PlanTier {
    /// The limits of the tier.
    #[must_use]
    pub const fn limits(self) -> PlanLimits {
        match self {
            Self::Free => PlanLimits {
                max_agents: Limit::at_most(100),
                max_tokens_per_month: Limit::at_most(10_000),
                rate_limit_per_minute: Limit::at_most(100),
            },
            Self::Pro => PlanLimits {
                max_agents: Limit::at_most(1_000),
                max_tokens_per_month: Limit::at_most(100_000),
                rate_limit_per_minute: Limit::at_most(1_000),
            },
            Self::Enterprise => PlanLimits::UNLIMITED,
        }
    }

    /// How far back the audit log can be read; `None` without limit.
    #[must_use]
    pub const fn audit_retention(self) -> Option<Duration> {
        match self {
            Self::Free | Self::Pro => Some(Duration::from_secs(90 * 24 * 60 * 60)),
            Self::Enterprise => None,
        }
    }
}
