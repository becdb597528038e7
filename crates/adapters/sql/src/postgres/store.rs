//! The store.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use async_trait::async_trait;
use diesel_async::SimpleAsyncConnection;
use tokio::runtime::Handle;

use super::connect::PostgresSettings;
use super::pool::ConnectionPool;
use super::{SqlUnitOfWork, failed, migrations, reencrypt};
use crate::status::{PoolStatus, RotationState, SchemaState};

/// The store on PostgreSQL.
pub struct PostgresStore {
    pool: ConnectionPool,
    rows_within: Duration,
    cipher: Arc<FieldCipher>,
    runtime: Handle,
}

impl PostgresStore {
    /// Opens the pool. The schema must be there: see
    /// [`schema_state`](Self::schema_state). Call it on the runtime that lives
    /// as long as the store; connections are driven there.
    ///
    /// # Errors
    ///
    /// When the URL is invalid or the minimum of connections cannot be opened.
    pub async fn connect(
        settings: PostgresSettings,
        cipher: Arc<FieldCipher>,
        metrics: Arc<dyn Metrics>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            pool: ConnectionPool::open(&settings, metrics).await?,
            rows_within: settings.rows_within,
            cipher,
            runtime: Handle::current(),
        })
    }

    /// Applies the missing migrations, acting as the login role; concurrent
    /// calls wait for one another. Returns how many were applied.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached or a migration fails.
    pub async fn migrate(settings: &PostgresSettings) -> Result<usize, StoreError> {
        migrations::migrate(settings).await
    }

    /// Compares the applied migrations with those of this program.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached.
    pub async fn schema_state(settings: &PostgresSettings) -> Result<SchemaState, StoreError> {
        migrations::schema_state(settings).await
    }

    /// Use of the connections.
    #[must_use]
    pub fn pool_status(&self) -> PoolStatus {
        self.pool.status()
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

    /// Closes the pool; nothing can be begun afterwards.
    pub fn close(&self) {
        self.pool.close();
    }

    pub(super) async fn begin_work(
        &self,
        scope: Scope,
        mode: Mode,
    ) -> Result<SqlUnitOfWork, StoreError> {
        let lease = self.pool.get().await?;
        let begin = begin_statement(scope, mode);
        SqlUnitOfWork::begin(
            lease,
            begin.as_deref(),
            mode == Mode::Write,
            self.rows_within,
            Arc::clone(&self.cipher),
            self.runtime.clone(),
        )
        .await
    }
}

/// Who writes finds rows by their keys: one plan fits every parameter, and making
/// a new one each time would take longer than the statement.
const KEEP_PLANS: &str = "; SET LOCAL plan_cache_mode = force_generic_plan";

/// One round trip. Single reads over all organizations need no transaction; a
/// tenant always does, because its role and organization are set for one.
fn begin_statement(scope: Scope, mode: Mode) -> Option<String> {
    let begin = match (mode, scope) {
        (Mode::Read, Scope::System) => return None,
        (Mode::Write, _) => "BEGIN",
        (Mode::Read, Scope::Organization(_)) => "BEGIN READ ONLY",
        (Mode::Snapshot, _) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    let plans = match mode {
        Mode::Write => KEEP_PLANS,
        Mode::Read | Mode::Snapshot => "",
    };
    Some(match scope {
        Scope::System => format!("{begin}{plans}"),
        Scope::Organization(id) => format!(
            "{begin}{plans}; SET LOCAL ROLE agentidp_app; SET LOCAL app.organization_id = '{id}'"
        ),
    })
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.begin_work(scope, mode).await?))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.pool.get().await?;
        connection.batch_execute("SELECT 1").await.map_err(failed)
    }
}
