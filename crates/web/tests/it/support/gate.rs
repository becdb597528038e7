//! A store at which transactions wait until a test lets them in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::ports::Ports;
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::task::yield_now;
use tokio::time::timeout;

/// One way in.
#[derive(Clone)]
pub struct Door {
    arrived: Arc<AtomicUsize>,
    places: Arc<Semaphore>,
}

impl Door {
    fn shut() -> Self {
        Self {
            arrived: Arc::default(),
            places: Arc::new(Semaphore::new(0)),
        }
    }

    /// Lets so many more transactions in.
    pub fn open(&self, count: usize) {
        self.places.add_permits(count);
    }

    /// Lets everybody do something until so many transactions have come here.
    pub async fn reached(&self, count: usize) {
        let reached = async {
            while self.arrived.load(Ordering::SeqCst) < count {
                yield_now().await;
            }
        };
        let in_time = timeout(Duration::from_secs(30), reached).await;
        assert!(in_time.is_ok(), "{count} transactions never came");
    }

    async fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        self.places.acquire().await.unwrap().forget();
    }
}

/// Two doors before transactions of organizations, both shut at first.
#[derive(Clone)]
pub struct Gate {
    /// Of the system organization.
    pub system: Door,
    /// Of all others.
    pub others: Door,
}

impl Gate {
    pub fn shut() -> Self {
        Self {
            system: Door::shut(),
            others: Door::shut(),
        }
    }

    /// The ports of `ports` with a store behind the gate.
    pub fn ports(&self, ports: &Ports) -> Ports {
        let mut ports = ports.clone();
        ports.store = Arc::new(Gated {
            inner: ports.store,
            gate: self.clone(),
        });
        ports
    }
}

struct Gated {
    inner: Arc<dyn Store>,
    gate: Gate,
}

#[async_trait]
impl Store for Gated {
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        match scope {
            Scope::Organization(id) if id == OrganizationId::SYSTEM => {
                self.gate.system.pass().await;
            }
            Scope::Organization(_) => self.gate.others.pass().await,
            Scope::System => {}
        }
        self.inner.begin(scope, mode).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}
