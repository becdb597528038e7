//! PostgreSQL: one database per test, copied from one that was migrated once.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::random::{Random, SystemRandom};
use agentidp_sql::{PoolStatus, PostgresSettings, PostgresStore, RotationState};
use async_trait::async_trait;
use secrecy::SecretString;
use tokio::sync::OnceCell;
use tokio_postgres::{NoTls, SimpleQueryMessage};
use uuid::Uuid;

use super::{Keys, POOL_SIZE, QueryCount, Raw, Target};

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
        let store = PostgresStore::connect(settings, Arc::clone(&cipher), queries.clone());
        let store = Arc::new(store.await.unwrap());
        Target {
            store: store.clone(),
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
        answer_within: Some(Duration::from_secs(10)),
        rows_within: Duration::from_secs(30),
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

    async fn rotation_state(&self) -> Result<RotationState, StoreError> {
        self.store.rotation_state().await
    }

    fn interruption(&self, rows: usize) -> [String; 2] {
        [
            format!(
                "CREATE FUNCTION interrupt() RETURNS trigger LANGUAGE plpgsql \
                 AS $$ BEGIN RAISE EXCEPTION 'interrupted'; END $$; \
                 CREATE TRIGGER interruption BEFORE UPDATE ON _encryption_migration_log \
                 FOR EACH ROW WHEN (NEW.rows_changed > {rows}) EXECUTE FUNCTION interrupt()"
            ),
            "DROP TRIGGER interruption ON _encryption_migration_log; \
             DROP FUNCTION interrupt"
                .to_owned(),
        ]
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
