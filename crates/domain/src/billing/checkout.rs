//! The port to checkouts.

use async_trait::async_trait;
use uuid::Uuid;

use crate::billing::Redirects;
use crate::id::OrganizationId;
use crate::organization::PlanTier;
use crate::outbound::FetchError;

/// Stripe's ids of the prices of paid tiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Price of `pro`.
    pub pro: Option<String>,
    /// Price of `enterprise`.
    pub enterprise: Option<String>,
}

impl Prices {
    /// The price of a tier, if it can be bought.
    #[must_use]
    pub fn of(&self, tier: PlanTier) -> Option<&str> {
        match tier {
            PlanTier::Free => None,
            PlanTier::Pro => self.pro.as_deref(),
            PlanTier::Enterprise => self.enterprise.as_deref(),
        }
    }
}

/// A checkout of one subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckoutRequest {
    /// What it costs: Stripe's id of a price.
    pub price: String,
    /// Who buys.
    pub organization_id: OrganizationId,
    /// What is bought.
    pub tier: PlanTier,
    /// Where the buyer is sent afterwards.
    pub redirects: Redirects,
    /// Makes one checkout of a request that arrives twice.
    pub idempotency_key: Uuid,
}

/// Why there is no checkout. Texts hold no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutError {
    /// Something has to be set first.
    #[error("not configured: {0}")]
    NotConfigured(&'static str),
    /// Stripe cannot be reached, or not in time.
    #[error("Stripe cannot be asked: {0}")]
    Unreachable(#[from] FetchError),
    /// Stripe said no.
    #[error("Stripe answered {status} ({reason})")]
    Rejected {
        /// HTTP status.
        status: u16,
        /// Stripe's word for the reason.
        reason: String,
    },
    /// The answer is none that was expected.
    #[error("Stripe's answer has no address of a checkout")]
    Unusable,
}

/// Makes checkouts.
#[async_trait]
pub trait CheckoutSessions: Send + Sync {
    /// Creates a checkout in subscription mode that carries the organization
    /// (`organization_id`) and the tier (`target_tier`) in its metadata and in
    /// that of the subscription; returns the URL for the buyer.
    ///
    /// # Errors
    ///
    /// [`CheckoutError`].
    async fn create(&self, request: &CheckoutRequest) -> Result<String, CheckoutError>;
}
