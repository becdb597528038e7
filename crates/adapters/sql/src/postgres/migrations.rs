//! Migrations.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{Connector, PostgresSettings};
use super::failed;
use crate::status::SchemaState;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/postgres");

/// Session lock of whoever migrates this database. Not waited for in a
/// statement: `CREATE INDEX CONCURRENTLY` of the one who has the lock would
/// wait for that statement in turn.
const TRY_LOCK: &str =
    "SELECT pg_try_advisory_lock(hashtextextended('agentidp migrations', 0)) AS present";
/// Pause between two attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Backend(format!("migrations: {error}"))
}

/// A connection on which a statement may take as long as it needs.
async fn open(settings: &PostgresSettings) -> Result<AsyncPgConnection, StoreError> {
    Connector::new(settings)?
        .open(Arc::default())
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

pub(super) async fn migrate(settings: &PostgresSettings) -> Result<usize, StoreError> {
    let settings = settings.clone();
    // The harness blocks, and only on a runtime of several threads; the one
    // of the caller may have a single thread.
    let run = move || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(broken)?
            .block_on(run_pending(&settings))
    };
    tokio::task::spawn_blocking(run).await.map_err(broken)?
}

async fn run_pending(settings: &PostgresSettings) -> Result<usize, StoreError> {
    let mut connection = open(settings).await?;
    lock(&mut connection).await?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let applied = harness.run_pending_migrations(MIGRATIONS).map_err(broken)?;
    Ok(applied.len())
}

async fn lock(connection: &mut AsyncPgConnection) -> Result<(), StoreError> {
    loop {
        let lock: Present = sql_query(TRY_LOCK)
            .get_result(connection)
            .await
            .map_err(failed)?;
        if lock.present {
            return Ok(());
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
}

#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = Bool)]
    present: bool,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

pub(super) async fn schema_state(settings: &PostgresSettings) -> Result<SchemaState, StoreError> {
    let mut connection = open(settings).await?;
    let table: Present =
        sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS present")
            .get_result(&mut connection)
            .await
            .map_err(failed)?;
    let mut applied = BTreeSet::new();
    if table.present {
        let versions: Vec<Version> =
            sql_query("SELECT version::text AS version FROM __diesel_schema_migrations")
                .load(&mut connection)
                .await
                .map_err(failed)?;
        applied.extend(versions.into_iter().map(|row| row.version));
    }
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(broken)?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    Ok(SchemaState::compare(&known, &applied))
}
