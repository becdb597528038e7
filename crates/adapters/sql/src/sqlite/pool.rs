//! A fixed number of connections of one kind.
//!
//! Connections are handed out even while a call of a caller that gave up still
//! runs on them: the next call waits for it. (diesel-async's pool would panic
//! on such a connection.)

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use diesel::Connection as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Connection;
use super::connect::{Kind, establish};
use crate::status::PoolStatus;
use crate::timing::QueryTimer;

pub(super) struct ConnectionPool {
    path: String,
    kind: Kind,
    size: usize,
    wait: Duration,
    metrics: Arc<dyn Metrics>,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
    waiting: AtomicUsize,
}

impl ConnectionPool {
    pub(super) async fn open(
        path: &str,
        kind: Kind,
        size: usize,
        wait: Duration,
        metrics: Arc<dyn Metrics>,
    ) -> Result<Arc<Self>, StoreError> {
        let pool = Arc::new(Self {
            path: path.to_owned(),
            kind,
            size,
            wait,
            metrics,
            permits: Arc::new(Semaphore::new(size)),
            idle: Mutex::default(),
            waiting: AtomicUsize::new(0),
        });
        let mut leases = Vec::with_capacity(size);
        for _ in 0..size {
            leases.push(pool.get().await?);
        }
        drop(leases);
        Ok(pool)
    }

    pub(super) async fn get(self: &Arc<Self>) -> Result<Lease, StoreError> {
        let permit = self.permit().await?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        Ok(Lease {
            connection: Some(connection),
            pool: Arc::clone(self),
            _permit: permit,
        })
    }

    pub(super) fn status(&self) -> PoolStatus {
        PoolStatus {
            active: self.size.saturating_sub(self.permits.available_permits()),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    pub(super) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let _waiting = Waiting::new(&self.waiting);
        match timeout(self.wait, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(StoreError::Unavailable("the store is closed".to_owned())),
            Err(_) => Err(StoreError::Unavailable(
                "no database connection became free in time".to_owned(),
            )),
        }
    }

    async fn connect(&self) -> Result<Connection, StoreError> {
        let (path, kind, wait) = (self.path.clone(), self.kind, self.wait);
        let metrics = Arc::clone(&self.metrics);
        let open = move || {
            let mut connection = establish(&path, kind, wait)?;
            connection.set_instrumentation(QueryTimer::new(metrics, Arc::default()));
            Ok::<_, diesel::ConnectionError>(Connection::new(connection))
        };
        tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a caller as waiting as long as it exists.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection on loan; goes back when dropped, unless it was taken out.
pub(super) struct Lease {
    connection: Option<Connection>,
    pool: Arc<ConnectionPool>,
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    pub(super) fn take(mut self) -> Option<Connection> {
        self.connection.take()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Given back before the permit is, which is dropped after this.
        if let Some(connection) = self.connection.take()
            && !self.pool.permits.is_closed()
        {
            self.pool.idle().push(connection);
        }
    }
}
