//! What billing can fail with.

use crate::billing::CheckoutError;
use crate::error::{AccessError, StoreError};
use crate::organization::PlanTier;

/// Failure of a checkout.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// The organization has this tier already.
    #[error("already on tier {0}")]
    AlreadyOnTier(PlanTier),
    /// The organization has a higher tier.
    #[error("a downgrade")]
    Downgrade,
    /// The system organization buys nothing.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Stripe did not create the checkout.
    #[error(transparent)]
    Stripe(#[from] CheckoutError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a message is not taken for an event of Stripe, or could not be
/// processed.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// Signature or content are not those of an event.
    #[error("not an event signed by Stripe")]
    Unverified,
    /// The store failed; nothing was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
