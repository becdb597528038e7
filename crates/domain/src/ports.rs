//! The ports every use case needs, in one bundle.

use std::sync::Arc;

use crate::change::Changes;
use crate::error::StoreError;
use crate::metrics::Metrics;
use crate::random::Random;
use crate::time::{Clock, Timestamp};
use crate::unit_of_work::{Mode, Scope, Store, UnitOfWork};
use crate::vault::SecretKeeper;

/// Store, secrets, clock, randomness, changes, metrics and where events go;
/// cheap to clone.
#[derive(Clone)]
pub struct Ports {
    /// The transactional store.
    pub store: Arc<dyn Store>,
    /// Where new secrets are kept.
    pub secrets: SecretKeeper,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids, secrets and keys come from.
    pub random: Arc<dyn Random>,
    /// How changes reach other parts and other replicas.
    pub changes: Arc<Changes>,
    /// What is counted.
    pub metrics: Arc<dyn Metrics>,
    /// Whether every event is queued for the event stream, wanted by a webhook
    /// subscription or not.
    pub streaming: bool,
}

impl Ports {
    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Begins a writing transaction.
    ///
    /// # Errors
    ///
    /// As [`Store::begin`].
    pub async fn write(&self, scope: Scope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.store.begin(scope, Mode::Write).await
    }

    /// Begins a reading transaction.
    ///
    /// # Errors
    ///
    /// As [`Store::begin`].
    pub async fn read(&self, scope: Scope) -> Result<Box<dyn UnitOfWork>, StoreError> {
        self.store.begin(scope, Mode::Read).await
    }
}
