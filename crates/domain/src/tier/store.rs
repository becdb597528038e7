//! The port to stored tiers.

use async_trait::async_trait;

use crate::billing::StripeId;
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::organization::PlanTier;
use crate::time::Timestamp;

/// A tier of an organization from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierChange {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its tier.
    pub tier: PlanTier,
    /// The subscription that brought it about; `None` for an administrator.
    pub subscription_id: Option<StripeId>,
    /// Since when.
    pub at: Timestamp,
}

/// Tiers of organizations: the present one, in the record of the organization
/// and in a row of its own, and all that were before.
#[async_trait]
pub trait TierStore: Send {
    /// Sets the tier of an organization, which must be locked. The one place
    /// where tiers are written: `OrganizationStore` uses it too.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such organization.
    async fn set(&mut self, change: &TierChange) -> Result<(), StoreError>;
}
