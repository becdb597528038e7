//! Changes that every replica has to know within a second: revocations, ends
//! of tokens, changed records that caches hold.
//!
//! A change is written to the store's *feed* in the transaction that makes it,
//! so that it cannot be lost, and after the commit sent over the *bus*, so
//! that it arrives at once. Replicas apply both; applying twice is harmless.

use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId, TokenId};
use crate::unit_of_work::UnitOfWork;

/// Changes that are written by one statement.
const PER_STATEMENT: usize = 1_000;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A single token was revoked.
    TokenRevoked {
        /// Its `jti`.
        token_id: TokenId,
        /// Its `exp`, Unix seconds.
        expires_at: i64,
    },
    /// All tokens of an agent issued up to `not_before` ended.
    AgentTokensEnded {
        /// The agent.
        agent_id: AgentId,
        /// Unix seconds, inclusive.
        not_before: i64,
    },
    /// All tokens of an organization issued up to `not_before` ended.
    OrganizationTokensEnded {
        /// The organization.
        organization_id: OrganizationId,
        /// Unix seconds, inclusive.
        not_before: i64,
    },
    /// Record, grant, status or credentials of an agent changed.
    AgentChanged {
        /// The agent.
        agent_id: AgentId,
    },
    /// Status, plan or limits of an organization changed.
    OrganizationChanged {
        /// The organization.
        organization_id: OrganizationId,
    },
    /// The ring of signing keys changed.
    SigningKeysChanged,
}

/// Position in the feed; its meaning belongs to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeCursor(pub i64);

/// The feed.
#[async_trait]
pub trait ChangeStore: Send {
    /// Appends changes; they become visible with the commit.
    async fn record(&mut self, changes: &[Change]) -> Result<(), StoreError>;

    /// The position behind everything that is visible now.
    async fn cursor(&mut self) -> Result<ChangeCursor, StoreError>;

    /// Everything that became visible since `cursor` was taken, and the
    /// position to go on from. Changes may be repeated, never left out,
    /// whatever the order in which transactions committed.
    async fn since(
        &mut self,
        cursor: ChangeCursor,
    ) -> Result<(Vec<Change>, ChangeCursor), StoreError>;

    /// Removes at most `limit` changes older than an hour by the clock of the
    /// database, oldest first; returns how many.
    async fn prune(&mut self, limit: i64) -> Result<u64, StoreError>;
}

/// Somebody who keeps state that changes make stale.
pub trait ChangeListener: Send + Sync {
    /// Takes a change into account. Must be quick and must not fail.
    fn changed(&self, change: &Change);
}

/// The channel between replicas.
#[async_trait]
pub trait ChangeBus: Send + Sync {
    /// Sends changes to the other replicas. A failure is only logged: the
    /// feed brings the changes too.
    async fn publish(&self, changes: &[Change]);

    /// Receives until the future is dropped, connecting again as needed.
    async fn run(&self, subscriber: Arc<dyn ChangeSubscriber>);
}

/// The receiving end of the bus.
#[async_trait]
pub trait ChangeSubscriber: Send + Sync {
    /// A subscription stands, for the first time or again. Whatever was
    /// missed has to be caught up with before this returns.
    ///
    /// # Errors
    ///
    /// When catching up failed; the bus then tries the subscription again.
    async fn subscribed(&self) -> Result<(), StoreError>;

    /// Changes of another replica (or our own) arrived.
    fn received(&self, changes: &[Change]);

    /// Everything published before `sent_at` has been received: our own
    /// heartbeat of that time came back.
    fn confirmed(&self, sent_at: Instant);

    /// The subscription broke.
    fn lost(&self);
}

/// Applies changes here and sends them to the other replicas.
pub struct Changes {
    listeners: RwLock<Vec<Arc<dyn ChangeListener>>>,
    bus: Arc<dyn ChangeBus>,
}

impl Changes {
    /// Changes leave over `bus`.
    #[must_use]
    pub fn new(bus: Arc<dyn ChangeBus>) -> Self {
        Self {
            listeners: RwLock::default(),
            bus,
        }
    }

    /// Adds a listener of this replica.
    pub fn listen(&self, listener: Arc<dyn ChangeListener>) {
        self.listeners
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .push(listener);
    }

    /// Applies changes to the listeners of this replica only.
    pub fn apply(&self, changes: &[Change]) {
        let listeners = self
            .listeners
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for change in changes {
            for listener in listeners.iter() {
                listener.changed(change);
            }
        }
    }

    /// Writes `changes` into the feed, commits `work`, applies them here and
    /// publishes them.
    ///
    /// # Errors
    ///
    /// When the commit failed; nothing was applied or published then.
    pub async fn commit(
        &self,
        mut work: Box<dyn UnitOfWork>,
        changes: &[Change],
    ) -> Result<(), StoreError> {
        for some in changes.chunks(PER_STATEMENT) {
            work.changes().record(some).await?;
        }
        work.commit().await?;
        self.announce(changes).await;
        Ok(())
    }

    /// Applies and publishes changes that are committed already.
    pub async fn announce(&self, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        self.apply(changes);
        self.bus.publish(changes).await;
    }

    /// The bus, to run its receiving end.
    #[must_use]
    pub fn bus(&self) -> Arc<dyn ChangeBus> {
        Arc::clone(&self.bus)
    }
}

/// The bus of a single process: nobody else listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBus;

#[async_trait]
impl ChangeBus for NoBus {
    async fn publish(&self, _changes: &[Change]) {}

    async fn run(&self, _subscriber: Arc<dyn ChangeSubscriber>) {
        std::future::pending::<()>().await;
    }
}
