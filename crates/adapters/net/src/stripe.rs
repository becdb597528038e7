//! The port to checkouts, over Stripe's API.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::billing::{CheckoutError, CheckoutRequest, CheckoutSessions};
use agentidp_domain::outbound::{FetchError, OutboundUrl};
use async_trait::async_trait;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::client::{GuardedClient, SetupError};
use crate::failure::failure;
use crate::fetcher::read;
use crate::lookup::{Lookup, SystemLookup};
use crate::reach::Reach;

/// The version of Stripe's API that requests and answers are written for.
const API_VERSION: &str = "2026-08-26.dahlia";

/// Time for everything together.
const DEADLINE: Duration = Duration::from_secs(10);

/// Characters of Stripe's word for an error that are passed on.
const REASON_LIMIT: usize = 64;

/// Makes Checkout Sessions through Stripe's API.
///
/// The base of the API is a setting of the operator, who may name a proxy or a
/// stand-in in the own network: every address is admitted. Redirects are not
/// followed, so the key goes nowhere else.
pub struct StripeCheckouts {
    client: GuardedClient,
    sessions: Url,
    key: SecretString,
    deadline: Duration,
}

impl StripeCheckouts {
    /// Asks the API below `base` with this secret key; finds the addresses of
    /// names with the resolver of the system.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn new(base: &OutboundUrl, key: SecretString) -> Result<Self, SetupError> {
        Self::with_lookup(base, key, Arc::new(SystemLookup::new()), DEADLINE)
    }

    /// Finds the addresses of names with `lookup` and gives up after
    /// `deadline`.
    ///
    /// # Errors
    ///
    /// When the system has no certificates.
    pub fn with_lookup(
        base: &OutboundUrl,
        key: SecretString,
        lookup: Arc<dyn Lookup>,
        deadline: Duration,
    ) -> Result<Self, SetupError> {
        let mut sessions = base.url().clone();
        let path = sessions.path().trim_end_matches('/');
        let path = format!("{path}/v1/checkout/sessions");
        sessions.set_path(&path);
        Ok(Self {
            client: GuardedClient::new(Reach::Everywhere, lookup)?,
            sessions,
            key,
            deadline,
        })
    }

    async fn post(&self, request: &CheckoutRequest) -> Result<String, CheckoutError> {
        let response = self
            .client
            .request(Method::POST, self.sessions.clone())
            .map_err(|_| FetchError::ForbiddenAddress)?
            .bearer_auth(self.key.expose_secret())
            .header("Stripe-Version", API_VERSION)
            .header("Idempotency-Key", request.idempotency_key.as_str())
            .form(&form(request))
            .send()
            .await
            .map_err(failure)?;
        let status = response.status();
        let body = read(response).await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return self.checkout_url(&answer).ok_or(CheckoutError::Unusable);
        }
        Err(CheckoutError::Rejected {
            status: status.as_u16(),
            reason: reason(&answer),
        })
    }

    /// The address of the checkout; over HTTPS, as the API itself.
    fn checkout_url(&self, answer: &Value) -> Option<String> {
        let text = answer.get("url")?.as_str()?;
        let url = Url::parse(text).ok()?;
        let secure = url.scheme() == "https" || self.sessions.scheme() == "http";
        (secure && url.has_host()).then(|| text.to_owned())
    }
}

impl fmt::Debug for StripeCheckouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeCheckouts")
            .field("sessions", &self.sessions.as_str())
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl CheckoutSessions for StripeCheckouts {
    async fn create(&self, request: &CheckoutRequest) -> Result<String, CheckoutError> {
        timeout(self.deadline, self.post(request))
            .await
            .unwrap_or(Err(FetchError::Timeout.into()))
    }
}

/// The parameters of Stripe's `POST /v1/checkout/sessions`. The metadata stand
/// twice: those of the session come with the event of its completion, those of
/// the subscription tell people at Stripe whose it is.
fn form(request: &CheckoutRequest) -> Vec<(&'static str, String)> {
    let organization = request.organization_id.to_string();
    let tier = request.tier.to_string();
    vec![
        ("mode", "subscription".to_owned()),
        ("line_items[0][price]", request.price.clone()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("client_reference_id", organization.clone()),
        ("metadata[organization_id]", organization.clone()),
        ("metadata[target_tier]", tier.clone()),
        ("subscription_data[metadata][organization_id]", organization),
        ("subscription_data[metadata][target_tier]", tier),
        (
            "success_url",
            request.redirects.success_url.as_str().to_owned(),
        ),
        (
            "cancel_url",
            request.redirects.cancel_url.as_str().to_owned(),
        ),
    ]
}

/// Stripe's words for an error: its code, else its type. Messages stay out,
/// they may quote what was sent.
fn reason(answer: &Value) -> String {
    let word = |name: &str| answer.get("error")?.get(name)?.as_str();
    let reason = word("code").or_else(|| word("type")).unwrap_or("no reason");
    let harmless = |c: &char| c.is_ascii_alphanumeric() || " _-.".contains(*c);
    reason.chars().filter(harmless).take(REASON_LIMIT).collect()
}
