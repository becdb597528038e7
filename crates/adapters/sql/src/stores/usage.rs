//! Usage per organization, agent and hour, and its sums.
//!
//! Whoever adds locks rows of agents first, then those of hours, each in the
//! order of their keys: nobody waits in a circle.

use std::collections::BTreeMap;
use std::ops::Range;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::time::Timestamp;
use agentidp_domain::usage::{AgentUsage, HourlyUsage, MetricType, UsageDelta, UsageStore};
use async_trait::async_trait;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected, dialect, failed};
use crate::rows::{AgentUsageRow, UsageHourRow, UsageRow, hourly_usage};
use crate::schema::usage_hours::{self, dsl};
use crate::types::{DbId, Id, Micros, Ts};

/// Both databases read `$n`: PostgreSQL as the number of a parameter, SQLite
/// as a name, numbered in the order in which names first occur.
const BY_AGENT: &str = "\
    SELECT agents.agent_id AS agent_id, agents.email AS email, \
        COALESCE(used.tokens, 0) AS tokens, COALESCE(used.calls, 0) AS calls, \
        used.last_call AS last_call \
    FROM agents LEFT JOIN ( \
        SELECT agent_id, \
            CAST(SUM(CASE metric_type WHEN 'token_issued' THEN count ELSE 0 END) AS BIGINT) \
                AS tokens, \
            CAST(SUM(CASE metric_type WHEN 'api_call' THEN count ELSE 0 END) AS BIGINT) \
                AS calls, \
            MAX(CASE metric_type WHEN 'api_call' THEN last_at END) AS last_call \
        FROM usage_events \
        WHERE tenant_id = $1 AND hour >= $2 AND hour < $3 \
            AND metric_type IN ('token_issued', 'api_call') \
        GROUP BY agent_id \
    ) AS used ON used.agent_id = agents.agent_id \
    WHERE agents.organization_id = $1 \
        AND (agents.status <> 'decommissioned' OR used.agent_id IS NOT NULL) \
    ORDER BY COALESCE(used.tokens, 0) DESC, agents.agent_id \
    LIMIT $4";

/// Tables that are cleaned up, and when their rows began.
const AGED: [(&str, &str); 2] = [("usage_events", "hour"), ("usage_hours", "hour")];

/// One row per key, in key order: two who add the same rows lock them in the
/// same order, and no statement meets a row twice.
fn rows(deltas: &[UsageDelta]) -> Vec<UsageRow> {
    let mut rows: BTreeMap<(DbId, Micros, &str, DbId), (i64, Micros)> = BTreeMap::new();
    for delta in deltas {
        let key = (
            DbId::from(delta.organization),
            Micros::from(delta.hour),
            delta.metric.as_str(),
            DbId::from(delta.agent),
        );
        let last_at = Micros::from(delta.last_at);
        let sum = rows.entry(key).or_insert((0, last_at));
        sum.0 = sum.0.saturating_add(delta.count);
        sum.1 = sum.1.max(last_at);
    }
    let rows = rows.into_iter().map(|(key, (count, last_at))| UsageRow {
        organization_id: key.0,
        hour: key.1,
        metric_type: key.2.to_owned(),
        agent_id: key.3,
        count,
        last_at,
    });
    rows.collect()
}

/// The same, summed over agents; in key order too.
fn hours(rows: &[UsageRow]) -> Vec<UsageHourRow> {
    let mut hours: BTreeMap<(DbId, &str, Micros), i64> = BTreeMap::new();
    for row in rows {
        let key = (row.organization_id, row.metric_type.as_str(), row.hour);
        let sum = hours.entry(key).or_default();
        *sum = sum.saturating_add(row.count);
    }
    let hours = hours.into_iter().map(|(key, count)| UsageHourRow {
        organization_id: key.0,
        metric_type: key.1.to_owned(),
        hour: key.2,
        count,
    });
    hours.collect()
}

#[async_trait]
impl UsageStore for SqlUnitOfWork {
    async fn add(&mut self, deltas: &[UsageDelta]) -> Result<(), StoreError> {
        if deltas.is_empty() {
            return Ok(());
        }
        let rows = rows(deltas);
        let hours = hours(&rows);
        dialect::add_usage(self.conn()?, rows)
            .await
            .map_err(failed)?;
        dialect::add_usage_hours(self.conn()?, hours)
            .await
            .map_err(failed)
    }

    async fn by_hour(
        &mut self,
        organization: OrganizationId,
        period: Range<Timestamp>,
        metrics: &[MetricType],
    ) -> Result<Vec<HourlyUsage>, StoreError> {
        let organization = DbId::from(organization);
        let words: Vec<&str> = metrics.iter().map(|metric| metric.as_str()).collect();
        let sums: Vec<(Micros, String, i64)> = usage_hours::table
            .filter(dsl::organization_id.eq(organization))
            .filter(dsl::hour.ge(Micros::from(period.start)))
            .filter(dsl::hour.lt(Micros::from(period.end)))
            .filter(dsl::metric_type.eq_any(words))
            .select((dsl::hour, dsl::metric_type, dsl::count))
            .rows(self)
            .await?;
        sums.into_iter()
            .map(|sum| hourly_usage(organization, sum))
            .collect()
    }

    async fn by_agent(
        &mut self,
        organization: OrganizationId,
        period: Range<Timestamp>,
        limit: i64,
    ) -> Result<Vec<AgentUsage>, StoreError> {
        let rows: Vec<AgentUsageRow> = diesel::sql_query(BY_AGENT)
            .bind::<Id, _>(DbId::from(organization))
            .bind::<Ts, _>(Micros::from(period.start))
            .bind::<Ts, _>(Micros::from(period.end))
            .bind::<BigInt, _>(limit)
            .rows(self)
            .await?;
        rows.into_iter().map(AgentUsage::try_from).collect()
    }

    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let mut removed = 0_usize;
        for (table, column) in AGED {
            let left = limit.saturating_sub(i64::try_from(removed).unwrap_or(limit));
            let pruned =
                dialect::prune_usage(self.conn()?, (table, column), before.into(), left).await;
            removed += pruned.map_err(failed)?;
        }
        Ok(affected(removed))
    }
}
