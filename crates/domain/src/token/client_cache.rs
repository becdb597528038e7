//! Client records in the memory of this replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// Counts changes. A record read before a change must not enter the cache
    /// after it.
    changes: AtomicU64,
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
            changes: AtomicU64::new(0),
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
        let before = self.changes.load(Ordering::SeqCst);
        let mut work = self.ports.read(Scope::System).await?;
        let Some(agent) = work.agents().find(id).await? else {
            return Ok(None);
        };
        let credentials = work.credentials().active(id).await?;
        work.commit().await?;
        let record = Arc::new(ClientRecord { agent, credentials });
        self.remember(&self.clients, id, &record, before);
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
        let before = self.changes.load(Ordering::SeqCst);
        let mut work = self.ports.read(Scope::System).await?;
        let organization = work.organizations().find(id).await?;
        work.commit().await?;
        let organization = Arc::new(organization.ok_or(StoreError::Corrupt {
            table: "organizations",
            column: "organization_id",
            id: id.to_string(),
        })?);
        self.remember(&self.organizations, id, &organization, before);
        Ok(organization)
    }

    fn remember<K, V>(&self, cache: &Cache<K, Arc<V>>, key: K, value: &Arc<V>, before: u64)
    where
        K: std::hash::Hash + Eq + Copy + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        cache.insert(key, Arc::clone(value));
        if self.changes.load(Ordering::SeqCst) != before {
            cache.invalidate(&key);
        }
    }
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
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
                self.changes.fetch_add(1, Ordering::SeqCst);
                self.clients.invalidate(agent_id);
            }
            Change::OrganizationChanged { organization_id }
            | Change::OrganizationTokensEnded {
                organization_id, ..
            } => {
                self.changes.fetch_add(1, Ordering::SeqCst);
                self.organizations.invalidate(organization_id);
            }
            Change::TokenRevoked { .. } | Change::SigningKeysChanged => {}
        }
    }
}
