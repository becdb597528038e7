//! Usage and checkouts on the wire.

use agentidp_domain::billing::{RedirectRules, Redirects};
use agentidp_domain::usage::DailyUsage;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::billing::redirects;
use crate::error::ApiError;
use crate::input::JsonBody;

/// Usage of an organization on one day.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UsageSummary)]
pub struct UsageSummaryBody {
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// The day (UTC).
    #[schema(format = Date, example = "2026-03-28")]
    date: String,
    /// Access tokens issued.
    #[schema(minimum = 0, example = 412)]
    tokens_issued: i64,
    /// Agents registered.
    #[schema(minimum = 0, example = 3)]
    agents_registered: i64,
    /// Credentials generated.
    #[schema(minimum = 0, example = 3)]
    credentials_generated: i64,
    /// API calls; up to a minute behind.
    #[schema(minimum = 0, example = 2031)]
    api_calls_total: i64,
}

impl From<DailyUsage> for UsageSummaryBody {
    fn from(usage: DailyUsage) -> Self {
        Self {
            organization_id: usage.organization_id.to_string(),
            date: usage.date.to_string(),
            tokens_issued: usage.tokens_issued,
            agents_registered: usage.agents_registered,
            credentials_generated: usage.credentials_generated,
            api_calls_total: usage.api_calls,
        }
    }
}

/// Where to send the buyer of tier `pro`; may be left out.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CheckoutRequest, example = json!({
        "successUrl": "https://app.acme.example/billing/done",
        "cancelUrl": "https://app.acme.example/billing"
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct CheckoutRequestBody {
    /// After the payment; HTTPS.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    success_url: Option<String>,
    /// When the buyer changes their mind; HTTPS.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    cancel_url: Option<String>,
}

/// Reads the ends of a checkout.
///
/// # Errors
///
/// 400 with every bad field.
pub fn checkout_ends(body: JsonBody, rules: &RedirectRules) -> Result<Redirects, ApiError> {
    let mut reader = body.reader();
    let redirects = redirects(&mut reader, rules);
    reader.finish()?;
    Ok(redirects)
}

/// A checkout.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Checkout)]
pub struct CheckoutBody {
    /// Where to send the buyer; hosted by Stripe.
    #[schema(
        format = "uri",
        example = "https://checkout.stripe.com/c/pay/cs_test_a1b2c3"
    )]
    pub checkout_url: String,
}

/// An event of Stripe. Members that are not listed here are not looked at.
#[derive(Deserialize, ToSchema)]
#[schema(as = StripeEvent)]
#[expect(
    dead_code,
    reason = "describes the body, which is verified byte by byte"
)]
pub struct StripeEventBody {
    /// Its id; an event counts once.
    #[schema(min_length = 1, max_length = 255, example = "evt_1RbX2Y3Z")]
    id: String,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "checkout.session.completed")]
    event_type: String,
    /// When it happened, Unix seconds.
    #[schema(minimum = 0, example = 1774688400)]
    created: i64,
    /// What it is about.
    #[schema(value_type = Object)]
    data: Value,
}

/// Receipt of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = StripeEventReceipt)]
pub struct ReceiptBody {
    /// Always true.
    #[schema(example = true)]
    pub received: bool,
}
