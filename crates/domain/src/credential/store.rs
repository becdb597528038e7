//! The port to stored credentials.

use async_trait::async_trait;

use crate::credential::{Credential, CredentialFilter};
use crate::error::StoreError;
use crate::id::{AgentId, CredentialId};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;

/// Stored credentials. Secret hashes are encrypted at rest by the store.
#[async_trait]
pub trait CredentialStore: Send {
    /// Adds a credential.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::CredentialSelector`] when the
    /// agent has a credential with this selector.
    ///
    /// [`Constraint::CredentialSelector`]: crate::error::Constraint::CredentialSelector
    async fn insert(&mut self, credential: &Credential) -> Result<(), StoreError>;

    /// The credential with this id, locked until the end of a writing
    /// transaction.
    async fn find(&mut self, id: CredentialId) -> Result<Option<Credential>, StoreError>;

    /// Credentials of an agent, newest first, equal times by id descending.
    async fn list(
        &mut self,
        agent: AgentId,
        filter: CredentialFilter,
        page: PageRequest,
    ) -> Result<Page<Credential>, StoreError>;

    /// All credentials of an agent with status `active`, at most
    /// [`MAX_ACTIVE`](crate::credential::MAX_ACTIVE), newest first.
    async fn active(&mut self, agent: AgentId) -> Result<Vec<Credential>, StoreError>;

    /// Writes selector, hash and expiry if the credential is still active.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when it is not; [`StoreError::Conflict`] on
    /// [`Constraint::CredentialSelector`] as for `insert`.
    ///
    /// [`Constraint::CredentialSelector`]: crate::error::Constraint::CredentialSelector
    async fn rotate(&mut self, credential: &Credential) -> Result<(), StoreError>;

    /// Revokes the credential if it is still active; `false` when it was not.
    async fn revoke(&mut self, id: CredentialId, at: Timestamp) -> Result<bool, StoreError>;

    /// Revokes all active credentials of an agent; returns their ids and ends,
    /// in id order.
    async fn revoke_all(
        &mut self,
        agent: AgentId,
        at: Timestamp,
    ) -> Result<Vec<(CredentialId, Option<Timestamp>)>, StoreError>;
}
