//! The port to checkouts.

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use crate::billing::Redirects;
use crate::id::OrganizationId;
use crate::organization::PlanTier;
use crate::outbound::FetchError;
use crate::time::Timestamp;

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
    /// Makes one checkout of requests for the same that come within five
    /// minutes, on whatever replica. 64 lower-case hex characters.
    pub idempotency_key: String,
}

/// What an idempotency key stands for, in seconds of the clock.
const SLOT: i64 = 300;

impl CheckoutRequest {
    /// A checkout that is asked for at `now`.
    #[must_use]
    pub fn new(
        organization_id: OrganizationId,
        tier: PlanTier,
        price: &str,
        redirects: Redirects,
        now: Timestamp,
    ) -> Self {
        let mut hash = Sha256::new();
        for part in [
            organization_id.to_string().as_str(),
            tier.as_str(),
            price,
            redirects.success_url.as_str(),
            redirects.cancel_url.as_str(),
            now.unix_seconds().div_euclid(SLOT).to_string().as_str(),
        ] {
            hash.update(part.as_bytes());
            // No part has such a byte: the limits between them count.
            hash.update([0_u8]);
        }
        Self {
            price: price.to_owned(),
            organization_id,
            tier,
            redirects,
            idempotency_key: hex::encode(hash.finalize()),
        }
    }
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;
    use crate::billing::RedirectRules;
    use crate::token::Issuer;

    fn key(organization: u128, tier: PlanTier, price: &str, ends: [&str; 2], at: i64) -> String {
        let rules = RedirectRules {
            public_url: Issuer::new("https://idp.example"),
            allow_http: false,
        };
        let [success_url, cancel_url] = ends.map(|end| rules.parse(end).unwrap());
        let redirects = Redirects {
            success_url,
            cancel_url,
        };
        let organization = OrganizationId::new(Uuid::from_u128(organization));
        let now = Timestamp::from_unix_millis(at * 1000).unwrap();
        CheckoutRequest::new(organization, tier, price, redirects, now).idempotency_key
    }

    #[test]
    fn the_same_within_five_minutes_has_one_key_and_everything_else_another() {
        use PlanTier::{Enterprise, Pro};
        let (a, b) = ("https://app.example/a", "https://app.example/b");
        let first = key(1, Pro, "price_1", [a, b], 1_700_000_100);
        assert_eq!(first.len(), 64);
        assert_eq!(first, key(1, Pro, "price_1", [a, b], 1_700_000_399));
        let keys = [
            first,
            key(2, Pro, "price_1", [a, b], 1_700_000_100),
            key(1, Enterprise, "price_1", [a, b], 1_700_000_100),
            key(1, Pro, "price_2", [a, b], 1_700_000_100),
            key(1, Pro, "price_1", [b, a], 1_700_000_100),
            key(1, Pro, "price_1", [a, a], 1_700_000_100),
            key(1, Pro, "price_1", [a, b], 1_700_000_400),
            key(1, Pro, "price_1", [a, b], 1_700_000_099),
        ];
        let count = keys.len();
        assert_eq!(HashSet::from(keys).len(), count);
    }
}
