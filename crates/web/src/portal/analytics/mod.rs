//! Trends of the visitor's organization, drawn by the server.

mod activity;
mod agents;
mod trend;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::analytics::TrendDays;
use agentidp_http::{ApiError, AppState, trend_days};
use askama::Template;

use self::activity::HeatMap;
use self::agents::{AgentTable, WANTED};
use self::trend::Trend;
use crate::access::Endpoint;
use crate::fault::{message, with_retry};
use crate::page::page;
use crate::portal::{ANALYTICS, shell, switched_off};
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;

const TOKENS: Endpoint = Endpoint::new("GET", "/api/v1/analytics/tokens");
const ACTIVITY: Endpoint = Endpoint::new("GET", "/api/v1/analytics/agents/activity");
const AGENTS: Endpoint = Endpoint::new("GET", "/api/v1/analytics/agents");

/// What is said of a part that failed without words of its own.
const NOT_LOADED: &str = "Failed to load this part.";

#[derive(Template)]
#[template(path = "portal/analytics.html")]
struct AnalyticsPage {
    shell: Shell,
    days: String,
    most_days: u32,
    trend: Result<Trend, String>,
    activity: Result<HeatMap, String>,
    agents: Result<AgentTable, String>,
}

/// Tokens per day, activity by weekday and hour, usage per agent.
#[get("/analytics")]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    let frame = shell(ANALYTICS, Some(&visitor));
    let trend = trend(&request, &state, &visitor).await;
    if let Err(error) = &trend
        && error.status == StatusCode::NOT_FOUND
    {
        return switched_off(frame, "Analytics", error);
    }
    let activity = activity(&state, &visitor).await;
    let agents = agents(&state, &visitor).await;
    let failure = trend.as_ref().err();
    let failure = failure
        .or(activity.as_ref().err())
        .or(agents.as_ref().err());
    let failure = failure.cloned();
    let view = AnalyticsPage {
        shell: frame,
        days: typed(&request),
        most_days: TrendDays::MAX.value(),
        trend: trend.map_err(worded),
        activity: activity.map_err(worded),
        agents: agents.map_err(worded),
    };
    match failure {
        None => page(StatusCode::OK, &view),
        Some(error) => with_retry(page(error.status, &view), &error),
    }
}

fn worded(error: ApiError) -> String {
    message(&error, NOT_LOADED)
}

/// The length of the trend as it was asked for, right or wrong.
fn typed(request: &HttpRequest) -> String {
    match Query::read(request).get("days") {
        "" => TrendDays::default().value().to_string(),
        days => days.to_owned(),
    }
}

async fn trend(
    request: &HttpRequest,
    state: &AppState,
    visitor: &Visitor,
) -> Result<Trend, ApiError> {
    TOKENS.permit(state, &visitor.caller)?;
    let days = trend_days(request)?;
    let trend = state.analytics.token_trend(&visitor.caller, days).await?;
    Ok(Trend::new(&trend))
}

async fn activity(state: &AppState, visitor: &Visitor) -> Result<HeatMap, ApiError> {
    ACTIVITY.permit(state, &visitor.caller)?;
    let cells = state.analytics.activity(&visitor.caller).await?;
    Ok(HeatMap::new(&cells))
}

async fn agents(state: &AppState, visitor: &Visitor) -> Result<AgentTable, ApiError> {
    AGENTS.permit(state, &visitor.caller)?;
    let caller = &visitor.caller;
    let summaries = state.analytics.top_agents(caller, WANTED).await?;
    Ok(AgentTable::new(summaries))
}
