//! Handlers of `/api/v1/marketplace`. With `MARKETPLACE_ENABLED=false` the
//! routes do not exist; `pipeline/switch.rs` sees to that.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;

use crate::error::{ApiError, ErrorBody};
use crate::input::path_id;
use crate::marketplace::dto::{PublicAgentBody, search};
use crate::openapi::responses::{Anonymous, Query};
use crate::state::AppState;
use crate::wire::ListBody;

/// An answer that anybody may keep for a minute.
fn public(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(body)
}

/// List public agents
///
/// Active agents of all active organizations that their owners made public, the
/// last published first. Filters narrow the list. No token is needed; one that
/// is sent is ignored.
#[utoipa::path(
    operation_id = "listPublicAgents",
    tag = "marketplace",
    params(
        ("q" = Option<String>, Query, description = "Words that all occur in owner, capabilities or type, whatever their case.", max_length = 256),
        ("capability" = Option<String>, Query, description = "Exactly one of the capabilities."),
        ("publisher" = Option<String>, Query, description = "Exact owner."),
        ("page" = Option<u32>, Query, description = "Page number, from 1.", minimum = 1),
        ("limit" = Option<u32>, Query, description = "Entries per page.", minimum = 1, maximum = 100),
    ),
    responses(
        (status = 200, description = "One page.", body = ListBody<PublicAgentBody>),
        (status = 404, description = "`NOT_FOUND`: the marketplace is switched off.", body = ErrorBody),
        Query, Anonymous,
    )
)]
#[get(
    "/marketplace/agents",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::limits::by_address)"
)]
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let query = search(&request)?;
    let agents = state.marketplace.list(&query).await?;
    Ok(public(ListBody::new(agents, PublicAgentBody::from)))
}

/// Get a public agent
///
/// With the part of its DID document that identifies and authenticates it.
#[utoipa::path(
    operation_id = "getPublicAgent",
    tag = "marketplace",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 200, description = "The agent.", body = PublicAgentBody),
        (status = 404, description = "`AGENT_NOT_FOUND`: unknown, or not public; `NOT_FOUND`: the marketplace is switched off.", body = ErrorBody),
        Anonymous,
    )
)]
#[get(
    "/marketplace/agents/{agentId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::limits::by_address)"
)]
pub async fn get(
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::agent_not_found)?;
    let found = state.marketplace.get(id).await?;
    Ok(public(PublicAgentBody::from(found)))
}
