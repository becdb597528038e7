//! Billing: Stripe, as far as it is configured.

use std::sync::Arc;

use agentidp_domain::billing::{BillingService, BillingSettings, CheckoutSessions, WebhookSecret};
use agentidp_net::StripeCheckouts;

use crate::compose::installation::Installation;
use crate::compose::trust::OUTBOUND;
use crate::config::{BillingConfig, Config};
use crate::failure::{Failure, Outcome};

/// The use cases of billing. Events are received whenever their signatures can
/// be verified, so that a cancellation counts while billing is off.
///
/// # Errors
///
/// When no outbound connection can be prepared.
pub(super) fn billing(config: &Config, installation: &Installation) -> Outcome<BillingService> {
    let billing = &config.billing;
    let settings = BillingSettings {
        checkouts: checkouts(billing)?,
        prices: billing.prices.clone(),
        webhook_secret: billing.webhook_secret.clone().map(WebhookSecret::new),
    };
    Ok(BillingService::new(installation.ports.clone(), settings))
}

fn checkouts(config: &BillingConfig) -> Outcome<Option<Arc<dyn CheckoutSessions>>> {
    let (true, Some(key), Some(base)) = (config.enabled, &config.secret_key, &config.api_base)
    else {
        return Ok(None);
    };
    let stripe = StripeCheckouts::new(base, key.clone()).map_err(Failure::during(OUTBOUND))?;
    Ok(Some(Arc::new(stripe)))
}
