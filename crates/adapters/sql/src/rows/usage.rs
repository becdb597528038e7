//! `usage_events` and its sums.

use agentidp_domain::error::StoreError;
use agentidp_domain::usage::{AgentUsage, HourlyUsage};
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
