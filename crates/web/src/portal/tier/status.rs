//! The present plan and its use.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::organization::PlanTier;
use agentidp_domain::tier::TierStatus;
use agentidp_domain::time::Timestamp;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use super::upgrade;
use crate::access::Endpoint;
use crate::fault::{failed, message, with_retry};
use crate::notice::Notice;
use crate::page::page;
use crate::plan::{self, LimitUse};
use crate::portal::{TIER, shell};
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Moment};

const STATUS: Endpoint = Endpoint::new("GET", "/api/v1/tiers/status");

#[derive(Template)]
#[template(path = "portal/tier.html")]
struct TierPage {
    shell: Shell,
    error: Option<String>,
    notice: Option<Notice>,
    awaited: Option<Awaited>,
    plan: Badge,
    limits: Vec<LimitUse>,
    period_start: Moment,
    period_end: Moment,
    offers: Vec<Offer>,
    /// Plans above the present one that are not sold here.
    unsold: Vec<&'static str>,
    denied: Option<String>,
}

/// A plan that can be bought.
struct Offer {
    href: String,
    name: &'static str,
}

/// A plan that is paid for and not yet in force.
struct Awaited {
    name: &'static str,
    again: String,
}

/// How a buyer comes back from the payment page.
#[derive(Default)]
pub struct Return {
    /// What was bought, when it was paid.
    paid: Option<PlanTier>,
    /// What is said about it unless there is something better.
    notice: Option<Notice>,
}

impl Return {
    fn of(query: &Query) -> Self {
        let is_paid = query.get("billing") == "success";
        Self {
            paid: query.parsed("target").filter(|_| is_paid),
            notice: Notice::of_checkout(query),
        }
    }

    /// What to say, and what to wait for, while the plan is `present`.
    fn told(self, present: PlanTier) -> (Option<Notice>, Option<Awaited>) {
        match self.paid {
            None => (self.notice, None),
            Some(bought) if bought <= present => (Some(Notice::UPGRADED), None),
            Some(bought) => {
                let awaited = Awaited {
                    name: plan::name(bought),
                    again: paid(bought),
                };
                (None, Some(awaited))
            }
        }
    }
}

/// The page for a buyer who has paid.
pub fn paid(bought: PlanTier) -> String {
    let parameters = [("billing", "success"), ("target", bought.as_str())];
    Query::link(TIER, &parameters)
}

/// The page for a buyer who changed their mind.
pub fn cancelled() -> String {
    Query::link(TIER, &[("billing", "cancel")])
}

/// Plan, use of its limits, and what lies above it.
#[get("/settings/tier")]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    let came_back = Return::of(&Query::read(&request));
    answer(&state, &visitor, came_back, None).await
}

/// The page as it is now, below what happened before.
pub async fn answer(
    state: &AppState,
    visitor: &Visitor,
    came_back: Return,
    error: Option<ApiError>,
) -> HttpResponse {
    let status = match load(state, visitor).await {
        Ok(status) => status,
        Err(error) => {
            let shell = shell(TIER, Some(visitor));
            return failed(shell, &error, "Failed to load your plan.", None);
        }
    };
    let mut view = TierPage::new(&status, visitor, came_back);
    view.offer(&status, state, visitor);
    match error {
        None => page(StatusCode::OK, &view),
        Some(error) => {
            // Stripe's refusal has words of its own, unlike other faults.
            let default = match error.body.code {
                "STRIPE_ERROR" => "",
                _ => "The upgrade failed.",
            };
            view.error = Some(message(&error, default));
            with_retry(page(error.status, &view), &error)
        }
    }
}

async fn load(state: &AppState, visitor: &Visitor) -> Result<TierStatus, ApiError> {
    STATUS.permit(state, &visitor.caller)?;
    Ok(state.tiers.status(&visitor.caller).await?)
}

impl TierPage {
    fn new(status: &TierStatus, visitor: &Visitor, came_back: Return) -> Self {
        let (notice, awaited) = came_back.told(status.tier);
        let day = |date| Moment::day(Timestamp::start_of_day(date));
        Self {
            shell: shell(TIER, Some(visitor)),
            error: None,
            notice,
            awaited,
            plan: plan::badge(status.tier),
            limits: plan::limits(status),
            period_start: day(status.period.first_day()),
            period_end: day(status.period.last_day()),
            offers: Vec::new(),
            unsold: Vec::new(),
            denied: None,
        }
    }

    /// Shows what the visitor can buy, or why they cannot, and what is left to
    /// the sales contact.
    fn offer(&mut self, status: &TierStatus, state: &AppState, visitor: &Visitor) {
        let above = PlanTier::ALL.iter().copied();
        let above = above.filter(|tier| *tier > status.tier);
        let (sold, unsold): (Vec<_>, Vec<_>) = above.partition(|tier| state.billing.sells(*tier));
        self.unsold = unsold.into_iter().map(plan::name).collect();
        let offers: Vec<Offer> = sold
            .into_iter()
            .map(|tier| Offer {
                href: upgrade::path(tier),
                name: plan::name(tier),
            })
            .collect();
        if offers.is_empty() {
            return;
        }
        match upgrade::permit(state, visitor) {
            Ok(()) => self.offers = offers,
            Err(error) => self.denied = Some(message(&error, "")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(tier: PlanTier) -> Return {
        Return {
            paid: Some(tier),
            notice: None,
        }
    }

    #[test]
    fn a_paid_plan_is_awaited_until_it_is_in_force() {
        let (notice, awaited) = bought(PlanTier::Pro).told(PlanTier::Free);
        assert_eq!(notice, None);
        let again = awaited.unwrap().again;
        assert_eq!(again, "/portal/settings/tier?billing=success&target=pro");
        for present in [PlanTier::Pro, PlanTier::Enterprise] {
            let (notice, awaited) = bought(PlanTier::Pro).told(present);
            assert_eq!(notice, Some(Notice::UPGRADED));
            assert!(awaited.is_none());
        }
        let (notice, awaited) = Return::default().told(PlanTier::Free);
        assert!(notice.is_none() && awaited.is_none());
    }
}
