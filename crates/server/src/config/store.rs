//! Database and Redis.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;

/// The database in use.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    /// The embedded store.
    Sqlite(PathBuf),
    /// PostgreSQL.
    Postgres(SecretString),
}

impl Database {
    /// Whether this is PostgreSQL.
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Sizes of the connection pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolConfig {
    /// Open connections at most.
    pub(crate) max: usize,
    /// Connections kept open.
    pub(crate) min: usize,
    /// Idle time after which one above the minimum is closed.
    pub(crate) idle: Duration,
    /// Wait for a free connection.
    pub(crate) wait: Duration,
}

/// Settings of the stores.
#[derive(Debug)]
pub(crate) struct StoreConfig {
    /// The database.
    pub(crate) database: Database,
    /// Its pool.
    pub(crate) pool: PoolConfig,
    /// Redis, if there is one.
    pub(crate) redis: Option<SecretString>,
}

impl StoreConfig {
    pub(super) fn read(reader: &mut Reader<'_>, server: &ServerConfig) -> Self {
        let pool = PoolConfig {
            max: reader.number("DB_POOL_MAX", 20, 1..=10_000),
            min: reader.number("DB_POOL_MIN", 2, 0..=10_000),
            idle: reader.millis("DB_POOL_IDLE_TIMEOUT_MS", 30_000),
            wait: reader.millis("DB_POOL_CONNECTION_TIMEOUT_MS", 5_000),
        };
        if pool.min > pool.max {
            reader.refuse("DB_POOL_MIN", "must not be greater than DB_POOL_MAX");
        }
        let redis = reader.url("REDIS_URL", &["redis", "rediss"]);
        Self {
            database: database(reader, server),
            pool,
            redis: redis.and_then(|_| reader.secret("REDIS_URL")),
        }
    }
}

fn database(reader: &mut Reader<'_>, server: &ServerConfig) -> Database {
    let embedded = || Database::Sqlite(server.data_dir.join("agentidp.db"));
    let Some(url) = reader.text("DATABASE_URL") else {
        return embedded();
    };
    match url.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() => Database::Sqlite(sqlite_path(path)),
        Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
            Database::Postgres(SecretString::from(url))
        }
        _ => {
            // The value is not shown, it may hold a password.
            reader.refuse("DATABASE_URL", "expected sqlite:<path> or postgresql://…");
            embedded()
        }
    }
}

/// `sqlite:path`, `sqlite:/path` and, as other tools write it, `sqlite:///path`.
fn sqlite_path(path: &str) -> PathBuf {
    match path.strip_prefix("//") {
        Some(rest) => rest.into(),
        None => path.into(),
    }
}
