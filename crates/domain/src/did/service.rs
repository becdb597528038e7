//! Use cases of identifiers: documents, resolution, cards.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::agent::{Agent, AgentStatus, load_owned};
use crate::caller::Caller;
use crate::change::Change;
use crate::did::identities::cache_key;
use crate::did::{
    AgentCard, AgentDidKey, DidDocument, DidError, Identities, IdentityError, ResolutionResult,
};
use crate::error::StoreError;
use crate::id::AgentId;
use crate::ports::Ports;
use crate::token::KeyRing;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::wire_enum;

wire_enum! {
    /// Of which agents everybody may read the facts.
    PublicMetadata {
        /// Of all.
        All = "all",
        /// Of those with `isPublic`; others show their keys only.
        Published = "published",
    }
}

/// Settings of published documents.
#[derive(Clone, Copy, Debug)]
pub struct DidSettings {
    /// How long documents are kept.
    pub cache_ttl: Duration,
    /// What strangers may read.
    pub public_metadata: PublicMetadata,
}

/// An agent, its identifier and its public key.
struct Identified {
    agent: Agent,
    did: String,
    jwk: Value,
}

/// Publishes and resolves identifiers.
#[derive(Clone)]
pub struct DidService {
    ports: Ports,
    identities: Identities,
    ring: Arc<dyn KeyRing>,
    settings: DidSettings,
}

impl DidService {
    /// The service over `ports`; the installation's own document shows the
    /// keys of `ring`.
    #[must_use]
    pub fn new(
        ports: Ports,
        identities: Identities,
        ring: Arc<dyn KeyRing>,
        settings: DidSettings,
    ) -> Self {
        Self {
            ports,
            identities,
            ring,
            settings,
        }
    }

    /// The document of the installation.
    #[must_use]
    pub fn instance_document(&self) -> DidDocument {
        let jwks = self.ring.jwks(self.ports.now());
        DidDocument::of_instance(self.identities.naming(), &jwks)
    }

    /// The public document of an agent, as JSON. Suspended agents are shown
    /// like active ones.
    ///
    /// # Errors
    ///
    /// [`DidError::NotFound`], [`DidError::Decommissioned`].
    pub async fn public_document(&self, id: AgentId) -> Result<String, DidError> {
        let cache = self.identities.cache();
        let key = cache_key(id);
        if let Some(known) = cache.get(&key).await {
            return Ok(known);
        }
        let identified = self.identified(self.find(id).await?).await?;
        if identified.agent.status == AgentStatus::Decommissioned {
            return Err(DidError::Decommissioned);
        }
        let mut document = self.document(&identified);
        if !self.is_visible(&identified.agent) {
            document.agntcy = None;
        }
        let json = serde_json::to_string(&document)
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        cache.put(&key, &json, self.settings.cache_ttl).await;
        Ok(json)
    }

    /// The complete document of an agent of the caller's organization with
    /// its metadata; that of a decommissioned agent is deactivated.
    ///
    /// # Errors
    ///
    /// [`DidError::NotFound`], [`DidError::Access`] for a foreign agent.
    pub async fn resolve(
        &self,
        caller: &Caller,
        id: AgentId,
    ) -> Result<ResolutionResult, DidError> {
        let agent = load_owned(&self.ports, caller, id)
            .await?
            .ok_or(DidError::NotFound)??;
        let identified = self.identified(agent).await?;
        let document = self.document(&identified);
        Ok(ResolutionResult::new(
            &identified.agent,
            document,
            self.ports.now(),
        ))
    }

    /// The card of an agent.
    ///
    /// # Errors
    ///
    /// [`DidError::NotFound`], also for an agent that strangers may not see;
    /// [`DidError::Decommissioned`].
    pub async fn card(&self, id: AgentId) -> Result<AgentCard, DidError> {
        let agent = self.find(id).await?;
        if !self.is_visible(&agent) {
            return Err(DidError::NotFound);
        }
        let Identified { agent, did, .. } = self.identified(agent).await?;
        if agent.status == AgentStatus::Decommissioned {
            return Err(DidError::Decommissioned);
        }
        let naming = self.identities.naming();
        Ok(AgentCard::new(naming, &agent, &did, self.ports.now()))
    }

    fn document(&self, identified: &Identified) -> DidDocument {
        let Identified { agent, did, jwk } = identified;
        DidDocument::of_agent(self.identities.naming(), agent, did, jwk)
    }

    fn is_visible(&self, agent: &Agent) -> bool {
        self.settings.public_metadata == PublicMetadata::All || agent.is_public
    }

    async fn find(&self, id: AgentId) -> Result<Agent, DidError> {
        let mut work = self.ports.read(Scope::System).await?;
        let agent = work.agents().find(id).await?;
        work.commit().await?;
        agent.ok_or(DidError::NotFound)
    }

    /// The agent with its key; an agent from before identifiers existed gets
    /// both now.
    async fn identified(&self, agent: Agent) -> Result<Identified, DidError> {
        let Some(did) = agent.did.clone() else {
            return self.identify(agent).await;
        };
        let id = agent.agent_id;
        let mut work = self.ports.read(Scope::System).await?;
        let jwk = key_of(work.as_mut(), id).await?;
        work.commit().await?;
        Ok(Identified { agent, did, jwk })
    }

    async fn identify(&self, mut agent: Agent) -> Result<Identified, DidError> {
        let key = self.identities.assign(&self.ports, &mut agent).await;
        let key = key.map_err(IdentityError::sort::<DidError>)?;
        let identified = self.set_identity(&agent, &key).await;
        let unused = match &identified {
            Ok(identified) if identified.jwk == key.public_jwk => None,
            Ok(_) => Some(None),
            Err(error) => Some(error.store_failure()),
        };
        if let Some(cause) = unused {
            let secrets = &self.ports.secrets;
            secrets.take_back(&key.private_key, cause).await;
        }
        identified
    }

    /// Gives the stored agent the identity of `prepared`, unless somebody else
    /// was quicker.
    async fn set_identity(
        &self,
        prepared: &Agent,
        key: &AgentDidKey,
    ) -> Result<Identified, DidError> {
        let id = prepared.agent_id;
        let mut work = self.ports.write(Scope::System).await?;
        let agent = work.agents().find_for_update(id).await?;
        let mut agent = agent.ok_or(DidError::NotFound)?;
        if let Some(did) = agent.did.clone() {
            let jwk = key_of(work.as_mut(), id).await?;
            return Ok(Identified { agent, did, jwk });
        }
        agent.did.clone_from(&prepared.did);
        agent.did_created_at = prepared.did_created_at;
        work.did_keys().insert(key).await?;
        work.agents().set_identity(&agent).await?;
        let change = Change::AgentChanged { agent_id: id };
        self.ports.changes.commit(work, &[change]).await?;
        let did = agent.did.clone().ok_or(DidError::NotFound)?;
        let jwk = key.public_jwk.clone();
        Ok(Identified { agent, did, jwk })
    }
}

/// The public key of an agent that has an identifier, and therefore a key.
pub(crate) async fn key_of(work: &mut dyn UnitOfWork, agent: AgentId) -> Result<Value, StoreError> {
    let jwk = work.did_keys().public_key(agent).await?;
    jwk.ok_or_else(|| StoreError::Corrupt {
        table: "agent_did_keys",
        column: "agent_id",
        id: agent.to_string(),
    })
}
