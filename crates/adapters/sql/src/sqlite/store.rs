//! The store.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use async_trait::async_trait;
use diesel_async::SimpleAsyncConnection;
use tokio::runtime::Handle;

use super::connect::Kind;
use super::pool::{ConnectionPool, Lease};
use super::{SqlUnitOfWork, failed, migrations, reencrypt};
use crate::status::{PoolStatus, RotationState, SchemaState};

/// Time for all rows of one stream.
const ROWS_WITHIN: Duration = Duration::from_secs(30);

/// Where an embedded database lies.
#[derive(Clone, Debug)]
pub struct SqliteSettings {
    /// The database file; created when missing, its folder is not.
    pub path: PathBuf,
    /// Number of connections that read.
    pub readers: usize,
    /// Longest wait for a free connection, and of a connection for those of
    /// other processes.
    pub connection_timeout: Duration,
}

impl SqliteSettings {
    pub(super) fn path_text(&self) -> Result<&str, StoreError> {
        self.path
            .to_str()
            .ok_or_else(|| StoreError::Backend("the database path is not UTF-8".to_owned()))
    }
}

/// The store on SQLite.
pub struct SqliteStore {
    writer: Arc<ConnectionPool>,
    readers: Arc<ConnectionPool>,
    cipher: Arc<FieldCipher>,
    runtime: Handle,
}

impl SqliteStore {
    /// Opens the database. The schema must be there: see
    /// [`schema_state`](Self::schema_state).
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub async fn open(
        settings: SqliteSettings,
        cipher: Arc<FieldCipher>,
        metrics: Arc<dyn Metrics>,
    ) -> Result<Self, StoreError> {
        let path = settings.path_text()?;
        let wait = settings.connection_timeout;
        let writer =
            ConnectionPool::open(path, Kind::Writer, 1, wait, Arc::clone(&metrics)).await?;
        let readers =
            ConnectionPool::open(path, Kind::Reader, settings.readers.max(1), wait, metrics)
                .await?;
        Ok(Self {
            writer,
            readers,
            cipher,
            runtime: Handle::current(),
        })
    }

    /// Applies the missing migrations, all or none. Returns how many were
    /// applied.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or a migration fails.
    pub async fn migrate(settings: &SqliteSettings) -> Result<usize, StoreError> {
        migrations::migrate(settings).await
    }

    /// Compares the applied migrations with those of this program. A missing
    /// file is an empty schema and stays missing.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub async fn schema_state(settings: &SqliteSettings) -> Result<SchemaState, StoreError> {
        migrations::schema_state(settings).await
    }

    /// Use of the connections.
    #[must_use]
    pub fn pool_status(&self) -> PoolStatus {
        let (writer, readers) = (self.writer.status(), self.readers.status());
        PoolStatus {
            active: writer.active + readers.active,
            waiting: writer.waiting + readers.waiting,
        }
    }

    /// Re-encrypts all encrypted columns that are not encrypted with the
    /// current key, `batch_limit` rows per transaction. Returns how many rows
    /// were changed. Can be interrupted and repeated: progress and completion
    /// are in `_encryption_migration_log`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] names a row that cannot be decrypted; the rows
    /// before it are done.
    pub async fn reencrypt(&self, batch_limit: i64) -> Result<u64, StoreError> {
        reencrypt::reencrypt(self, batch_limit).await
    }

    /// Where the change to the current key stands.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn rotation_state(&self) -> Result<RotationState, StoreError> {
        reencrypt::rotation_state(self).await
    }

    /// Closes the connections; nothing can be begun afterwards.
    pub fn close(&self) {
        self.writer.close();
        self.readers.close();
    }

    /// The scope needs no statement: an embedded store has the application's
    /// own rules only.
    pub(super) async fn begin_work(
        &self,
        _scope: Scope,
        mode: Mode,
    ) -> Result<SqlUnitOfWork, StoreError> {
        let (lease, begin): (Lease, _) = match mode {
            Mode::Write => (self.writer.get().await?, Some("BEGIN IMMEDIATE")),
            Mode::Read => (self.readers.get().await?, None),
            Mode::Snapshot => (self.readers.get().await?, Some("BEGIN")),
        };
        SqlUnitOfWork::begin(
            lease,
            begin,
            mode == Mode::Write,
            ROWS_WITHIN,
            Arc::clone(&self.cipher),
            self.runtime.clone(),
        )
        .await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_work(scope, mode).await?))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut lease = self.readers.get().await?;
        match lease.connection() {
            Some(connection) => connection.batch_execute("SELECT 1").await.map_err(failed),
            None => Ok(()),
        }
    }
}
