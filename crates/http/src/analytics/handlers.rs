//! Handlers of `/api/v1/analytics`. With `ANALYTICS_ENABLED=false` the routes
//! do not exist; `pipeline/switch.rs` sees to that.

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::analytics::dto::{AgentActivityBody, AgentSummariesBody, TokenTrendBody, trend_days};
use crate::error::{ApiError, ErrorBody};
use crate::openapi::responses::{Protected, Query};
use crate::pipeline::authorize::Authenticated;
use crate::state::AppState;

/// Tokens per day
///
/// Access tokens that the caller's organization was issued, one entry per day
/// (UTC), today last.
#[utoipa::path(
    operation_id = "getTokenTrend",
    tag = "analytics",
    params(("days" = Option<u32>, Query, description = "Length of the trend; 30 when absent.", minimum = 1, maximum = 90)),
    responses(
        (status = 200, description = "The trend.", body = TokenTrendBody),
        (status = 404, description = "`NOT_FOUND`: analytics is switched off.", body = ErrorBody),
        Query, Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/analytics/tokens",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn tokens(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let length = trend_days(&request)?;
    let trend = state.analytics.token_trend(&caller.0, length).await?;
    let body = TokenTrendBody::new(caller.0.organization_id, length, trend);
    Ok(HttpResponse::Ok().json(body))
}

/// Activity by weekday and hour
///
/// Tokens issued and API calls of the caller's organization in the last 90
/// days, summed by day of the week and hour (UTC). Hours without activity are
/// left out.
#[utoipa::path(
    operation_id = "getAgentActivity",
    tag = "analytics",
    responses(
        (status = 200, description = "The heat map.", body = AgentActivityBody),
        (status = 404, description = "`NOT_FOUND`: analytics is switched off.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/analytics/agents/activity",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn activity(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let cells = state.analytics.activity(&caller.0).await?;
    let body = AgentActivityBody::new(caller.0.organization_id, cells);
    Ok(HttpResponse::Ok().json(body))
}

/// Usage per agent
///
/// What each agent of the caller's organization did in the present calendar
/// month (UTC), also nothing. Decommissioned agents appear only if they did
/// something. Of an organization without limit of agents the first 1,000 are
/// shown.
#[utoipa::path(
    operation_id = "getAgentUsage",
    tag = "analytics",
    responses(
        (status = 200, description = "The agents.", body = AgentSummariesBody),
        (status = 404, description = "`NOT_FOUND`: analytics is switched off.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/analytics/agents",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn agents(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let summaries = state.analytics.agents(&caller.0).await?;
    let body = AgentSummariesBody::new(caller.0.organization_id, summaries);
    Ok(HttpResponse::Ok().json(body))
}
