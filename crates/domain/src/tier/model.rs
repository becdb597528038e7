//! The state of a plan.

use crate::id::OrganizationId;
use crate::organization::{PlanLimits, PlanTier};
use crate::time::Month;

/// Plan, limits and their use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierStatus {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its plan.
    pub tier: PlanTier,
    /// Limits in force.
    pub limits: PlanLimits,
    /// Agents that are not decommissioned.
    pub agents: i64,
    /// Access tokens that were counted against the limit this month.
    pub tokens_this_month: i64,
    /// Requests in the window of the rate limit.
    pub requests_this_minute: u32,
    /// The billing period, a calendar month (UTC).
    pub period: Month,
}
