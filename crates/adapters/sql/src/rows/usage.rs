//! `usage_events` and its sums.

use std::collections::BTreeMap;

use agentidp_domain::error::StoreError;
use agentidp_domain::time::Timestamp;
use agentidp_domain::usage::{AgentUsage, HourlyUsage, MetricType, NO_AGENT, UsageDelta};
use diesel::prelude::{Insertable, QueryableByName};
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::error::RowReader;
use crate::schema::{usage_events, usage_hours, usage_months};
use crate::types::{DbId, Id, Micros, Ts};

/// Something to add. The first four members are the key, in the order in which
/// rows are locked.
#[derive(Debug, Insertable)]
#[diesel(table_name = usage_events)]
pub(crate) struct UsageRow {
    pub(crate) organization_id: DbId,
    pub(crate) hour: Micros,
    pub(crate) metric_type: String,
    pub(crate) agent_id: DbId,
    pub(crate) count: i64,
    pub(crate) last_at: Micros,
}

/// Something to add to an hour of an organization. The first three members are
/// the key, in the order in which rows are locked.
#[derive(Debug, Insertable)]
#[diesel(table_name = usage_hours)]
pub(crate) struct UsageHourRow {
    pub(crate) organization_id: DbId,
    pub(crate) metric_type: String,
    pub(crate) hour: Micros,
    pub(crate) count: i64,
}

/// Something to add to a month of an agent. The first three members are the
/// key, in the order in which rows are locked.
#[derive(Debug, Insertable)]
#[diesel(table_name = usage_months)]
pub(crate) struct UsageMonthRow {
    pub(crate) organization_id: DbId,
    pub(crate) month: Micros,
    pub(crate) agent_id: DbId,
    pub(crate) tokens: i64,
    pub(crate) calls: i64,
    pub(crate) last_call_at: Option<Micros>,
}

/// The same usage in all three tables. Whoever adds locks rows of a table in the
/// order of their keys, and only those of months are shared by different kinds
/// of usage: nobody waits in a circle.
#[derive(Debug)]
pub(crate) struct UsageRows {
    pub(crate) agents: Vec<UsageRow>,
    pub(crate) hours: Vec<UsageHourRow>,
    pub(crate) months: Vec<UsageMonthRow>,
}

impl From<&[UsageDelta]> for UsageRows {
    fn from(deltas: &[UsageDelta]) -> Self {
        let agents = agents(deltas);
        Self {
            hours: hours(&agents),
            months: months(deltas),
            agents,
        }
    }
}

/// One row per key, in key order: two who add the same rows lock them in the
/// same order, and no statement meets a row twice.
fn agents(deltas: &[UsageDelta]) -> Vec<UsageRow> {
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
            Micros::from(Timestamp::start_of_day(delta.hour.month().first_day())),
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

/// Hour, kind and sum of a row.
pub(crate) fn hourly_usage(
    organization: DbId,
    (hour, metric, count): (Micros, String, i64),
) -> Result<HourlyUsage, StoreError> {
    let reader = RowReader::new("usage_hours", organization);
    Ok(HourlyUsage {
        hour: reader.time("hour", hour)?,
        metric: reader.parse("metric_type", &metric)?,
        count,
    })
}

/// An agent and the sums of its usage.
#[derive(Debug, QueryableByName)]
pub(crate) struct AgentUsageRow {
    #[diesel(sql_type = Id)]
    agent_id: DbId,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = BigInt)]
    tokens: i64,
    #[diesel(sql_type = BigInt)]
    calls: i64,
    #[diesel(sql_type = Nullable<Ts>)]
    last_call: Option<Micros>,
}

impl TryFrom<AgentUsageRow> for AgentUsage {
    type Error = StoreError;

    fn try_from(row: AgentUsageRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("usage_months", row.agent_id);
        Ok(Self {
            agent_id: row.agent_id.into(),
            email: row.email,
            tokens_issued: row.tokens,
            api_calls: row.calls,
            last_call_at: reader.optional_time("last_call_at", row.last_call)?,
        })
    }
}
