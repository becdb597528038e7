//! What each plan allows.

use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::organization::PlanTier;
use agentidp_http::AppState;
use askama::Template;

use crate::page::ok;
use crate::plan::{self, limit_text};
use crate::portal::{PRICING, TIER, open_shell};
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "portal/pricing.html")]
struct PricingPage {
    shell: Shell,
    tiers: Vec<TierRow>,
    upgrade: &'static str,
    /// The lowest plan that is sold here.
    sold: Option<&'static str>,
    /// Names of the plans that are left to the sales contact; empty when there
    /// are none.
    unsold: String,
}

struct TierRow {
    name: &'static str,
    agents: String,
    tokens: String,
    requests: String,
}

impl From<PlanTier> for TierRow {
    fn from(tier: PlanTier) -> Self {
        let limits = tier.limits();
        Self {
            name: plan::name(tier),
            agents: limit_text(limits.max_agents),
            tokens: limit_text(limits.max_tokens_per_month),
            requests: limit_text(limits.rate_limit_per_minute),
        }
    }
}

/// The limits that the server enforces.
#[get("/pricing")]
pub async fn show(request: HttpRequest, state: web::Data<AppState>) -> HttpResponse {
    let tiers = PlanTier::ALL.iter().copied();
    let paid = tiers.clone().filter(|tier| *tier != PlanTier::Free);
    let (sold, unsold): (Vec<_>, Vec<_>) = paid.partition(|tier| state.billing.sells(*tier));
    let unsold: Vec<_> = unsold.into_iter().map(plan::name).collect();
    ok(&PricingPage {
        shell: open_shell(PRICING, &request).await,
        tiers: tiers.map(TierRow::from).collect(),
        upgrade: TIER,
        sold: sold.first().copied().map(plan::name),
        unsold: unsold.join(" and "),
    })
}
