//! Stripe, as far as the tests need it.

use std::sync::{Arc, Mutex};

use agentidp_domain::billing::{
    BillingService, BillingSettings, CheckoutError, CheckoutRequest, CheckoutSessions,
    EventOutcome, Prices, StripeEventType, WebhookSecret,
};
use agentidp_domain::metrics::Metrics;
use agentidp_domain::ports::Ports;
use async_trait::async_trait;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Answer, Api, Identity};

pub const WEBHOOK: &str = "/api/v1/billing/webhook";

/// Key of the signatures.
pub const SECRET: &str = "whsec_test";

/// Answers as it was told and remembers what it was asked for.
#[derive(Default)]
pub struct FakeStripe {
    failure: Mutex<Option<CheckoutError>>,
    requests: Mutex<Vec<CheckoutRequest>>,
    counted: Mutex<Vec<(StripeEventType, EventOutcome)>>,
}

impl FakeStripe {
    /// Billing over `ports`, with prices for both tiers.
    pub fn billing(self: &Arc<Self>, ports: &Ports) -> BillingService {
        self.billing_with(ports, |_| {})
    }

    /// The same after a change of its settings.
    pub fn billing_with(
        self: &Arc<Self>,
        ports: &Ports,
        change: impl FnOnce(&mut BillingSettings),
    ) -> BillingService {
        let mut settings = BillingSettings {
            checkouts: Some(self.clone()),
            prices: Prices {
                pro: Some("price_pro".to_owned()),
                enterprise: Some("price_enterprise".to_owned()),
            },
            webhook_secret: Some(WebhookSecret::new(SecretString::from(SECRET))),
        };
        change(&mut settings);
        let ports = Ports {
            metrics: self.clone(),
            ..ports.clone()
        };
        BillingService::new(ports, settings)
    }

    /// Lets every checkout fail.
    pub fn fail(&self, failure: CheckoutError) {
        *self.failure.lock().unwrap() = Some(failure);
    }

    /// The checkouts that were asked for.
    pub fn requests(&self) -> Vec<CheckoutRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// What was counted since the last call.
    pub fn counted(&self) -> Vec<(&'static str, &'static str)> {
        let counted = std::mem::take(&mut *self.counted.lock().unwrap());
        counted
            .into_iter()
            .map(|(event_type, outcome)| (event_type.as_str(), outcome.as_str()))
            .collect()
    }
}

#[async_trait]
impl CheckoutSessions for FakeStripe {
    async fn create(&self, request: &CheckoutRequest) -> Result<String, CheckoutError> {
        if let Some(failure) = self.failure.lock().unwrap().clone() {
            return Err(failure);
        }
        let mut requests = self.requests.lock().unwrap();
        requests.push(request.clone());
        let number = requests.len();
        Ok(format!(
            "https://checkout.stripe.com/c/pay/cs_test_{number}"
        ))
    }
}

impl Metrics for FakeStripe {
    fn stripe_event(&self, event_type: StripeEventType, outcome: EventOutcome) {
        self.counted.lock().unwrap().push((event_type, outcome));
    }
}

/// The header that signs `body` at `at` (Unix seconds).
pub fn signature(at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    let digest: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={digest}")
}

/// An event as Stripe sends it.
pub fn event(id: &str, event_type: &str, created: i64, object: &Value) -> Value {
    json!({
        "id": id, "object": "event", "api_version": "2026-08-26.dahlia", "type": event_type,
        "created": created, "livemode": false, "pending_webhooks": 1,
        "data": {"object": object},
    })
}

/// Somebody bought a tier.
pub fn bought(id: &str, of: &Identity, tier: &str, subscription: &str, created: i64) -> Value {
    let session = json!({
        "id": "cs_test_1", "object": "checkout.session", "mode": "subscription",
        "payment_status": "paid", "customer": "cus_1", "subscription": subscription,
        "metadata": {"organization_id": of.organization, "target_tier": tier},
    });
    event(id, "checkout.session.completed", created, &session)
}

/// A subscription ended.
pub fn ended(id: &str, subscription: &str, created: i64) -> Value {
    let object = json!({"id": subscription, "object": "subscription", "status": "canceled"});
    event(id, "customer.subscription.deleted", created, &object)
}

/// A payment failed.
pub fn unpaid(id: &str, subscription: &str, created: i64) -> Value {
    let parent = json!({"subscription_details": {"subscription": subscription}});
    let invoice = json!({"id": "in_1", "object": "invoice", "parent": parent});
    event(id, "invoice.payment_failed", created, &invoice)
}

impl Api {
    /// Sends bytes to the webhook, signed at this moment.
    pub async fn stripe_bytes(&self, body: &[u8]) -> Answer {
        let header = signature(self.now(), body);
        let call = self.post(WEBHOOK).header("stripe-signature", header);
        call.raw("application/json", body).send().await
    }

    /// Sends an event, which must be taken.
    pub async fn stripe(&self, event: &Value) {
        let answer = self.stripe_bytes(event.to_string().as_bytes()).await;
        assert_eq!(answer.expect(200), json!({"received": true}));
    }
}
