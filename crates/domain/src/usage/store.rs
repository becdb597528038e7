//! The port to stored usage.

use std::ops::Range;

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::time::{Month, Timestamp};
use crate::usage::{AgentUsage, HourlyUsage, MetricType, UsageDelta};

/// The roll-up per organization, agent, hour and kind, and its sums, which agree
/// with it at any moment. Periods begin and end with an hour; the end does not
/// belong to them.
#[async_trait]
pub trait UsageStore: Send {
    /// Adds to what was counted before; exact, however many add at the same
    /// time.
    async fn add(&mut self, deltas: &[UsageDelta]) -> Result<(), StoreError>;

    /// Sums over the agents of an organization, in no particular order; hours
    /// without usage are left out.
    async fn by_hour(
        &mut self,
        organization: OrganizationId,
        period: Range<Timestamp>,
        metrics: &[MetricType],
    ) -> Result<Vec<HourlyUsage>, StoreError>;

    /// The agents of an organization, also those without usage; decommissioned
    /// ones only with tokens or calls in the month. Most tokens first, equal
    /// numbers by id, at most `limit`.
    async fn by_agent(
        &mut self,
        organization: OrganizationId,
        month: Month,
        limit: i64,
    ) -> Result<Vec<AgentUsage>, StoreError>;

    /// Removes at most `limit` rows of hours before a time, those of agents
    /// first, then their sums; returns how many. The sums of a month go with
    /// its first hour.
    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;
}
