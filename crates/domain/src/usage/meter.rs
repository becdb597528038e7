//! API calls, counted in memory until they are written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::unit_of_work::Scope;
use crate::usage::{MetricType, NO_AGENT, UsageDelta};

/// Counters of agents kept at the same time, some 10 MB.
const CAPACITY: usize = 100_000;

/// Counters written per transaction.
const BATCH: usize = 1_000;

type Key = (OrganizationId, AgentId, Timestamp);

/// Counts API calls. Counting takes no time worth speaking of and never
/// fails; [`flush`](Self::flush) writes.
pub struct UsageMeter {
    ports: Ports,
    capacity: usize,
    calls: Mutex<HashMap<Key, UsageDelta>>,
    /// One writes at a time.
    turn: tokio::sync::Mutex<()>,
}

impl UsageMeter {
    /// A meter at zero that writes through `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self::with_capacity(ports, CAPACITY)
    }

    /// With counters for so many agents. Calls of further ones are counted
    /// for their organization alone until the next writing.
    #[must_use]
    pub fn with_capacity(ports: Ports, capacity: usize) -> Self {
        Self {
            ports,
            capacity,
            calls: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Counts a call that was answered just now.
    pub fn api_call(&self, organization: OrganizationId, agent: Option<AgentId>) {
        let at = self.ports.now();
        let agent = agent.unwrap_or(NO_AGENT);
        self.merge(&[UsageDelta::one(
            organization,
            agent,
            MetricType::ApiCall,
            at,
        )]);
    }

    /// Calls that wait to be written.
    #[must_use]
    pub fn pending(&self) -> i64 {
        self.calls().values().map(|delta| delta.count).sum()
    }

    /// Writes what was counted. What cannot be written is kept. Goes on in
    /// the background when the caller gives up: of a write that was cut off
    /// nobody would know whether it happened.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn flush(self: &Arc<Self>) -> Result<(), StoreError> {
        let meter = Arc::clone(self);
        tokio::spawn(async move { meter.write().await })
            .await
            .unwrap_or_else(|error| Err(StoreError::Backend(error.to_string())))
    }

    async fn write(&self) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let taken: Vec<UsageDelta> = std::mem::take(&mut *self.calls()).into_values().collect();
        let mut written = 0;
        for batch in taken.chunks(BATCH) {
            if let Err(error) = self.store(batch).await {
                self.merge(taken.get(written..).unwrap_or_default());
                return Err(error);
            }
            written += batch.len();
        }
        Ok(())
    }

    async fn store(&self, batch: &[UsageDelta]) -> Result<(), StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        work.usage().add(batch).await?;
        work.commit().await
    }

    fn merge(&self, deltas: &[UsageDelta]) {
        let mut calls = self.calls();
        for delta in deltas {
            let mut delta = *delta;
            let mut key = (delta.organization, delta.agent, delta.hour);
            if calls.len() >= self.capacity && !calls.contains_key(&key) {
                delta.agent = NO_AGENT;
                key.1 = NO_AGENT;
            }
            calls
                .entry(key)
                .and_modify(|sum| {
                    sum.count = sum.count.saturating_add(delta.count);
                    sum.last_at = sum.last_at.max(delta.last_at);
                })
                .or_insert(delta);
        }
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<Key, UsageDelta>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
