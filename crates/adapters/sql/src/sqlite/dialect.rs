//! The statements that differ on SQLite. Batches run in one blocking call, row
//! by row with a prepared statement.

use std::collections::BTreeMap;

use agentidp_domain::audit::{AuditRecord, LogHead};
use diesel::dsl::{max, sql};
use diesel::sql_types::{BigInt, Nullable};
use diesel::upsert::excluded;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, sql_query};

use super::Connection;
use crate::rows::{
    AuditRow, DeliveryRow, JournalRows, OutboxRow, QueuedRow, RevocationDbRow, UsageHourRow,
    UsageMonthRow, UsageRow, UsageRows,
};
use crate::schema::{
    audit_events, audit_log_heads, event_outbox, event_stream_queue, token_monthly_counts,
    token_revocations, usage_events, usage_hours, usage_months, webhook_deliveries,
};
use crate::types::{DbId, JsonText, Micros, Ts};

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::types::{JsonDocument, Ts};

    change_feed (id) {
        id -> BigInt,
        payload -> JsonDocument,
        created_at -> Ts,
    }
}

/// Before and after the capability that an agent must have.
pub(super) const HAS_CAPABILITY: [&str; 2] = [
    "EXISTS (SELECT 1 FROM json_each(agents.capabilities) WHERE value = ",
    ")",
];

/// Whether an index finds the agents that have a word.
pub(super) const WORDS_ARE_INDEXED: bool = false;

pub(super) async fn append(
    connection: &mut Connection,
    records: &[AuditRecord],
    heads: &[LogHead],
) -> QueryResult<()> {
    use audit_log_heads::dsl;

    let events: Vec<AuditRow> = records.iter().map(AuditRow::from).collect();
    let heads = heads.to_vec();
    connection
        .spawn_blocking(move |connection| {
            for event in &events {
                diesel::insert_into(audit_events::table)
                    .values(event)
                    .execute(connection)?;
            }
            for head in heads {
                let id = DbId::from(head.organization_id);
                diesel::update(dsl::audit_log_heads.find(id))
                    .set((
                        dsl::next_sequence.eq(head.next_sequence),
                        dsl::last_hash.eq(head.last_hash),
                        dsl::last_timestamp.eq(head.last_timestamp.map(Micros::from)),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

/// Writes a batch of the issuance journal.
pub(super) async fn write_batch(
    connection: &mut Connection,
    batch: JournalRows<'_>,
) -> QueryResult<()> {
    append(connection, batch.records, batch.heads).await?;
    add_usage(connection, batch.usage).await?;
    count_issued(connection, batch.month, batch.issued).await
}

async fn count_issued(
    connection: &mut Connection,
    month: String,
    counts: BTreeMap<DbId, i64>,
) -> QueryResult<()> {
    use token_monthly_counts::dsl;

    connection
        .spawn_blocking(move |connection| {
            for (organization, count) in counts {
                diesel::insert_into(dsl::token_monthly_counts)
                    .values((
                        dsl::organization_id.eq(organization),
                        dsl::month.eq(&month),
                        dsl::count.eq(count),
                    ))
                    .on_conflict((dsl::organization_id, dsl::month))
                    .do_update()
                    .set(dsl::count.eq(dsl::count + excluded(dsl::count)))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

pub(super) async fn add_revocations(
    connection: &mut Connection,
    rows: Vec<RevocationDbRow>,
) -> QueryResult<Vec<DbId>> {
    connection
        .spawn_blocking(move |connection| {
            let mut added = Vec::new();
            for row in rows {
                let inserted = diesel::insert_into(token_revocations::table)
                    .values(&row)
                    .on_conflict(token_revocations::jti)
                    .do_nothing()
                    .execute(connection)?;
                if inserted > 0 {
                    added.push(row.jti);
                }
            }
            Ok(added)
        })
        .await
}

pub(super) async fn add_events(
    connection: &mut Connection,
    rows: Vec<OutboxRow>,
) -> QueryResult<()> {
    connection
        .spawn_blocking(move |connection| {
            for row in &rows {
                diesel::insert_into(event_outbox::table)
                    .values(row)
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

pub(super) async fn enqueue(connection: &mut Connection, rows: Vec<QueuedRow>) -> QueryResult<()> {
    connection
        .spawn_blocking(move |connection| {
            for row in &rows {
                diesel::insert_into(event_stream_queue::table)
                    .values(row)
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

pub(super) async fn queue(connection: &mut Connection, rows: Vec<DeliveryRow>) -> QueryResult<()> {
    connection
        .spawn_blocking(move |connection| {
            for row in &rows {
                diesel::insert_into(webhook_deliveries::table)
                    .values(row)
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

/// Adds to the usage.
pub(super) async fn add_usage(connection: &mut Connection, rows: UsageRows) -> QueryResult<()> {
    add_usage_of_agents(connection, rows.agents).await?;
    add_usage_of_hours(connection, rows.hours).await?;
    add_usage_of_months(connection, rows.months).await
}

async fn add_usage_of_agents(connection: &mut Connection, rows: Vec<UsageRow>) -> QueryResult<()> {
    use usage_events::dsl;

    connection
        .spawn_blocking(move |connection| {
            for row in &rows {
                diesel::insert_into(usage_events::table)
                    .values(row)
                    .on_conflict((
                        dsl::organization_id,
                        dsl::hour,
                        dsl::metric_type,
                        dsl::agent_id,
                    ))
                    .do_update()
                    .set((
                        dsl::count.eq(dsl::count + excluded(dsl::count)),
                        dsl::last_at.eq(sql::<Ts>("max(usage_events.last_at, excluded.last_at)")),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

async fn add_usage_of_hours(
    connection: &mut Connection,
    rows: Vec<UsageHourRow>,
) -> QueryResult<()> {
    use usage_hours::dsl;

    connection
        .spawn_blocking(move |connection| {
            for row in &rows {
                diesel::insert_into(usage_hours::table)
                    .values(row)
                    .on_conflict((dsl::organization_id, dsl::metric_type, dsl::hour))
                    .do_update()
                    .set(dsl::count.eq(dsl::count + excluded(dsl::count)))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

async fn add_usage_of_months(
    connection: &mut Connection,
    rows: Vec<UsageMonthRow>,
) -> QueryResult<()> {
    use usage_months::dsl;

    // max of two answers NULL when one of them is.
    const LAST: &str = "max(COALESCE(usage_months.last_call_at, excluded.last_call_at), \
                        COALESCE(excluded.last_call_at, usage_months.last_call_at))";
    connection
        .spawn_blocking(move |connection| {
            for row in &rows {
                diesel::insert_into(usage_months::table)
                    .values(row)
                    .on_conflict((dsl::organization_id, dsl::month, dsl::agent_id))
                    .do_update()
                    .set((
                        dsl::tokens.eq(dsl::tokens + excluded(dsl::tokens)),
                        dsl::calls.eq(dsl::calls + excluded(dsl::calls)),
                        dsl::last_call_at.eq(sql::<Nullable<Ts>>(LAST)),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

pub(super) async fn prune_usage(
    connection: &mut Connection,
    (table, column): (&str, &str),
    before: Micros,
    limit: i64,
) -> QueryResult<usize> {
    let statement = format!(
        "DELETE FROM {table} WHERE rowid IN ( \
         SELECT rowid FROM {table} WHERE {column} < ? ORDER BY {column} LIMIT ?)"
    );
    connection
        .spawn_blocking(move |connection| {
            sql_query(statement)
                .bind::<Ts, _>(before)
                .bind::<BigInt, _>(limit)
                .execute(connection)
        })
        .await
}

pub(super) async fn record(
    connection: &mut Connection,
    payloads: Vec<JsonText>,
) -> QueryResult<()> {
    connection
        .spawn_blocking(move |connection| {
            for payload in payloads {
                diesel::insert_into(change_feed::table)
                    .values(change_feed::payload.eq(payload))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
}

/// The last id: with one writer at a time ids become visible in their order.
/// When all rows are pruned it is 0, which repeats but never leaves out.
pub(super) async fn cursor(connection: &mut Connection) -> QueryResult<i64> {
    connection
        .spawn_blocking(|connection| {
            let last: Option<Option<i64>> = change_feed::table
                .select(max(change_feed::id))
                .first(connection)
                .optional()?;
            Ok(last.flatten().unwrap_or(0))
        })
        .await
}

pub(super) async fn since(
    connection: &mut Connection,
    cursor: i64,
) -> QueryResult<Vec<(i64, JsonText)>> {
    connection
        .spawn_blocking(move |connection| {
            change_feed::table
                .filter(change_feed::id.gt(cursor))
                .order(change_feed::id)
                .select((change_feed::id, change_feed::payload))
                .load(connection)
        })
        .await
}

pub(super) async fn prune(connection: &mut Connection, limit: i64) -> QueryResult<usize> {
    connection
        .spawn_blocking(move |connection| {
            sql_query(
                "DELETE FROM change_feed WHERE id IN ( \
                 SELECT id FROM change_feed \
                 WHERE created_at < CAST((unixepoch('subsec') - 3600) * 1000000 AS INTEGER) \
                 ORDER BY created_at LIMIT ?)",
            )
            .bind::<BigInt, _>(limit)
            .execute(connection)
        })
        .await
}

/// The writing transaction that asks is the only one.
pub(super) async fn lock(_connection: &mut Connection, _name: &str) -> QueryResult<()> {
    Ok(())
}

/// As [`lock`].
pub(super) async fn try_lock(_connection: &mut Connection, _name: &str) -> QueryResult<bool> {
    Ok(true)
}
