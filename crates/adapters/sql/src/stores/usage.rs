//! Usage per organization, agent and hour, and its sums.
//!
//! Whoever adds locks rows of agents first, then those of hours, then those of
//! months, each in the order of their keys: nobody waits in a circle.

use std::collections::BTreeMap;
use std::ops::Range;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::time::{Month, Timestamp};
use agentidp_domain::usage::{
    AgentUsage, HourlyUsage, MetricType, NO_AGENT, UsageDelta, UsageStore,
};
use async_trait::async_trait;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected, dialect, failed};
use crate::rows::{AgentUsageRow, UsageHourRow, UsageMonthRow, UsageRow, hourly_usage};
use crate::schema::usage_hours::{self, dsl};
use crate::types::{DbId, Id, Micros, Ts};

/// The agents with most tokens, and the first ones of those that did nothing.
///
/// Both databases read `$n`: PostgreSQL as the number of a parameter, SQLite
/// as a name, numbered in the order in which names first occur.
const BY_AGENT: &str = "\
    SELECT * FROM ( \
        SELECT agents.agent_id AS agent_id, agents.email AS email, busy.tokens AS tokens, \
            busy.calls AS calls, busy.last_call_at AS last_call \
        FROM ( \
            SELECT agent_id, tokens, calls, last_call_at FROM usage_months \
            WHERE tenant_id = $1 AND month = $2 \
            ORDER BY tokens DESC, agent_id LIMIT $3 \
        ) AS busy JOIN agents ON agents.agent_id = busy.agent_id \
        WHERE agents.organization_id = $1 \
    ) AS active UNION ALL SELECT * FROM ( \
        SELECT agents.agent_id, agents.email, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
            CAST(NULL AS timestamptz) \
        FROM agents \
        WHERE agents.organization_id = $1 AND agents.status <> 'decommissioned' \
            AND NOT EXISTS ( \
                SELECT 1 FROM usage_months AS own \
                WHERE own.tenant_id = $1 AND own.month = $2 AND own.agent_id = agents.agent_id) \
        ORDER BY agents.agent_id LIMIT $3 \
    ) AS idle ORDER BY tokens DESC, agent_id LIMIT $3";

/// Tables that are cleaned up, and when their rows began.
const AGED: [(&str, &str); 3] = [
    ("usage_events", "hour"),
    ("usage_hours", "hour"),
    ("usage_months", "month"),
];

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

fn start(month: Month) -> Micros {
    Micros::from(Timestamp::start_of_day(month.first_day()))
}

/// Organization, month, agent.
type AgentMonth = (DbId, Micros, DbId);
/// Tokens, calls, time of the last call.
type MonthSums = (i64, i64, Option<Micros>);

/// Tokens and calls of agents, summed over the hours of a month; in key order
/// too.
fn months(deltas: &[UsageDelta]) -> Vec<UsageMonthRow> {
    let mut months: BTreeMap<AgentMonth, MonthSums> = BTreeMap::new();
    for delta in deltas.iter().filter(|delta| delta.agent != NO_AGENT) {
        let (tokens, calls, last_call_at) = match delta.metric {
            MetricType::TokenIssued => (delta.count, 0, None),
            MetricType::ApiCall => (0, delta.count, Some(Micros::from(delta.last_at))),
            _ => continue,
        };
        let key = (
            DbId::from(delta.organization),
            start(delta.hour.month()),
            DbId::from(delta.agent),
        );
        let sum = months.entry(key).or_default();
        sum.0 = sum.0.saturating_add(tokens);
        sum.1 = sum.1.saturating_add(calls);
        sum.2 = sum.2.max(last_call_at);
    }
    let months = months.into_iter().map(|(key, sum)| UsageMonthRow {
        organization_id: key.0,
        month: key.1,
        agent_id: key.2,
        tokens: sum.0,
        calls: sum.1,
        last_call_at: sum.2,
    });
    months.collect()
}

#[async_trait]
impl UsageStore for SqlUnitOfWork {
    async fn add(&mut self, deltas: &[UsageDelta]) -> Result<(), StoreError> {
        if deltas.is_empty() {
            return Ok(());
        }
        let rows = rows(deltas);
        let (hours, months) = (hours(&rows), months(deltas));
        dialect::add_usage(self.conn()?, rows)
            .await
            .map_err(failed)?;
        dialect::add_usage_hours(self.conn()?, hours)
            .await
            .map_err(failed)?;
        if months.is_empty() {
            return Ok(());
        }
        dialect::add_usage_months(self.conn()?, months)
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
        month: Month,
        limit: i64,
    ) -> Result<Vec<AgentUsage>, StoreError> {
        let rows: Vec<AgentUsageRow> = diesel::sql_query(BY_AGENT)
            .bind::<Id, _>(DbId::from(organization))
            .bind::<Ts, _>(start(month))
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
