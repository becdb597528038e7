//! Buying a higher plan: a question, then Stripe's page.

use actix_web::{HttpResponse, get, post, web};
use agentidp_domain::billing::{RedirectUrl, Redirects};
use agentidp_domain::organization::PlanTier;
use agentidp_http::{ApiError, AppState};

use super::status::{Return, answer, cancelled, paid};
use crate::access::Endpoint;
use crate::confirm::Confirm;
use crate::fault::{Back, failed};
use crate::page::see_other;
use crate::plan::{limit_text, name};
use crate::portal::{TIER, shell};
use crate::session::{Form, Visitor};

const UPGRADE: Endpoint = Endpoint::new("POST", "/api/v1/tiers/upgrade");

/// What is said of a plan that is not sold here, behind its name.
const CONTACT: &str = "is not sold online here. Please contact sales.";

/// Path of the question.
pub fn path(tier: PlanTier) -> String {
    format!("{TIER}/upgrade/{tier}")
}

/// Whether the visitor may buy a plan.
///
/// # Errors
///
/// 403.
pub fn permit(state: &AppState, visitor: &Visitor) -> Result<(), ApiError> {
    UPGRADE.permit(state, &visitor.caller)
}

/// Names what will happen and asks.
#[get("/settings/tier/upgrade/{tier}")]
pub async fn ask(
    state: web::Data<AppState>,
    visitor: Visitor,
    tier: web::Path<String>,
) -> HttpResponse {
    match question(&state, &visitor, &tier) {
        Ok(confirm) => confirm.ask(),
        Err(error) => {
            let back = Back::new(TIER, "Back to your plan");
            failed(shell(TIER, Some(&visitor)), &error, "", Some(back))
        }
    }
}

fn question(state: &AppState, visitor: &Visitor, word: &str) -> Result<Confirm, ApiError> {
    let target = known(word)?;
    permit(state, visitor)?;
    if !state.billing.sells(target) {
        let text = format!("{} {CONTACT}", name(target));
        return Err(ApiError::not_found("NOT_FOUND", &text));
    }
    let (tier, limits) = (name(target), target.limits());
    let text = format!(
        "You go on to the payment page of Stripe. Once the payment is confirmed, your \
         organization is on the {tier} plan: agents {}, tokens per month {}, requests per \
         minute {}.",
        limit_text(limits.max_agents),
        limit_text(limits.max_tokens_per_month),
        limit_text(limits.rate_limit_per_minute),
    );
    Ok(Confirm {
        shell: shell(TIER, Some(visitor)),
        title: format!("Upgrade to {tier}?"),
        text,
        warning: None,
        typed: None,
        once: None,
        error: None,
        action: path(target),
        cancel: TIER.to_owned(),
        label: "Upgrade",
        kind: "default",
    })
}

fn known(word: &str) -> Result<PlanTier, ApiError> {
    let unknown = |_| ApiError::not_found("NOT_FOUND", "The requested resource was not found.");
    word.parse().map_err(unknown)
}

/// Begins the checkout and sends the browser there.
#[post("/settings/tier/upgrade/{tier}")]
pub async fn carry_out(
    state: web::Data<AppState>,
    form: Form,
    tier: web::Path<String>,
) -> HttpResponse {
    match checkout(&state, &form.visitor, &tier).await {
        Ok(address) => see_other(&address),
        Err(error) => answer(&state, &form.visitor, Return::default(), Some(error)).await,
    }
}

async fn checkout(state: &AppState, visitor: &Visitor, word: &str) -> Result<String, ApiError> {
    let target = known(word)?;
    permit(state, visitor)?;
    let redirects = Redirects {
        success_url: address(state, &paid(target))?,
        cancel_url: address(state, &cancelled())?,
    };
    let caller = &visitor.caller;
    Ok(state.billing.upgrade(caller, target, redirects).await?)
}

/// A page of this server, for the buyer to return to.
fn address(state: &AppState, page: &str) -> Result<RedirectUrl, ApiError> {
    let rules = &state.settings.redirects;
    let url = format!("{}{page}", rules.public_url.as_str());
    rules
        .parse(&url)
        .map_err(|invalid| ApiError::internal(&invalid))
}
