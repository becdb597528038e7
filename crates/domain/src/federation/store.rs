//! The port to stored partners.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::federation::Partner;
use crate::id::PartnerId;

/// Stored partners.
#[async_trait]
pub trait PartnerStore: Send {
    /// Adds a partner.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::PartnerIssuer`] when there is
    /// one with the same issuer.
    ///
    /// [`Constraint::PartnerIssuer`]: crate::error::Constraint::PartnerIssuer
    async fn insert(&mut self, partner: &Partner) -> Result<(), StoreError>;

    /// All partners, newest first, equal times by id descending.
    async fn list(&mut self) -> Result<Vec<Partner>, StoreError>;

    /// The partner with this id; locked until the end of a writing
    /// transaction.
    async fn find(&mut self, id: PartnerId) -> Result<Option<Partner>, StoreError>;

    /// The partner with exactly this issuer.
    async fn find_by_issuer(&mut self, issuer: &str) -> Result<Option<Partner>, StoreError>;

    /// Writes all mutable fields.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such row.
    async fn update(&mut self, partner: &Partner) -> Result<(), StoreError>;

    /// Removes a partner; whether there was one.
    async fn delete(&mut self, id: PartnerId) -> Result<bool, StoreError>;
}
