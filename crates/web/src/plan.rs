//! Plans as pages show them: their names, limits, and how much is used.

use agentidp_domain::organization::{Limit, PlanTier};
use agentidp_domain::tier::TierStatus;

use crate::text::{Badge, count};

/// How much of a limit is used.
pub struct LimitUse {
    /// What is limited.
    pub name: &'static str,
    /// How much is used.
    pub used: String,
    /// The limit, or `Unlimited`.
    pub limit: String,
    /// Percent of the limit, at most 100; `None` when unlimited.
    pub percent: Option<i64>,
    /// Tone of the bar: `ok`, `warning` or `danger`.
    pub tone: &'static str,
}

impl LimitUse {
    fn new(name: &'static str, used: i64, limit: Limit) -> Self {
        // A limit of nothing is used up.
        let percent = limit.count().map(|limit| match limit {
            0 => 100,
            limit => (used.max(0).saturating_mul(100) / limit).min(100),
        });
        Self {
            name,
            used: count(used),
            limit: limit_text(limit),
            percent,
            tone: match percent {
                Some(95..) => "danger",
                Some(80..) => "warning",
                _ => "ok",
            },
        }
    }
}

/// The three limits of a plan and their use.
pub fn limits(status: &TierStatus) -> Vec<LimitUse> {
    let (limits, requests) = (status.limits, i64::from(status.requests_this_minute));
    vec![
        LimitUse::new("Agents", status.agents, limits.max_agents),
        LimitUse::new(
            "Tokens this month",
            status.tokens_this_month,
            limits.max_tokens_per_month,
        ),
        LimitUse::new(
            "Requests this minute",
            requests,
            limits.rate_limit_per_minute,
        ),
    ]
}

/// A limit as people read it.
pub fn limit_text(limit: Limit) -> String {
    limit.count().map_or_else(|| "Unlimited".to_owned(), count)
}

/// The name of a plan.
pub const fn name(tier: PlanTier) -> &'static str {
    match tier {
        PlanTier::Free => "Free",
        PlanTier::Pro => "Pro",
        PlanTier::Enterprise => "Enterprise",
    }
}

/// The present plan.
pub fn badge(tier: PlanTier) -> Badge {
    match tier {
        PlanTier::Free => Badge::new("Free Tier", "muted"),
        PlanTier::Pro => Badge::new(name(tier), "default"),
        PlanTier::Enterprise => Badge::new(name(tier), "success"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_full_at_the_limit_and_absent_without_one() {
        let percent = |used, limit| LimitUse::new("x", used, Limit::at_most(limit)).percent;
        assert_eq!(percent(0, 100), Some(0));
        assert_eq!(percent(799, 1_000), Some(79));
        assert_eq!(percent(300, 100), Some(100));
        assert_eq!(percent(0, 0), Some(100));
        let unlimited = LimitUse::new("x", 1_234, Limit::UNLIMITED);
        assert_eq!(unlimited.percent, None);
        assert_eq!(unlimited.limit, "Unlimited");
    }
}
