//! Client records in the memory of this replica.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::sync::Cache;

use crate::agent::Agent;
use crate::change::{Change, ChangeListener};
use crate::credential::{Credential, Selector};
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::organization::Organization;
use crate::ports::Ports;
use crate::token::Freshness;
use crate::unit_of_work::Scope;

const CAPACITY: u64 = 50_000;
const LIFETIME: Duration = Duration::from_secs(60);

/// A client as the token endpoint needs it.
#[derive(Clone, Debug)]
pub struct ClientRecord {
    /// The agent.
    pub agent: Agent,
    /// Its active credentials.
    pub credentials: Vec<Credential>,
}

impl ClientRecord {
    /// The one credential a secret with this selector can belong to.
    #[must_use]
    pub fn credential(&self, selector: &Selector) -> Option<&Credential> {
        self.credentials
            .iter()
            .find(|credential| credential.selector == *selector)
    }
}

/// Finds clients and organizations, from memory while memory may be trusted.
///
/// Unknown clients are not remembered: strangers could fill the memory.
pub struct ClientCache {
    ports: Ports,
    freshness: Arc<Freshness>,
    clients: Cache<AgentId, Arc<ClientRecord>>,
    organizations: Cache<OrganizationId, Arc<Organization>>,
    changes: ChangeCount,
}

impl ClientCache {
    /// An empty cache.
    #[must_use]
    pub fn new(ports: Ports, freshness: Arc<Freshness>) -> Self {
        Self {
            ports,
            freshness,
            clients: cache(),
            organizations: cache(),
            changes: ChangeCount::default(),
        }
    }

    /// The client with this id.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn client(&self, id: AgentId) -> Result<Option<Arc<ClientRecord>>, StoreError> {
        if self.freshness.is_fresh()
            && let Some(known) = self.clients.get(&id)
        {
            return Ok(Some(known));
        }
        let before = self.changes.so_far();
        let mut work = self.ports.read(Scope::System).await?;
        let Some(agent) = work.agents().find(id).await? else {
            return Ok(None);
        };
        let credentials = work.credentials().active(id).await?;
        work.commit().await?;
        let record = Arc::new(ClientRecord { agent, credentials });
        self.changes.remember(&self.clients, id, &record, before);
        Ok(Some(record))
    }

    /// The organization with this id.
    ///
    /// # Errors
    ///
    /// A failing store; a missing organization counts as one, since agents
    /// and tokens refer to it.
    pub async fn organization(&self, id: OrganizationId) -> Result<Arc<Organization>, StoreError> {
        if self.freshness.is_fresh()
            && let Some(known) = self.organizations.get(&id)
        {
            return Ok(known);
        }
        let before = self.changes.so_far();
        let mut work = self.ports.read(Scope::System).await?;
        let organization = work.organizations().find(id).await?;
        work.commit().await?;
        let organization = Arc::new(organization.ok_or(StoreError::Corrupt {
            table: "organizations",
            column: "organization_id",
            id: id.to_string(),
        })?);
        self.changes
            .remember(&self.organizations, id, &organization, before);
        Ok(organization)
    }
}

/// Counts changes, so that a record read before a change does not enter a cache
/// after it.
///
/// The count is locked while a record enters or leaves: a record that entered
/// first and was judged then could be found in between, when whoever made the
/// change had his answer already.
#[derive(Default)]
struct ChangeCount(Mutex<u64>);

impl ChangeCount {
    fn so_far(&self) -> u64 {
        *self.lock()
    }

    /// Puts a record into `cache` if nothing changed since `before` were counted.
    fn remember<K, V>(&self, cache: &Cache<K, Arc<V>>, key: K, value: &Arc<V>, before: u64)
    where
        K: Hash + Eq + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let count = self.lock();
        if *count == before {
            cache.insert(key, Arc::clone(value));
        }
    }

    /// Counts a change of a record and takes it out of `cache`.
    fn forget<K, V>(&self, cache: &Cache<K, Arc<V>>, key: &K)
    where
        K: Hash + Eq + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let mut count = self.lock();
        *count = count.wrapping_add(1);
        cache.invalidate(key);
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cache<K, V>() -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder()
        .max_capacity(CAPACITY)
        .time_to_live(LIFETIME)
        .build()
}

impl ChangeListener for ClientCache {
    fn changed(&self, change: &Change) {
        match change {
            Change::AgentChanged { agent_id } | Change::AgentTokensEnded { agent_id, .. } => {
                self.changes.forget(&self.clients, agent_id);
            }
            Change::OrganizationChanged { organization_id }
            | Change::OrganizationTokensEnded {
                organization_id, ..
            } => {
                self.changes.forget(&self.organizations, organization_id);
            }
            Change::TokenRevoked { .. } | Change::SigningKeysChanged => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const KEY: u32 = 1;

    /// A cache, and how many records have left it.
    fn watched() -> (Cache<u32, Arc<u32>>, Arc<AtomicUsize>) {
        let left = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&left);
        let cache = Cache::builder()
            .max_capacity(CAPACITY)
            .eviction_listener(move |_, _, _| {
                counter.fetch_add(1, Ordering::SeqCst);
            })
            .build();
        (cache, left)
    }

    #[test]
    fn what_was_read_before_a_change_never_enters_not_even_for_a_moment() {
        let (changes, (cache, left)) = (ChangeCount::default(), watched());
        let before = changes.so_far();
        changes.forget(&cache, &KEY);
        changes.remember(&cache, KEY, &Arc::new(10), before);
        cache.run_pending_tasks();
        assert_eq!(cache.get(&KEY), None);
        assert_eq!(left.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn what_is_current_stays_until_it_changes() {
        let (changes, (cache, left)) = (ChangeCount::default(), watched());
        changes.forget(&cache, &2);
        changes.remember(&cache, KEY, &Arc::new(20), changes.so_far());
        assert_eq!(cache.get(&KEY).as_deref(), Some(&20));
        changes.forget(&cache, &KEY);
        cache.run_pending_tasks();
        assert_eq!(cache.get(&KEY), None);
        assert_eq!(left.load(Ordering::SeqCst), 1);
    }
}
