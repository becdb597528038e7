//! Identity of new agents: identifier and key pair.

use std::sync::Arc;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::agent::Agent;
use crate::cache::Cache;
use crate::did::DidNaming;
use crate::error::StoreError;
use crate::id::{AgentId, DidKeyId};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::token::{Algorithm, KeyError, KeyFactory};
use crate::vault::{Kept, SecretPlace, VaultError};

/// Members of an EC key that are published (RFC 7518 §6.2.1).
const PUBLIC_MEMBERS: [&str; 4] = ["kty", "crv", "x", "y"];

/// The key pair behind an agent's identifier, EC P-256. It is made once and
/// never replaced; nothing signs with it in this version.
#[derive(Clone, Debug)]
pub struct AgentDidKey {
    /// Id of the row.
    pub key_id: DidKeyId,
    /// Its agent.
    pub agent_id: AgentId,
    /// Public JWK (RFC 7517) with `kty`, `crv`, `x` and `y`.
    pub public_jwk: Value,
    /// Private key, PKCS#8 PEM.
    pub private_key: Kept<SecretString>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An agent did not get an identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Vault did not take the private key.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl IdentityError {
    /// The same as one of two kinds of error that use cases know.
    pub(crate) fn sort<E: From<KeyError> + From<StoreError>>(self) -> E {
        match self {
            Self::Key(error) => error.into(),
            Self::Vault(error) => StoreError::from(error).into(),
        }
    }
}

/// Gives agents their identity and keeps the published form in step; cheap to
/// clone.
#[derive(Clone)]
pub struct Identities {
    naming: Arc<DidNaming>,
    factory: Arc<dyn KeyFactory>,
    cache: Arc<dyn Cache>,
}

impl Identities {
    /// Identities named by `naming`, with keys from `factory`; `cache` holds
    /// published documents.
    #[must_use]
    pub fn new(
        naming: Arc<DidNaming>,
        factory: Arc<dyn KeyFactory>,
        cache: Arc<dyn Cache>,
    ) -> Self {
        Self {
            naming,
            factory,
            cache,
        }
    }

    /// How identifiers are built.
    #[must_use]
    pub fn naming(&self) -> &DidNaming {
        &self.naming
    }

    /// Gives an agent its identifier; returns the key that has to be stored
    /// together with it. Not to be called within a transaction.
    ///
    /// # Errors
    ///
    /// When no key can be made or kept.
    pub async fn assign(
        &self,
        ports: &Ports,
        agent: &mut Agent,
    ) -> Result<AgentDidKey, IdentityError> {
        // P-256 keys are made in microseconds; no other thread is needed.
        let key = self.factory.generate(Algorithm::Es256)?;
        let key_id = DidKeyId::new(ports.random.uuid());
        let place = SecretPlace::DidKey {
            agent: agent.agent_id,
            key: key_id,
        };
        let private_key = ports.secrets.put(place, key.private_pem).await?;
        let now = ports.now();
        agent.did = Some(self.naming.agent(agent.agent_id));
        agent.did_created_at = Some(now);
        Ok(AgentDidKey {
            key_id,
            agent_id: agent.agent_id,
            public_jwk: public_members(&key.public_jwk),
            private_key,
            created_at: now,
        })
    }

    /// Forgets the published document of an agent that changed.
    pub async fn changed(&self, agent: AgentId) {
        self.cache.invalidate(&cache_key(agent)).await;
    }

    pub(super) fn cache(&self) -> &dyn Cache {
        self.cache.as_ref()
    }
}

/// Key of the cached document.
pub(super) fn cache_key(agent: AgentId) -> String {
    format!("did:doc:{agent}")
}

fn public_members(jwk: &Value) -> Value {
    let members: Map<String, Value> = PUBLIC_MEMBERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), jwk.get(name)?.clone())))
        .collect();
    Value::Object(members)
}
