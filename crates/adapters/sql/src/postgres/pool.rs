//! The pool of connections.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Object, Pool, PoolError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolError as ManagerError, RecyclingMethod,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use futures_util::future::try_join_all;
use tokio::runtime::Handle;
use tokio::time::{interval, timeout};

use super::connect::{Connector, PostgresSettings};
use crate::status::PoolStatus;
use crate::timing::{Pending, QueryTimer};

/// A connection that was used within this time is taken for alive without
/// asking the server.
const TRUSTED_FOR: Duration = Duration::from_secs(1);
/// Longest wait for the answer to that question.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Leaves the login role, and bounds how long a transaction may wait for a
/// lock or hold one while its replica is stuck. Waits are shorter than an answer
/// may take in all, so that the server itself gives the place in the queue up;
/// it ends what nobody waits for any more, too.
const SETUP: &str = "SET ROLE agentidp_system; SET lock_timeout = '8s'; \
     SET client_connection_check_interval = '2s'; \
     SET idle_in_transaction_session_timeout = '60s'";

pub(super) struct ConnectionPool {
    pool: Pool<AsyncPgConnection>,
    wait: Duration,
}

impl ConnectionPool {
    /// Opens the pool with its minimum of connections.
    pub(super) async fn open(
        settings: &PostgresSettings,
        metrics: Arc<dyn Metrics>,
    ) -> Result<Self, StoreError> {
        let connector = Connector::new(settings)?;
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        config.custom_setup = setup(connector, settings.connection_timeout, metrics);
        let manager = AsyncDieselConnectionManager::new_with_config("", config);
        let pool = Pool::builder(manager)
            .max_size(settings.pool_max.max(1))
            .pre_recycle(Hook::async_fn(|connection, metrics| {
                let idle = metrics.last_used();
                async move { probe(connection, idle).await }.boxed()
            }))
            .build()
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        let pool = Self {
            pool,
            wait: settings.connection_timeout,
        };
        let minimum = settings.pool_min.clamp(1, settings.pool_max.max(1));
        try_join_all((0..minimum).map(|_| pool.get())).await?;
        pool.close_idle(settings.idle_timeout, minimum);
        Ok(pool)
    }

    pub(super) async fn get(&self) -> Result<Object<AsyncPgConnection>, StoreError> {
        match timeout(self.wait, self.pool.get()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(unavailable(error)),
            Err(_) => Err(StoreError::Unavailable(
                "no database connection became free in time".to_owned(),
            )),
        }
    }

    pub(super) fn status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            active: status.size.saturating_sub(status.available),
            waiting: status.waiting,
        }
    }

    pub(super) fn close(&self) {
        self.pool.close();
    }

    /// Closes connections that were idle for too long, above the minimum.
    /// Ends with the pool.
    fn close_idle(&self, idle_timeout: Duration, minimum: usize) {
        let pool = self.pool.weak();
        let period = (idle_timeout / 2).max(Duration::from_millis(100));
        tokio::spawn(async move {
            let mut ticks = interval(period);
            loop {
                ticks.tick().await;
                let Some(pool) = pool.upgrade().filter(|pool| !pool.is_closed()) else {
                    return;
                };
                let mut spare = pool.status().size.saturating_sub(minimum);
                pool.retain(|_, metrics| {
                    let close = spare > 0 && metrics.last_used() > idle_timeout;
                    spare -= usize::from(close);
                    !close
                });
            }
        });
    }
}

/// Connections are driven by the runtime that opened the store, not by the
/// worker that happens to need one. A server that takes the connection and says
/// nothing is given up after `limit`; nobody may wait for it any more by then.
fn setup(
    connector: Connector,
    limit: Duration,
    metrics: Arc<dyn Metrics>,
) -> diesel_async::pooled_connection::SetupCallback<AsyncPgConnection> {
    let runtime = Handle::current();
    Box::new(move |_url| {
        let opening = open(connector.clone(), Arc::clone(&metrics));
        let opened = runtime.spawn(async move { timeout(limit, opening).await });
        async move {
            match opened.await {
                Ok(Ok(opened)) => opened,
                Ok(Err(late)) => Err(ConnectionError::BadConnection(late.to_string())),
                Err(error) => Err(ConnectionError::BadConnection(error.to_string())),
            }
        }
        .boxed()
    })
}

async fn open(
    connector: Connector,
    metrics: Arc<dyn Metrics>,
) -> ConnectionResult<AsyncPgConnection> {
    let pending = Arc::new(Pending::default());
    // Given up with the rest when nobody waits for it any more.
    pending.begin();
    let mut connection = connector.open(Arc::clone(&pending)).await?;
    connection.set_instrumentation(QueryTimer::new(metrics, pending));
    connection
        .batch_execute(SETUP)
        .await
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Asks whether a connection that lay idle is alive. One whose end was noticed
/// is sorted out by the pool itself.
async fn probe(connection: &mut AsyncPgConnection, idle: Duration) -> Result<(), HookError> {
    if idle < TRUSTED_FOR {
        return Ok(());
    }
    match timeout(PROBE_TIMEOUT, connection.batch_execute("SELECT")).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(HookError::Backend(ManagerError::QueryError(error))),
        Err(_) => Err(HookError::message("the connection does not answer")),
    }
}

fn unavailable(error: PoolError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
