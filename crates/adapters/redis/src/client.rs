//! Connections to Redis.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::metrics::Metrics;
use deadpool_redis::redis::aio::{ConnectionLike, MultiplexedConnection, PubSubStream};
use deadpool_redis::redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, cmd};
use deadpool_redis::{Manager, Pool};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::RedisError;

/// Upper bound of everything nobody waits for in a request.
const PATIENCE: Duration = Duration::from_secs(3);
const POOL_SIZE: usize = 16;

/// One Redis server with a pool of connections; cheap to clone.
///
/// `rediss://` URLs use TLS with the certificates of the system; the process
/// must have chosen its rustls provider then.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    client: Client,
    metrics: Arc<dyn Metrics>,
}

impl Redis {
    /// Prepares connections to `url`; none is made yet.
    ///
    /// # Errors
    ///
    /// When the URL is not valid.
    pub fn new(url: SecretString, metrics: Arc<dyn Metrics>) -> Result<Self, RedisError> {
        let client = Client::open(url.expose_secret()).map_err(|_| RedisError::InvalidUrl)?;
        let manager = Manager::new_with_config(url.expose_secret(), connection_config())
            .map_err(|_| RedisError::InvalidUrl)?;
        let pool = Pool::builder(manager)
            .max_size(POOL_SIZE)
            .build()
            .map_err(|error| RedisError::Failed(error.to_string()))?;
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                client,
                metrics,
            }),
        })
    }

    /// Asks whether the server is there; waits up to three seconds.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn ping(&self) -> Result<(), RedisError> {
        self.query("PING", &cmd("PING"), Instant::now() + PATIENCE)
            .await
    }

    /// Runs a command on a pooled connection and waits until `deadline` at
    /// most, connecting included.
    pub(crate) async fn query<T: FromRedisValue>(
        &self,
        name: &'static str,
        command: &Cmd,
        deadline: Instant,
    ) -> Result<T, RedisError> {
        let mut connection = timeout_at(deadline, self.inner.pool.get())
            .await
            .map_err(|_| RedisError::Timeout)??;
        self.measured(name, command, &mut *connection, deadline)
            .await
    }

    /// Runs a command on a connection of its own.
    pub(crate) async fn query_on<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
        name: &'static str,
        command: &Cmd,
    ) -> Result<T, RedisError> {
        self.measured(name, command, connection, Instant::now() + PATIENCE)
            .await
    }

    /// Opens a connection outside of the pool.
    pub(crate) async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = connection_config();
        let connection = self
            .inner
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        Ok(connection)
    }

    /// Opens a connection that receives what is published on `channel`.
    pub(crate) async fn subscribe(&self, channel: &str) -> Result<PubSubStream, RedisError> {
        timeout(PATIENCE, async {
            let mut connection = self.inner.client.get_async_pubsub().await?;
            let started = Instant::now();
            let subscribed = connection.subscribe(channel).await;
            self.inner
                .metrics
                .redis_command("SUBSCRIBE", started.elapsed());
            subscribed?;
            Ok(connection.into_on_message())
        })
        .await
        .map_err(|_| RedisError::Timeout)?
    }

    async fn measured<T: FromRedisValue>(
        &self,
        name: &'static str,
        command: &Cmd,
        connection: &mut (impl ConnectionLike + Send),
        deadline: Instant,
    ) -> Result<T, RedisError> {
        let started = Instant::now();
        let answer = timeout_at(deadline, command.query_async(connection)).await;
        self.inner.metrics.redis_command(name, started.elapsed());
        Ok(answer.map_err(|_| RedisError::Timeout)??)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

fn connection_config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
}
