//! Use cases of organizations: checkouts.

use std::sync::Arc;

use crate::billing::{
    BillingError, CheckoutError, CheckoutRequest, CheckoutSessions, Prices, Redirects,
    WebhookSecret,
};
use crate::caller::Caller;
use crate::error::{AccessError, StoreError};
use crate::organization::PlanTier;
use crate::ports::Ports;
use crate::unit_of_work::Scope;

/// What billing was configured with.
#[derive(Clone, Default)]
pub struct BillingSettings {
    /// Makes checkouts; `None` when billing is off or has no key.
    pub checkouts: Option<Arc<dyn CheckoutSessions>>,
    /// What tiers cost.
    pub prices: Prices,
    /// Key of Stripe's signatures; without it no event is accepted.
    pub webhook_secret: Option<WebhookSecret>,
}

/// Sells tiers through Stripe. A tier changes only when Stripe's event says
/// that it was bought or has ended.
#[derive(Clone)]
pub struct BillingService {
    pub(super) ports: Ports,
    pub(super) settings: BillingSettings,
}

impl BillingService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports, settings: BillingSettings) -> Self {
        Self { ports, settings }
    }

    /// Whether a tier can be bought here: billing is configured, and the tier
    /// has a price.
    #[must_use]
    pub fn sells(&self, tier: PlanTier) -> bool {
        self.settings.checkouts.is_some() && self.settings.prices.of(tier).is_some()
    }

    /// Begins a checkout of tier `pro` for the caller's organization; returns
    /// the URL for the buyer.
    ///
    /// # Errors
    ///
    /// [`BillingError::Stripe`] when Stripe does not create it or billing is
    /// not configured; [`BillingError::Access`] for the system organization.
    pub async fn checkout(
        &self,
        caller: &Caller,
        redirects: Redirects,
    ) -> Result<String, BillingError> {
        self.open(caller, PlanTier::Pro, redirects).await
    }

    /// Begins a checkout of a higher tier for the caller's organization;
    /// returns the URL for the buyer.
    ///
    /// # Errors
    ///
    /// [`BillingError::AlreadyOnTier`], [`BillingError::Downgrade`], and those
    /// of [`checkout`](Self::checkout).
    pub async fn upgrade(
        &self,
        caller: &Caller,
        target: PlanTier,
        redirects: Redirects,
    ) -> Result<String, BillingError> {
        let present = self.present_tier(caller).await?;
        if target == present {
            return Err(BillingError::AlreadyOnTier(present));
        }
        if target < present {
            return Err(BillingError::Downgrade);
        }
        self.open(caller, target, redirects).await
    }

    async fn present_tier(&self, caller: &Caller) -> Result<PlanTier, StoreError> {
        let id = caller.organization_id;
        let mut work = self.ports.read(Scope::Organization(id)).await?;
        let organization = work.organizations().find(id).await?;
        work.commit().await?;
        organization
            .map(|organization| organization.plan_tier)
            .ok_or(StoreError::Stale)
    }

    async fn open(
        &self,
        caller: &Caller,
        tier: PlanTier,
        redirects: Redirects,
    ) -> Result<String, BillingError> {
        let checkouts = self.settings.checkouts.as_ref();
        let checkouts = checkouts.ok_or(CheckoutError::NotConfigured("billing"))?;
        let price = self.settings.prices.of(tier);
        let price = price.ok_or(CheckoutError::NotConfigured("price of the tier"))?;
        if caller.organization_id.is_system() {
            // It has no limits that money could raise.
            return Err(AccessError::Denied.into());
        }
        let (id, now) = (caller.organization_id, self.ports.now());
        let request = CheckoutRequest::new(id, tier, price, redirects, now);
        Ok(checkouts.create(&request).await?)
    }
}
