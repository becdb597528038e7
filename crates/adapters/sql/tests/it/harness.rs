//! A fresh database per test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::encryption::{EncryptionKeyRing, FieldCipher, InvalidKeyRing, KeyRingSource};
use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::random::{Random, SystemRandom};
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use agentidp_sql::{PoolStatus, PostgresSettings, PostgresStore, SqliteSettings, SqliteStore};
use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use secrecy::SecretString;
use tokio::sync::OnceCell;
use tokio_postgres::{NoTls, SimpleQueryMessage};
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
        let source = Arc::clone(self) as Arc<dyn KeyRingSource>;
        Arc::new(FieldCipher::load(source, Arc::new(SystemRandom)).unwrap())
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

    fn store(&self, ring: &EncryptionKeyRing) -> Result<(), InvalidKeyRing> {
        *self.0.lock().unwrap() = ring.clone();
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

// ---- SQLite

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
        let metrics = Arc::clone(&queries) as Arc<dyn Metrics>;
        let store = SqliteStore::open(self.settings.clone(), Arc::clone(&cipher), metrics);
        let store = Arc::new(store.await.unwrap());
        Target {
            store: Arc::clone(&store) as _,
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

pub fn open_sqlite(path: &std::path::Path) -> SqliteConnection {
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

    fn pool_status(&self) -> PoolStatus {
        self.store.pool_status()
    }
}

pub async fn on_sqlite(case: impl AsyncFn(&Target)) {
    let database = SqliteDatabase::migrated().await;
    case(&database.target().await).await;
}

// ---- PostgreSQL

/// URL of the cluster; `None`, and a word about it, when there is none.
pub fn cluster() -> Option<String> {
    let url = std::env::var("AGENTIDP_TEST_POSTGRES_URL").ok();
    if url.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "AGENTIDP_TEST_POSTGRES_URL is required when CI is set"
        );
        println!("skipped: AGENTIDP_TEST_POSTGRES_URL is not set");
    }
    url
}

/// The cluster's URL with another database, and optionally another user.
fn url_of(cluster: &str, database: &str, user: Option<&str>) -> String {
    let config: tokio_postgres::Config = cluster.parse().unwrap();
    let host = config
        .get_hosts()
        .iter()
        .find_map(|host| match host {
            tokio_postgres::config::Host::Tcp(name) => Some(name.clone()),
            tokio_postgres::config::Host::Unix(_) => None,
        })
        .unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let user = user.or(config.get_user()).unwrap_or("postgres");
    let password = config
        .get_password()
        .map(|password| format!(":{}", String::from_utf8_lossy(password)))
        .unwrap_or_default();
    format!("postgres://{user}{password}@{host}:{port}/{database}")
}

pub async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn unique(prefix: &str) -> String {
    format!("{prefix}_{}", SystemRandom.uuid().simple())
}

/// A database that is dropped with the value.
pub struct PostgresDatabase {
    cluster: String,
    name: String,
}

impl PostgresDatabase {
    async fn create(cluster: &str, template: &str) -> Self {
        let name = unique("agentidp_test");
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
        client(cluster).await.batch_execute(&sql).await.unwrap();
        Self {
            cluster: cluster.to_owned(),
            name,
        }
    }

    pub async fn empty() -> Option<Self> {
        Some(Self::create(&cluster()?, "template0").await)
    }

    /// A copy of a database that was migrated once.
    pub async fn migrated() -> Option<Self> {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let cluster = cluster()?;
        let template = TEMPLATE
            .get_or_init(|| async {
                let name = unique("agentidp_template");
                let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
                client(&cluster).await.batch_execute(&sql).await.unwrap();
                let settings = settings(&url_of(&cluster, &name, None));
                PostgresStore::migrate(&settings).await.unwrap();
                name
            })
            .await;
        Some(Self::create(&cluster, template).await)
    }

    pub fn url(&self) -> String {
        url_of(&self.cluster, &self.name, None)
    }

    pub fn url_as(&self, user: &str) -> String {
        url_of(&self.cluster, &self.name, Some(user))
    }

    pub fn settings(&self) -> PostgresSettings {
        settings(&self.url())
    }

    pub async fn client(&self) -> tokio_postgres::Client {
        client(&self.url()).await
    }

    /// Lets the server accept or refuse new connections to this database.
    pub async fn allow_connections(&self, allow: bool) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allow}", self.name);
        client(&self.cluster)
            .await
            .batch_execute(&sql)
            .await
            .unwrap();
    }

    pub async fn target(&self) -> Target {
        self.target_with(self.settings()).await
    }

    pub async fn target_with(&self, settings: PostgresSettings) -> Target {
        let keys = Keys::new();
        let cipher = keys.cipher();
        let queries = Arc::new(QueryCount::default());
        let metrics = Arc::clone(&queries) as Arc<dyn Metrics>;
        let store = PostgresStore::connect(settings, Arc::clone(&cipher), metrics);
        let store = Arc::new(store.await.unwrap());
        Target {
            store: Arc::clone(&store) as _,
            raw: Box::new(RawPostgres {
                client: self.client().await,
                store,
            }),
            keys,
            cipher,
            queries,
        }
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let (cluster, name) = (self.cluster.clone(), self.name.clone());
        let drop_it = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let sql = format!("DROP DATABASE {name} WITH (FORCE)");
                client(&cluster).await.batch_execute(&sql).await.unwrap();
            });
        };
        std::thread::spawn(drop_it).join().ok();
    }
}

pub fn settings(url: &str) -> PostgresSettings {
    PostgresSettings {
        url: SecretString::from(url.to_owned()),
        pool_max: POOL_SIZE,
        pool_min: 1,
        idle_timeout: Duration::from_secs(30),
        connection_timeout: Duration::from_secs(20),
    }
}

struct RawPostgres {
    client: tokio_postgres::Client,
    store: Arc<PostgresStore>,
}

#[async_trait]
impl Raw for RawPostgres {
    async fn execute(&self, sql: &str) -> Result<(), String> {
        self.client
            .batch_execute(sql)
            .await
            .map_err(|error| format!("{error:?}"))
    }

    async fn texts(&self, sql: &str) -> Vec<Option<String>> {
        self.client
            .simple_query(sql)
            .await
            .unwrap()
            .into_iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                _ => None,
            })
            .collect()
    }

    fn id(&self, id: Uuid) -> String {
        format!("'{id}'")
    }

    fn unlock_audit(&self) -> &'static str {
        "ALTER TABLE audit_events DISABLE TRIGGER USER"
    }

    fn time(&self, micros: i64) -> String {
        format!("timestamptz 'epoch' + {micros} * interval '1 microsecond'")
    }

    async fn reencrypt(&self, batch_limit: i64) -> Result<u64, StoreError> {
        self.store.reencrypt(batch_limit).await
    }

    fn pool_status(&self) -> PoolStatus {
        self.store.pool_status()
    }
}

pub async fn on_postgres(case: impl AsyncFn(&Target)) {
    let Some(database) = PostgresDatabase::migrated().await else {
        return;
    };
    case(&database.target().await).await;
}
