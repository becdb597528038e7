//! Migrations.

use std::collections::BTreeSet;
use std::error::Error;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{Kind, establish};
use super::store::SqliteSettings;
use crate::status::SchemaState;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../../migrations/sqlite");

type BoxError = Box<dyn Error + Send + Sync>;

fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Backend(format!("migrations: {error}"))
}

fn open(path: &str, kind: Kind, patience: Duration) -> Result<SqliteConnection, StoreError> {
    establish(path, kind, patience).map_err(|error| StoreError::Unavailable(error.to_string()))
}

pub(super) async fn migrate(settings: &SqliteSettings) -> Result<usize, StoreError> {
    let (path, patience) = (
        settings.path_text()?.to_owned(),
        settings.connection_timeout,
    );
    let run = move || {
        // One transaction: a second process waits for the whole of it.
        open(&path, Kind::Writer, patience)?
            .immediate_transaction::<_, BoxError, _>(|connection| {
                connection
                    .run_pending_migrations(MIGRATIONS)
                    .map(|applied| applied.len())
            })
            .map_err(broken)
    };
    tokio::task::spawn_blocking(run).await.map_err(broken)?
}

pub(super) async fn schema_state(settings: &SqliteSettings) -> Result<SchemaState, StoreError> {
    let (path, patience) = (
        settings.path_text()?.to_owned(),
        settings.connection_timeout,
    );
    if !settings.path.exists() {
        return Ok(SchemaState::Empty);
    }
    let run = move || {
        let mut connection = open(&path, Kind::Reader, patience)?;
        let applied = applied(&mut connection).map_err(broken)?;
        let known = MigrationSource::<Sqlite>::migrations(&MIGRATIONS)
            .map_err(broken)?
            .iter()
            .map(|migration| migration.name().version().to_string())
            .collect();
        Ok(SchemaState::compare(&known, &applied))
    };
    tokio::task::spawn_blocking(run).await.map_err(broken)?
}

diesel::table! {
    sqlite_master (name) {
        name -> Text,
    }
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

fn applied(connection: &mut SqliteConnection) -> Result<BTreeSet<String>, diesel::result::Error> {
    use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

    let tables: i64 = sqlite_master::table
        .filter(sqlite_master::name.eq("__diesel_schema_migrations"))
        .count()
        .get_result(connection)?;
    if tables == 0 {
        return Ok(BTreeSet::new());
    }
    let versions: Vec<MigrationVersion<'static>> = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .load(connection)?;
    Ok(versions.iter().map(ToString::to_string).collect())
}
