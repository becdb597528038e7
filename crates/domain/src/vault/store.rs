//! The port to the list of secrets that have to go.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::VaultRemovalId;

/// A secret that no row needs any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultRemoval {
    /// Id of the row.
    pub removal_id: VaultRemovalId,
    /// Where the secret lies: a printed [`SecretPlace`](super::SecretPlace).
    pub place: String,
}

/// Secrets to remove from Vault. They are listed in the transaction that makes
/// them superfluous and removed afterwards, so that an outage of Vault neither
/// stops that transaction nor leaves the secret behind.
#[async_trait]
pub trait VaultRemovalStore: Send {
    /// Lists secrets.
    async fn add(&mut self, removals: &[VaultRemoval]) -> Result<(), StoreError>;

    /// At most `limit` of those that are listed, in id order after an id.
    async fn listed(
        &mut self,
        after: Option<VaultRemovalId>,
        limit: i64,
    ) -> Result<Vec<VaultRemoval>, StoreError>;

    /// Strikes secrets that are gone off the list.
    async fn strike(&mut self, removals: &[VaultRemovalId]) -> Result<(), StoreError>;
}
