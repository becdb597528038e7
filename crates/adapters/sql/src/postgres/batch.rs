//! Audit events and what is counted with them, a whole batch in one statement.

use std::collections::BTreeMap;

use agentidp_domain::audit::{AuditRecord, LogHead};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::{IntoSql, QueryResult};
use diesel_async::RunQueryDsl;

use super::Connection;
use super::unnest::{Part, Together, Unnest, column};
use crate::rows::{JournalRows, UsageHourRow, UsageMonthRow, UsageRow, UsageRows};
use crate::types::{DbId, Id, JsonDocument, JsonText, Micros, Ts};

/// Appends events and moves the ends of their logs.
pub(super) async fn append(
    connection: &mut Connection,
    records: &[AuditRecord],
    heads: &[LogHead],
) -> QueryResult<()> {
    run(connection, vec![events(records), ends(heads)]).await
}

/// Adds to the usage.
pub(super) async fn add_usage(connection: &mut Connection, rows: UsageRows) -> QueryResult<()> {
    run(connection, usage(rows)).await
}

/// Writes a batch of the issuance journal.
pub(super) async fn write_batch(
    connection: &mut Connection,
    batch: JournalRows<'_>,
) -> QueryResult<()> {
    let mut parts = Vec::new();
    if !batch.records.is_empty() {
        parts.push(events(batch.records));
        parts.push(ends(batch.heads));
    }
    parts.extend(usage(batch.usage));
    if !batch.issued.is_empty() {
        parts.push(issued(&batch.month, batch.issued));
    }
    run(connection, parts).await
}

async fn run(connection: &mut Connection, parts: Vec<Part<'_>>) -> QueryResult<()> {
    if !parts.is_empty() {
        Together(parts).execute(connection).await?;
    }
    Ok(())
}

fn events(records: &[AuditRecord]) -> Part<'_> {
    Box::new(Unnest {
        head: "INSERT INTO audit_events (event_id, organization_id, sequence, timestamp, action, \
               outcome, agent_id, ip_address, user_agent, metadata, previous_hash, hash) \
               SELECT * FROM unnest(",
        arrays: (
            column!(records, Id, |r| DbId::from(r.event_id)),
            column!(records, Id, |r| DbId::from(r.organization_id)),
            column!(records, BigInt, |r| r.sequence),
            column!(records, Ts, |r| Micros(r.timestamp_micros)),
            column!(records, Text, |r| r.action.as_str()),
            column!(records, Text, |r| r.outcome.as_str()),
            column!(records, Text, |r| r.agent_id.as_str()),
            column!(records, Text, |r| r.ip_address.as_str()),
            column!(records, Text, |r| r.user_agent.as_str()),
            column!(records, JsonDocument, |r| JsonText::from(&r.metadata)),
            column!(records, Text, |r| r.previous_hash.as_str()),
            column!(records, Text, |r| r.hash.as_str()),
        ),
        tail: ")",
    })
}

fn ends(heads: &[LogHead]) -> Part<'_> {
    Box::new(Unnest {
        head: "UPDATE audit_log_heads AS head SET next_sequence = new.next_sequence, \
               last_hash = new.last_hash, last_timestamp = new.last_timestamp FROM unnest(",
        arrays: (
            column!(heads, Id, |h| DbId::from(h.organization_id)),
            column!(heads, BigInt, |h| h.next_sequence),
            column!(heads, Text, |h| h.last_hash.as_str()),
            column!(heads, Nullable<Ts>, |h| h.last_timestamp.map(Micros::from)),
        ),
        tail: ") AS new (organization_id, next_sequence, last_hash, last_timestamp) \
               WHERE head.organization_id = new.organization_id",
    })
}

fn issued(month: &str, counts: BTreeMap<DbId, i64>) -> Part<'static> {
    let months = vec![month.to_owned(); counts.len()];
    let (ids, counts): (Vec<DbId>, Vec<i64>) = counts.into_iter().unzip();
    Box::new(Unnest {
        head: "INSERT INTO token_monthly_counts AS present (organization_id, month, count) \
               SELECT * FROM unnest(",
        arrays: (
            ids.into_sql::<Array<Id>>(),
            months.into_sql::<Array<Text>>(),
            counts.into_sql::<Array<BigInt>>(),
        ),
        tail: ") ON CONFLICT (organization_id, month) \
               DO UPDATE SET count = present.count + excluded.count",
    })
}

/// Rows of agents are locked first, then those of hours, then those of months.
fn usage(rows: UsageRows) -> Vec<Part<'static>> {
    let mut parts = Vec::new();
    if !rows.months.is_empty() {
        parts.push(usage_of_months(&rows.months));
    }
    if !rows.hours.is_empty() {
        parts.push(usage_of_hours(&rows.hours));
    }
    if !rows.agents.is_empty() {
        parts.push(usage_of_agents(&rows.agents));
    }
    parts
}

fn usage_of_agents(rows: &[UsageRow]) -> Part<'static> {
    Box::new(Unnest {
        head: "INSERT INTO usage_events AS present (tenant_id, hour, metric_type, agent_id, \
               count, last_at) SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.organization_id),
            column!(rows, Ts, |r| r.hour),
            column!(rows, Text, |r| r.metric_type.clone()),
            column!(rows, Id, |r| r.agent_id),
            column!(rows, BigInt, |r| r.count),
            column!(rows, Ts, |r| r.last_at),
        ),
        tail: ") ON CONFLICT (tenant_id, hour, metric_type, agent_id) \
               DO UPDATE SET count = present.count + excluded.count, \
               last_at = GREATEST(present.last_at, excluded.last_at)",
    })
}

fn usage_of_hours(rows: &[UsageHourRow]) -> Part<'static> {
    Box::new(Unnest {
        head: "INSERT INTO usage_hours AS present (tenant_id, metric_type, hour, count) \
               SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.organization_id),
            column!(rows, Text, |r| r.metric_type.clone()),
            column!(rows, Ts, |r| r.hour),
            column!(rows, BigInt, |r| r.count),
        ),
        tail: ") ON CONFLICT (tenant_id, metric_type, hour) \
               DO UPDATE SET count = present.count + excluded.count",
    })
}

fn usage_of_months(rows: &[UsageMonthRow]) -> Part<'static> {
    Box::new(Unnest {
        head: "INSERT INTO usage_months AS present (tenant_id, month, agent_id, tokens, calls, \
               last_call_at) SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.organization_id),
            column!(rows, Ts, |r| r.month),
            column!(rows, Id, |r| r.agent_id),
            column!(rows, BigInt, |r| r.tokens),
            column!(rows, BigInt, |r| r.calls),
            column!(rows, Nullable<Ts>, |r| r.last_call_at),
        ),
        // GREATEST leaves out what is NULL.
        tail: ") ON CONFLICT (tenant_id, month, agent_id) \
               DO UPDATE SET tokens = present.tokens + excluded.tokens, \
               calls = present.calls + excluded.calls, \
               last_call_at = GREATEST(present.last_call_at, excluded.last_call_at)",
    })
}
