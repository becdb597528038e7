//! Usage and plan.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::organization::PlanTier;
use agentidp_domain::time::Timestamp;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use crate::access::Endpoint;
use crate::dashboard::{USAGE, shell};
use crate::fault::{failed, reworded};
use crate::notice::Notice;
use crate::page::ok;
use crate::plan::{self, LimitUse, limit_text};
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Moment, count};

const TODAY: Endpoint = Endpoint::new("GET", "/api/v1/billing/usage");
const STATUS: Endpoint = Endpoint::new("GET", "/api/v1/tiers/status");

#[derive(Template)]
#[template(path = "dashboard/usage.html")]
struct UsagePage {
    shell: Shell,
    date: Moment,
    plan: Badge,
    api_calls: String,
    agents: String,
    free: Option<FreePlan>,
    period_end: Option<Moment>,
    limits: Vec<LimitUse>,
}

/// What the free plan allows.
struct FreePlan {
    agents: String,
    tokens: String,
    requests: String,
}

/// What the visitor's organization has used today, and what of its plan.
#[get("/usage")]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    match load(&state, &visitor).await {
        Ok(mut view) => {
            view.shell.notice = Notice::of_checkout(&Query::read(&request));
            ok(&view)
        }
        Err(error) => {
            let frame = shell(&visitor, USAGE);
            failed(frame, &worded(&error), "", None)
        }
    }
}

/// What went wrong: a missing permission in the words of the API, everything
/// else by its status.
fn worded(error: &ApiError) -> ApiError {
    match error.status {
        StatusCode::FORBIDDEN => error.clone(),
        status => {
            let status = status.as_u16();
            reworded(error, format!("Failed to fetch usage data (HTTP {status})"))
        }
    }
}

async fn load(state: &AppState, visitor: &Visitor) -> Result<UsagePage, ApiError> {
    let caller = &visitor.caller;
    TODAY.permit(state, caller)?;
    STATUS.permit(state, caller)?;
    let today = state.usage.today(caller).await?;
    let status = state.tiers.status(caller).await?;
    let is_free = status.tier == PlanTier::Free;
    let last_day = Timestamp::start_of_day(status.period.last_day());
    Ok(UsagePage {
        shell: shell(visitor, USAGE),
        date: Moment::day(Timestamp::start_of_day(today.date)),
        plan: plan::badge(status.tier),
        api_calls: count(today.api_calls),
        agents: count(status.agents),
        free: is_free.then(|| FreePlan {
            agents: limit_text(status.limits.max_agents),
            tokens: limit_text(status.limits.max_tokens_per_month),
            requests: limit_text(status.limits.rate_limit_per_minute),
        }),
        period_end: (!is_free).then(|| Moment::day(last_day)),
        limits: plan::limits(&status),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::message;

    #[test]
    fn a_failure_is_told_by_its_status_and_a_missing_permission_as_such() {
        let told = |error: ApiError| message(&worded(&error), "");
        let (away, fault) = (ApiError::unavailable(&"away"), ApiError::internal(&"fault"));
        assert_eq!(told(away), "Failed to fetch usage data (HTTP 503)");
        assert_eq!(told(fault), "Failed to fetch usage data (HTTP 500)");
        let denied = "You do not have permission to perform this action.";
        assert_eq!(told(ApiError::forbidden(denied)), denied);
    }
}
