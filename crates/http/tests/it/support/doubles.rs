//! Stand-ins for what the composition root supplies.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agentidp_domain::cache::NoCache;
use agentidp_domain::did::{DidNaming, DidSettings, Identities, PublicMetadata};
use agentidp_domain::error::StoreError;
use agentidp_domain::ports::Ports;
use agentidp_domain::token::{Issuer, KeyFactory};
use agentidp_domain::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use agentidp_http::{HealthProbe, HttpMetrics, Probe};
use agentidp_testkit::world::ISSUER;
use async_trait::async_trait;
use futures_util::future::{join, join_all};
use futures_util::lock;

use super::Answer;

/// How documents are published unless a test says otherwise.
pub const DOCUMENTS: DidSettings = DidSettings {
    cache_ttl: Duration::from_secs(300),
    public_metadata: PublicMetadata::All,
};

/// Identities whose keys are made and named in this way.
pub fn identities(factory: Arc<dyn KeyFactory>) -> Identities {
    let naming = DidNaming::new(&Issuer::new(ISSUER), None).unwrap();
    Identities::new(Arc::new(naming), factory, Arc::new(NoCache))
}

/// Dependencies that are as well as a test says.
pub struct Probes(Mutex<Vec<Probe>>);

impl Probes {
    pub fn healthy() -> Self {
        let probes = Self(Mutex::default());
        probes.set(&[("postgres", true, 3)]);
        probes
    }

    /// Name, whether it answers, and after how many milliseconds.
    pub fn set(&self, services: &[(&'static str, bool, u64)]) {
        *self.0.lock().unwrap() = services
            .iter()
            .map(|(service, answered, millis)| Probe {
                service,
                answered: *answered,
                elapsed: Duration::from_millis(*millis),
            })
            .collect();
    }
}

#[async_trait]
impl HealthProbe for Probes {
    async fn probe(&self, timeout: Duration) -> Vec<Probe> {
        let mut probes = self.0.lock().unwrap().clone();
        for probe in probes.iter_mut().filter(|probe| probe.elapsed > timeout) {
            probe.answered = false;
            probe.elapsed = timeout;
        }
        probes
    }

    fn uptime(&self) -> Duration {
        Duration::from_millis(75_900)
    }
}

/// Remembers what was counted.
#[derive(Default)]
pub struct Counted {
    requests: Mutex<Vec<(String, String, u16)>>,
    limited: Mutex<Vec<String>>,
    pub broken: AtomicBool,
}

impl Counted {
    /// Method, route and status of all requests so far.
    pub fn requests(&self) -> Vec<(String, String, u16)> {
        self.requests.lock().unwrap().clone()
    }

    /// Routes of all requests that a rate limit refused.
    pub fn limited(&self) -> Vec<String> {
        self.limited.lock().unwrap().clone()
    }
}

impl HttpMetrics for Counted {
    fn request(&self, method: &str, route: &str, status: u16, _: Duration) {
        let request = (method.to_owned(), route.to_owned(), status);
        self.requests.lock().unwrap().push(request);
    }

    fn rate_limited(&self, route: &str) {
        self.limited.lock().unwrap().push(route.to_owned());
    }

    fn render(&self) -> Result<String, String> {
        if self.broken.load(Ordering::SeqCst) {
            return Err("secret cause".to_owned());
        }
        Ok("# HELP agentidp_up x\n# TYPE agentidp_up gauge\nagentidp_up 1\n".to_owned())
    }
}

/// A store that fails in one way.
pub struct Broken(fn() -> StoreError);

impl Broken {
    /// The ports of `ports` with such a store.
    pub fn ports(ports: &Ports, failure: fn() -> StoreError) -> Ports {
        let mut ports = ports.clone();
        ports.store = Arc::new(Self(failure));
        ports
    }
}

#[async_trait]
impl Store for Broken {
    async fn begin(&self, _: Scope, _: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Err((self.0)())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Err((self.0)())
    }
}

/// A gate before transactions, and the number of those that came to it.
#[derive(Clone, Default)]
pub struct Gate {
    shut: Arc<lock::Mutex<()>>,
    begun: Arc<AtomicUsize>,
}

impl Gate {
    /// The ports of `ports` with a store whose transactions pass the gate.
    pub fn ports(&self, ports: &Ports) -> Ports {
        let mut ports = ports.clone();
        ports.store = Arc::new(Gated {
            inner: ports.store,
            gate: self.clone(),
        });
        ports
    }

    /// Shuts the gate until the guard is dropped.
    pub async fn shut(&self) -> lock::MutexGuard<'_, ()> {
        self.shut.lock().await
    }

    /// Transactions that came to the gate so far.
    pub fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    /// Makes all calls before a shut gate. How many transactions have come to it
    /// when all calls wait, and the answers once it is open.
    pub async fn rush(
        &self,
        calls: impl IntoIterator<Item = impl Future<Output = Answer>>,
    ) -> (usize, Vec<Answer>) {
        let guard = self.shut().await;
        let before = self.begun();
        // Polled after all calls, each of which waits by then.
        let open = async {
            for _ in 0..100 {
                actix_web::rt::task::yield_now().await;
            }
            let waiting = self.begun() - before;
            drop(guard);
            waiting
        };
        let (answers, waiting) = join(join_all(calls), open).await;
        (waiting, answers)
    }
}

/// A store behind a gate.
struct Gated {
    inner: Arc<dyn Store>,
    gate: Gate,
}

#[async_trait]
impl Store for Gated {
    async fn begin(&self, scope: Scope, mode: Mode) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.gate.begun.fetch_add(1, Ordering::SeqCst);
        drop(self.gate.shut.lock().await);
        self.inner.begin(scope, mode).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}
