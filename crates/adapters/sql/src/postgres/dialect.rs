//! The statements that profit from PostgreSQL.

use diesel::dsl::sql;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::{ExpressionMethods, IntoSql, QueryDsl, QueryResult, sql_query};
use diesel_async::RunQueryDsl;

use super::Connection;
pub(super) use super::batch::{add_usage, append, write_batch};
use super::unnest::{ReturningIds, Unnest, column};
use crate::rows::{DeliveryRow, OutboxRow, QueuedRow, RevocationDbRow};
use crate::types::{DbId, Id, JsonDocument, JsonText, Micros, Ts};

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::types::{JsonDocument, Ts};

    change_feed (id) {
        id -> BigInt,
        payload -> JsonDocument,
        created_at -> Ts,
        xid -> BigInt,
    }
}

/// Before and after the capability that an agent must have.
pub(super) const HAS_CAPABILITY: [&str; 2] = ["agents.capabilities @> ARRAY[", "]::text[]"];

/// Whether an index finds the agents that have a word.
pub(super) const WORDS_ARE_INDEXED: bool = true;

pub(super) async fn add_revocations(
    connection: &mut Connection,
    rows: Vec<RevocationDbRow>,
) -> QueryResult<Vec<DbId>> {
    ReturningIds(Unnest {
        head: "INSERT INTO token_revocations (jti, agent_id, expires_at, revoked_at) \
               SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.jti),
            column!(rows, Nullable<Id>, |r| r.agent_id),
            column!(rows, BigInt, |r| r.expires_at),
            column!(rows, Ts, |r| r.revoked_at),
        ),
        tail: ") ON CONFLICT (jti) DO NOTHING RETURNING jti",
    })
    .load(connection)
    .await
}

pub(super) async fn add_events(
    connection: &mut Connection,
    rows: Vec<OutboxRow>,
) -> QueryResult<()> {
    Unnest {
        head: "INSERT INTO event_outbox (id, organization_id, event_type, payload, created_at) \
               SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.event_id),
            column!(rows, Id, |r| r.organization_id),
            column!(rows, Text, |r| r.event_type.as_str()),
            column!(rows, JsonDocument, |r| &r.payload),
            column!(rows, Ts, |r| r.created_at),
        ),
        tail: ")",
    }
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn enqueue(connection: &mut Connection, rows: Vec<QueuedRow>) -> QueryResult<()> {
    Unnest {
        head: "INSERT INTO event_stream_queue (event_id, organization_id, created_at) \
               SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.event_id),
            column!(rows, Id, |r| r.organization_id),
            column!(rows, Ts, |r| r.created_at),
        ),
        tail: ")",
    }
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn queue(connection: &mut Connection, rows: Vec<DeliveryRow>) -> QueryResult<()> {
    Unnest {
        head: "INSERT INTO webhook_deliveries (id, subscription_id, event_type, payload, status, \
               http_status_code, attempt_count, next_retry_at, delivered_at, created_at, \
               updated_at) SELECT * FROM unnest(",
        arrays: (
            column!(rows, Id, |r| r.delivery_id),
            column!(rows, Id, |r| r.subscription_id),
            column!(rows, Text, |r| r.event_type.as_str()),
            column!(rows, JsonDocument, |r| &r.payload),
            column!(rows, Text, |r| r.status.as_str()),
            column!(rows, Nullable<BigInt>, |r| r.http_status_code),
            column!(rows, BigInt, |r| r.attempt_count),
            column!(rows, Nullable<Ts>, |r| r.next_retry_at),
            column!(rows, Nullable<Ts>, |r| r.delivered_at),
            column!(rows, Ts, |r| r.created_at),
            column!(rows, Ts, |r| r.updated_at),
        ),
        tail: ")",
    }
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn prune_usage(
    connection: &mut Connection,
    (table, column): (&str, &str),
    before: Micros,
    limit: i64,
) -> QueryResult<usize> {
    sql_query(format!(
        "DELETE FROM {table} WHERE ctid = ANY (ARRAY( \
         SELECT ctid FROM {table} WHERE {column} < $1 ORDER BY {column} LIMIT $2))"
    ))
    .bind::<Ts, _>(before)
    .bind::<BigInt, _>(limit)
    .execute(connection)
    .await
}

pub(super) async fn record(
    connection: &mut Connection,
    payloads: Vec<JsonText>,
) -> QueryResult<()> {
    Unnest {
        head: "INSERT INTO change_feed (payload) SELECT * FROM unnest(",
        arrays: (payloads.into_sql::<Array<JsonDocument>>(),),
        tail: ")",
    }
    .execute(connection)
    .await?;
    Ok(())
}

/// The oldest transaction that still runs: everything older is visible or
/// never will be.
pub(super) async fn cursor(connection: &mut Connection) -> QueryResult<i64> {
    diesel::select(sql::<BigInt>(
        "(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint",
    ))
    .get_result(connection)
    .await
}

pub(super) async fn since(
    connection: &mut Connection,
    cursor: i64,
) -> QueryResult<Vec<(i64, JsonText)>> {
    change_feed::table
        .filter(change_feed::xid.ge(cursor))
        .order(change_feed::id)
        .select((change_feed::id, change_feed::payload))
        .load(connection)
        .await
}

pub(super) async fn prune(connection: &mut Connection, limit: i64) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM change_feed WHERE id = ANY (ARRAY( \
         SELECT id FROM change_feed WHERE created_at < now() - interval '1 hour' \
         ORDER BY created_at LIMIT $1))",
    )
    .bind::<BigInt, _>(limit)
    .execute(connection)
    .await
}

pub(super) async fn lock(connection: &mut Connection, name: &str) -> QueryResult<()> {
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind::<Text, _>(name)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn try_lock(connection: &mut Connection, name: &str) -> QueryResult<bool> {
    diesel::select(
        sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended(")
            .bind::<Text, _>(name)
            .sql(", 0))"),
    )
    .get_result(connection)
    .await
}
