//! Plan tiers on the wire.

use agentidp_domain::billing::{RedirectRules, Redirects};
use agentidp_domain::organization::{Limit, PlanLimits, PlanTier};
use agentidp_domain::tier::TierStatus;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::billing::redirects;
use crate::error::ApiError;
use crate::input::{JsonBody, word};

/// Limits in force; `null` means unlimited.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TierLimits)]
pub struct TierLimitsBody {
    /// Agents that are not decommissioned.
    #[schema(value_type = Option<u32>, required = true, minimum = 1, example = 100)]
    max_agents: Limit,
    /// Access tokens per calendar month (UTC).
    #[schema(value_type = Option<u32>, required = true, minimum = 1, example = 10000)]
    max_tokens_per_month: Limit,
    /// Authenticated requests per minute.
    #[schema(value_type = Option<u32>, required = true, minimum = 1, example = 100)]
    rate_limit_per_minute: Limit,
}

impl From<PlanLimits> for TierLimitsBody {
    fn from(limits: PlanLimits) -> Self {
        Self {
            max_agents: limits.max_agents,
            max_tokens_per_month: limits.max_tokens_per_month,
            rate_limit_per_minute: limits.rate_limit_per_minute,
        }
    }
}

/// What of the limits is used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TierUsage)]
pub struct TierUsageBody {
    /// Agents that are not decommissioned.
    #[schema(minimum = 0, example = 12)]
    agents_registered: i64,
    /// Access tokens issued in the present calendar month (UTC).
    #[schema(minimum = 0, example = 4120)]
    tokens_this_month: i64,
    /// Requests in the present window of the rate limit; 0 without limit.
    #[schema(minimum = 0, example = 7)]
    requests_this_minute: u32,
}

/// The plan of an organization.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TierStatus)]
pub struct TierStatusBody {
    /// The organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// Its plan.
    #[schema(value_type = String, example = "free", pattern = "^(free|pro|enterprise)$")]
    tier: PlanTier,
    /// Limits in force.
    limits: TierLimitsBody,
    /// What of them is used.
    usage: TierUsageBody,
    /// First day of the present calendar month (UTC).
    #[schema(format = Date, example = "2026-03-01")]
    billing_period_start: String,
    /// Last day of the present calendar month (UTC).
    #[schema(format = Date, example = "2026-03-31")]
    billing_period_end: String,
}

impl From<TierStatus> for TierStatusBody {
    fn from(status: TierStatus) -> Self {
        Self {
            organization_id: status.organization_id.to_string(),
            tier: status.tier,
            limits: status.limits.into(),
            usage: TierUsageBody {
                agents_registered: status.agents,
                tokens_this_month: status.tokens_this_month,
                requests_this_minute: status.requests_this_minute,
            },
            billing_period_start: status.period.first_day().to_string(),
            billing_period_end: status.period.last_day().to_string(),
        }
    }
}

/// Which tier to buy, and where to send the buyer.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpgradeRequest, example = json!({ "targetTier": "pro" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct UpgradeRequestBody {
    /// A tier above the present one.
    #[schema(pattern = "^(free|pro|enterprise)$")]
    target_tier: String,
    /// After the payment; HTTPS.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    success_url: Option<String>,
    /// When the buyer changes their mind; HTTPS.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    cancel_url: Option<String>,
}

/// Reads an upgrade.
///
/// # Errors
///
/// 400 with every bad field.
pub fn upgrade_request(
    body: JsonBody,
    rules: &RedirectRules,
) -> Result<(PlanTier, Redirects), ApiError> {
    let mut reader = body.reader();
    let target = reader.required("targetTier", word);
    let redirects = redirects(&mut reader, rules);
    reader.finish()?;
    target
        .map(|target| (target, redirects))
        .ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

/// A checkout of a tier.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Upgrade)]
pub struct UpgradeBody {
    /// Where to send the buyer; hosted by Stripe.
    #[schema(
        format = "uri",
        example = "https://checkout.stripe.com/c/pay/cs_test_a1b2c3"
    )]
    checkout_url: String,
    /// What is bought.
    #[schema(value_type = String, example = "pro", pattern = "^(pro|enterprise)$")]
    target_tier: PlanTier,
}

impl UpgradeBody {
    /// The wire form.
    pub fn new(checkout_url: String, target_tier: PlanTier) -> Self {
        Self {
            checkout_url,
            target_tier,
        }
    }
}
