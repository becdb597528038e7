//! The port to stored keys of identifiers.

use async_trait::async_trait;
use serde_json::Value;

use crate::did::AgentDidKey;
use crate::error::StoreError;
use crate::id::AgentId;

/// Stored keys of identifiers. Private parts are encrypted at rest by the
/// store.
#[async_trait]
pub trait DidKeyStore: Send {
    /// Adds the key of an agent.
    async fn insert(&mut self, key: &AgentDidKey) -> Result<(), StoreError>;

    /// The public key of an agent, a JWK.
    async fn public_key(&mut self, agent: AgentId) -> Result<Option<Value>, StoreError>;
}
