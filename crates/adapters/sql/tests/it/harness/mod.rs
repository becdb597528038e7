//! A fresh database per test.

mod postgres;
mod sqlite;

pub use postgres::{PostgresDatabase, on_postgres, settings};
pub use sqlite::{SqliteDatabase, on_sqlite, open_sqlite};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::encryption::{EncryptionKeyRing, FieldCipher, InvalidKeyRing, KeyRingSource};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use agentidp_sql::{PoolStatus, RotationState};
use async_trait::async_trait;
use uuid::Uuid;

/// Expands every named case into one test per database.
macro_rules! contract_tests {
    ($($group:ident: $($case:ident),+;)+) => {
        mod on_postgres {
            $(mod $group {
                $(#[tokio::test]
                async fn $case() {
                    $crate::harness::on_postgres(super::super::$group::$case).await;
                })+
            })+
        }
        mod on_sqlite {
            $(mod $group {
                $(#[tokio::test]
                async fn $case() {
                    $crate::harness::on_sqlite(super::super::$group::$case).await;
                })+
            })+
        }
    };
}

/// Connections of the stores under test.
pub const POOL_SIZE: usize = 5;

/// The ring of encryption keys of a test.
pub struct Keys(Mutex<EncryptionKeyRing>);

impl Keys {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(EncryptionKeyRing::generate(&SystemRandom))))
    }

    pub fn cipher(self: &Arc<Self>) -> Arc<FieldCipher> {
        Arc::new(FieldCipher::load(self.clone(), Arc::new(SystemRandom)).unwrap())
    }

    pub fn add_key(&self) {
        let mut ring = self.0.lock().unwrap();
        *ring = ring.with_new_key(&SystemRandom);
    }
}

impl KeyRingSource for Keys {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn replace(
        &self,
        _present: &EncryptionKeyRing,
        next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing> {
        *self.0.lock().unwrap() = next.clone();
        Ok(())
    }
}

/// Counts queries.
#[derive(Default)]
pub struct QueryCount(AtomicU64);

impl QueryCount {
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics for QueryCount {
    fn database_query(&self, _elapsed: Duration) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What a test does behind the back of the store.
#[async_trait]
pub trait Raw: Send + Sync {
    /// Runs statements as the owner of the tables.
    async fn execute(&self, sql: &str) -> Result<(), String>;
    /// The first column of each row of a query, as text.
    async fn texts(&self, sql: &str) -> Vec<Option<String>>;
    /// An id as literal.
    fn id(&self, id: Uuid) -> String;
    /// Statement that lets the owner alter audit events.
    fn unlock_audit(&self) -> &'static str;
    /// Expression for a point in time, Unix microseconds.
    fn time(&self, micros: i64) -> String;
    /// As the method of the store.
    async fn reencrypt(&self, batch_limit: i64) -> Result<u64, StoreError>;
    /// As the method of the store.
    async fn rotation_state(&self) -> Result<RotationState, StoreError>;
    /// Statements that let a re-encryption fail once it has changed more than
    /// `rows` rows, and that take this back.
    fn interruption(&self, rows: usize) -> [String; 2];
    /// As the method of the store.
    fn pool_status(&self) -> PoolStatus;
}

/// A store under test.
pub struct Target {
    pub store: Arc<dyn Store>,
    pub raw: Box<dyn Raw>,
    pub keys: Arc<Keys>,
    pub cipher: Arc<FieldCipher>,
    pub queries: Arc<QueryCount>,
}

impl Target {
    pub async fn write(&self) -> Box<dyn UnitOfWork> {
        self.store.begin(Scope::System, Mode::Write).await.unwrap()
    }

    /// A writing transaction of a tenant.
    pub async fn write_in(&self, id: OrganizationId) -> Box<dyn UnitOfWork> {
        let scope = Scope::Organization(id);
        self.store.begin(scope, Mode::Write).await.unwrap()
    }

    pub async fn read(&self) -> Box<dyn UnitOfWork> {
        self.store.begin(Scope::System, Mode::Read).await.unwrap()
    }

    /// Waits until no connection is in use.
    pub async fn all_returned(&self) {
        let returned = async {
            while self.raw.pool_status().active > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), returned)
            .await
            .expect("connections are not returned");
    }
}
