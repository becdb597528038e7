//! Usage and plan.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::organization::{Limit, PlanTier};
use agentidp_domain::tier::TierStatus;
use agentidp_domain::time::Timestamp;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use crate::access::Endpoint;
use crate::dashboard::{USAGE, shell};
use crate::fault::{failed, reworded};
use crate::notice::Notice;
use crate::page::ok;
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

/// How much of a limit is used.
struct LimitUse {
    name: &'static str,
    used: String,
    limit: String,
    /// Percent of the limit, at most 100; `None` when unlimited.
    percent: Option<i64>,
    tone: &'static str,
}

impl LimitUse {
    fn new(name: &'static str, used: i64, limit: Limit) -> Self {
        // A limit of nothing is used up.
        let percent = limit.count().map(|limit| match limit {
            0 => 100,
            limit => (used.max(0).saturating_mul(100) / limit).min(100),
        });
        Self {
            name,
            used: count(used),
            limit: limit_text(limit),
            percent,
            tone: match percent {
                Some(95..) => "danger",
                Some(80..) => "warning",
                _ => "ok",
            },
        }
    }
}

fn limit_text(limit: Limit) -> String {
    limit.count().map_or_else(|| "Unlimited".to_owned(), count)
}

fn badge(tier: PlanTier) -> Badge {
    match tier {
        PlanTier::Free => Badge::new("Free Tier", "muted"),
        PlanTier::Pro => Badge::new("Pro", "default"),
        PlanTier::Enterprise => Badge::new("Enterprise", "success"),
    }
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

/// A missing permission is told in the words of the API.
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
        plan: badge(status.tier),
        api_calls: count(today.api_calls),
        agents: count(status.agents),
        free: is_free.then(|| FreePlan {
            agents: limit_text(status.limits.max_agents),
            tokens: limit_text(status.limits.max_tokens_per_month),
            requests: limit_text(status.limits.rate_limit_per_minute),
        }),
        period_end: (!is_free).then(|| Moment::day(last_day)),
        limits: limits(&status),
    })
}

fn limits(status: &TierStatus) -> Vec<LimitUse> {
    let (limits, requests) = (status.limits, i64::from(status.requests_this_minute));
    vec![
        LimitUse::new("Agents", status.agents, limits.max_agents),
        LimitUse::new(
            "Tokens this month",
            status.tokens_this_month,
            limits.max_tokens_per_month,
        ),
        LimitUse::new(
            "Requests this minute",
            requests,
            limits.rate_limit_per_minute,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_full_at_the_limit_and_absent_without_one() {
        let percent = |used, limit| LimitUse::new("x", used, Limit::at_most(limit)).percent;
        assert_eq!(percent(0, 100), Some(0));
        assert_eq!(percent(799, 1_000), Some(79));
        assert_eq!(percent(300, 100), Some(100));
        assert_eq!(percent(0, 0), Some(100));
        let unlimited = LimitUse::new("x", 1_234, Limit::UNLIMITED);
        assert_eq!(unlimited.percent, None);
        assert_eq!(unlimited.limit, "Unlimited");
    }
}
