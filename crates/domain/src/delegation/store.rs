//! The port to stored delegations and their keys.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::agent::AgentStatus;
use crate::delegation::DelegationChain;
use crate::error::StoreError;
use crate::id::{ChainId, DelegationKeyId};
use crate::organization::OrganizationStatus;
use crate::time::Timestamp;
use crate::vault::Kept;

/// A generated key.
#[derive(Clone, Debug)]
pub struct DelegationKey {
    /// Id.
    pub key_id: DelegationKeyId,
    /// 32 bytes in hex.
    pub secret: Kept<SecretString>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A chain and the state of everybody concerned.
#[derive(Clone, Debug)]
pub struct ChainWithParties {
    /// The chain.
    pub chain: DelegationChain,
    /// State of the delegator.
    pub delegator: AgentStatus,
    /// State of the delegatee.
    pub delegatee: AgentStatus,
    /// State of their organization.
    pub organization: OrganizationStatus,
}

/// Stored delegations.
#[async_trait]
pub trait DelegationStore: Send {
    /// Adds a chain.
    async fn insert(&mut self, chain: &DelegationChain) -> Result<(), StoreError>;

    /// The chain with this id; locked until the end of a writing transaction.
    async fn find(&mut self, id: ChainId) -> Result<Option<DelegationChain>, StoreError>;

    /// The chain with this id and the state of everybody concerned.
    async fn find_with_parties(
        &mut self,
        id: ChainId,
    ) -> Result<Option<ChainWithParties>, StoreError>;

    /// Revokes a chain; `false` when it was revoked before or does not exist.
    /// The first time of revocation stays.
    async fn revoke(&mut self, id: ChainId, at: Timestamp) -> Result<bool, StoreError>;

    /// Removes at most `limit` chains that expired before `before`; returns
    /// how many.
    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError>;

    /// Generated keys, newest first.
    async fn keys(&mut self) -> Result<Vec<DelegationKey>, StoreError>;

    /// Adds a generated key.
    async fn insert_key(&mut self, key: &DelegationKey) -> Result<(), StoreError>;
}
