//! `POST /api/v1/oidc/token`.

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, post, web};

use crate::error::{ApiError, ErrorBody};
use crate::input::JsonBody;
use crate::openapi::responses::{Anonymous, Body};
use crate::pipeline::origin;
use crate::state::AppState;
use crate::workload::dto::{ExchangeBody, ExchangedTokenBody, exchange_request};

/// Exchange a workload token
///
/// A CI workflow exchanges the OIDC token of its platform for an access token:
/// of the agent that a trust policy links to its repository, or, by a
/// bootstrap policy, one that can register an agent and nothing else.
#[utoipa::path(
    operation_id = "exchangeWorkloadToken",
    tag = "oidc-token-exchange",
    request_body = ExchangeBody,
    responses(
        (status = 200, description = "The token.", body = ExchangedTokenBody),
        (status = 401, description = "`OIDC_TOKEN_INVALID`, `OIDC_TOKEN_EXPIRED`.", body = ErrorBody),
        (status = 403, description = "`TRUST_POLICY_NOT_FOUND`, `TRUST_POLICY_BRANCH_MISMATCH`, `AGENT_SUSPENDED`, `AGENT_DECOMMISSIONED`, `FREE_TIER_LIMIT_EXCEEDED`, `TIER_LIMIT_EXCEEDED`.", body = ErrorBody),
        Body, Anonymous,
    )
)]
#[post(
    "/oidc/token",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::limits::by_address)"
)]
pub async fn exchange(
    request: HttpRequest,
    state: web::Data<AppState>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let wish = exchange_request(body)?;
    let origin = origin::stored(&request);
    let token = state.exchange.exchange(&wish, &origin).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(ExchangedTokenBody::from(token)))
}
