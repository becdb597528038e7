//! SQLite: one file per test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_sql::{PoolStatus, RotationState, SqliteSettings, SqliteStore};
use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use uuid::Uuid;

use super::{Keys, POOL_SIZE, QueryCount, Raw, Target};

pub struct SqliteDatabase {
    pub folder: tempfile::TempDir,
    pub settings: SqliteSettings,
}

impl SqliteDatabase {
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = SqliteSettings {
            path: folder.path().join("test.db"),
            readers: POOL_SIZE,
            connection_timeout: Duration::from_secs(20),
        };
        Self { folder, settings }
    }

    pub async fn migrated() -> Self {
        let database = Self::empty();
        SqliteStore::migrate(&database.settings).await.unwrap();
        database
    }

    pub async fn target(&self) -> Target {
        let keys = Keys::new();
        let cipher = keys.cipher();
        let queries = Arc::new(QueryCount::default());
        let settings = self.settings.clone();
        let store = SqliteStore::open(settings, Arc::clone(&cipher), queries.clone());
        let store = Arc::new(store.await.unwrap());
        Target {
            store: store.clone(),
            raw: Box::new(RawSqlite {
                path: self.settings.path.clone(),
                store,
            }),
            keys,
            cipher,
            queries,
        }
    }
}

struct RawSqlite {
    path: PathBuf,
    store: Arc<SqliteStore>,
}

#[derive(QueryableByName)]
struct TextValue {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

pub fn open_sqlite(path: &Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection
        .batch_execute("PRAGMA busy_timeout = 5000")
        .unwrap();
    connection
}

#[async_trait]
impl Raw for RawSqlite {
    async fn execute(&self, sql: &str) -> Result<(), String> {
        open_sqlite(&self.path)
            .batch_execute(sql)
            .map_err(|error| error.to_string())
    }

    async fn texts(&self, sql: &str) -> Vec<Option<String>> {
        let sql = format!(
            "WITH result (value) AS ({sql}) SELECT CAST(value AS TEXT) AS value FROM result"
        );
        sql_query(sql)
            .load::<TextValue>(&mut open_sqlite(&self.path))
            .unwrap()
            .into_iter()
            .map(|row| row.value)
            .collect()
    }

    fn id(&self, id: Uuid) -> String {
        format!("X'{}'", id.simple())
    }

    fn unlock_audit(&self) -> &'static str {
        "DROP TRIGGER trg_audit_events_immutable_update; \
         DROP TRIGGER trg_audit_events_immutable_delete"
    }

    fn time(&self, micros: i64) -> String {
        micros.to_string()
    }

    async fn reencrypt(&self, batch_limit: i64) -> Result<u64, StoreError> {
        self.store.reencrypt(batch_limit).await
    }

    async fn rotation_state(&self) -> Result<RotationState, StoreError> {
        self.store.rotation_state().await
    }

    fn interruption(&self, rows: usize) -> [String; 2] {
        [
            format!(
                "CREATE TRIGGER interruption BEFORE UPDATE ON _encryption_migration_log \
                 WHEN NEW.rows_changed > {rows} BEGIN SELECT RAISE(ABORT, 'interrupted'); END"
            ),
            "DROP TRIGGER interruption".to_owned(),
        ]
    }

    fn pool_status(&self) -> PoolStatus {
        self.store.pool_status()
    }
}

pub async fn on_sqlite(case: impl AsyncFn(&Target)) {
    let database = SqliteDatabase::migrated().await;
    case(&database.target().await).await;
}
