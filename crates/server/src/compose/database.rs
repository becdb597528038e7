//! The database in use: before it is opened, and open.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::unit_of_work::Store;
use agentidp_sql::{
    PoolStatus, PostgresSettings, PostgresStore, RotationState, SchemaState, SqliteSettings,
    SqliteStore,
};
use async_trait::async_trait;

use crate::compose::Purpose;
use crate::config::{Database, StoreConfig};
use crate::failure::{Failure, Outcome};
use crate::files;

/// Rows re-encrypted in one transaction.
const REENCRYPTION_BATCH: i64 = 200;

/// Connections of the embedded store that read.
const READERS: usize = 4;

/// Longest time to the answer of a query while requests wait for it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Longest time to the last row of an answer that is read row by row.
const ROWS_WITHIN: Duration = Duration::from_secs(30);
/// How long an operator command waits for the server to leave it the database.
const BESIDE_A_SERVER: Duration = Duration::from_secs(60);

/// A database that is not open.
#[derive(Clone, Debug)]
pub(crate) enum ClosedDatabase {
    /// The embedded store.
    Sqlite(SqliteSettings),
    /// PostgreSQL.
    Postgres(PostgresSettings),
}

/// A store, with what the server needs beside its data.
#[async_trait]
pub(crate) trait OpenDatabase: Store {
    /// Use of its connections.
    fn pool_status(&self) -> PoolStatus;

    /// Re-encrypts what is not encrypted with the current key; returns the
    /// number of rows.
    ///
    /// # Errors
    ///
    /// A failing store or a row that cannot be decrypted.
    async fn reencrypt(&self) -> Result<u64, StoreError>;

    /// Where the change to the current encryption key stands.
    ///
    /// # Errors
    ///
    /// A failing store.
    async fn rotation_state(&self) -> Result<RotationState, StoreError>;

    /// Closes all connections.
    fn close(&self);
}

impl ClosedDatabase {
    /// The configured database.
    pub(crate) fn new(config: &StoreConfig) -> Self {
        match &config.database {
            Database::Sqlite(path) => Self::Sqlite(SqliteSettings {
                path: path.clone(),
                readers: READERS,
                connection_timeout: config.pool.wait,
            }),
            Database::Postgres(url) => Self::Postgres(PostgresSettings {
                url: url.clone(),
                pool_max: config.pool.max,
                pool_min: config.pool.min,
                idle_timeout: config.pool.idle,
                connection_timeout: config.pool.wait,
                answer_within: Some(ANSWER_WITHIN),
                rows_within: ROWS_WITHIN,
            }),
        }
    }

    /// The same for this purpose. A command works beside a running server, with
    /// patience: SQLite gives its lock to whoever comes first, a busy server may
    /// leave it none for a while; and it walks through whole tables.
    pub(crate) fn to(mut self, purpose: Purpose) -> Self {
        if purpose == Purpose::Operate {
            match &mut self {
                Self::Sqlite(settings) => {
                    settings.connection_timeout = settings.connection_timeout.max(BESIDE_A_SERVER);
                }
                Self::Postgres(settings) => settings.answer_within = None,
            }
        }
        self
    }

    /// Whether several replicas may share it.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Its file, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(settings) => Some(&settings.path),
            Self::Postgres(_) => None,
        }
    }

    /// How its schema relates to this program.
    ///
    /// # Errors
    ///
    /// When it cannot be reached.
    pub(crate) async fn schema_state(&self) -> Outcome<SchemaState> {
        match self {
            Self::Sqlite(settings) => SqliteStore::schema_state(settings).await,
            Self::Postgres(settings) => PostgresStore::schema_state(settings).await,
        }
        .map_err(|error| self.unreachable(&error))
    }

    /// Applies missing migrations; returns how many.
    ///
    /// # Errors
    ///
    /// When it cannot be reached or a migration fails.
    pub(crate) async fn migrate(&self) -> Outcome<usize> {
        match self {
            Self::Sqlite(settings) => {
                if let Some(folder) = settings.path.parent() {
                    files::private_dir(folder).map_err(Failure::during("data directory"))?;
                }
                // The files that SQLite adds get the mode of this one.
                files::create(&settings.path, b"").map_err(Failure::during("database"))?;
                SqliteStore::migrate(settings).await
            }
            Self::Postgres(settings) => PostgresStore::migrate(settings).await,
        }
        .map_err(|error| self.unreachable(&error))
    }

    /// Opens it.
    ///
    /// # Errors
    ///
    /// When it cannot be reached.
    pub(crate) async fn open(
        &self,
        cipher: Arc<FieldCipher>,
        metrics: Arc<dyn Metrics>,
    ) -> Outcome<Arc<dyn OpenDatabase>> {
        let opened = match self {
            Self::Sqlite(settings) => SqliteStore::open(settings.clone(), cipher, metrics)
                .await
                .map(shared),
            Self::Postgres(settings) => PostgresStore::connect(settings.clone(), cipher, metrics)
                .await
                .map(shared),
        };
        opened.map_err(|error| self.unreachable(&error))
    }

    fn unreachable(&self, error: &StoreError) -> Failure {
        Failure::new(match self {
            Self::Sqlite(settings) => format!("SQLite, {}: {error}", settings.path.display()),
            Self::Postgres(_) if error.is_unavailable() => {
                format!("PostgreSQL cannot be reached, check DATABASE_URL: {error}")
            }
            Self::Postgres(_) => format!("PostgreSQL: {error}"),
        })
    }
}

fn shared(database: impl OpenDatabase + 'static) -> Arc<dyn OpenDatabase> {
    Arc::new(database)
}

#[async_trait]
impl OpenDatabase for SqliteStore {
    fn pool_status(&self) -> PoolStatus {
        Self::pool_status(self)
    }

    async fn reencrypt(&self) -> Result<u64, StoreError> {
        Self::reencrypt(self, REENCRYPTION_BATCH).await
    }

    async fn rotation_state(&self) -> Result<RotationState, StoreError> {
        Self::rotation_state(self).await
    }

    fn close(&self) {
        Self::close(self);
    }
}

#[async_trait]
impl OpenDatabase for PostgresStore {
    fn pool_status(&self) -> PoolStatus {
        Self::pool_status(self)
    }

    async fn reencrypt(&self) -> Result<u64, StoreError> {
        Self::reencrypt(self, REENCRYPTION_BATCH).await
    }

    async fn rotation_state(&self) -> Result<RotationState, StoreError> {
        Self::rotation_state(self).await
    }

    fn close(&self) {
        Self::close(self);
    }
}
