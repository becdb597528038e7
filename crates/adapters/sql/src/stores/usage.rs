//! Usage per organization, agent and hour, and its sums.

use std::ops::Range;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::time::{Month, Timestamp};
use agentidp_domain::usage::{AgentUsage, HourlyUsage, MetricType, UsageDelta, UsageStore};
use async_trait::async_trait;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected, dialect, failed};
use crate::rows::{AgentUsageRow, hourly_usage};
use crate::schema::usage_hours::{self, dsl};
use crate::types::{DbId, Id, Micros, Ts};

/// The agents with most tokens, then the first ones of those without: as many as
/// there is room for.
///
/// Both databases read `$n`: PostgreSQL as the number of a parameter, SQLite
/// as a name, numbered in the order in which names first occur.
const BY_AGENT: &str = "\
    WITH busy AS ( \
        SELECT agent_id, tokens, calls, last_call_at FROM usage_months \
        WHERE tenant_id = $1 AND month = $2 \
        ORDER BY tokens DESC, agent_id LIMIT $3 \
    ) \
    SELECT * FROM ( \
        SELECT agents.agent_id AS agent_id, agents.email AS email, busy.tokens AS tokens, \
            busy.calls AS calls, busy.last_call_at AS last_call \
        FROM busy JOIN agents ON agents.agent_id = busy.agent_id \
        WHERE agents.organization_id = $1 \
    ) AS active UNION ALL SELECT * FROM ( \
        SELECT agents.agent_id, agents.email, CAST(0 AS BIGINT), CAST(0 AS BIGINT), \
            CAST(NULL AS timestamptz) \
        FROM agents \
        WHERE agents.organization_id = $1 AND agents.status <> 'decommissioned' \
            AND NOT EXISTS ( \
                SELECT 1 FROM usage_months AS own \
                WHERE own.tenant_id = $1 AND own.month = $2 AND own.agent_id = agents.agent_id) \
        ORDER BY agents.agent_id LIMIT $3 - (SELECT count(*) FROM busy WHERE tokens > 0) \
    ) AS idle ORDER BY tokens DESC, agent_id LIMIT $3";

/// Tables that are cleaned up, and when their rows began.
const AGED: [(&str, &str); 3] = [
    ("usage_events", "hour"),
    ("usage_hours", "hour"),
    ("usage_months", "month"),
];

fn start(month: Month) -> Micros {
    Micros::from(Timestamp::start_of_day(month.first_day()))
}

#[async_trait]
impl UsageStore for SqlUnitOfWork {
    async fn add(&mut self, deltas: &[UsageDelta]) -> Result<(), StoreError> {
        if deltas.is_empty() {
            return Ok(());
        }
        dialect::add_usage(self.conn()?, deltas.into())
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
