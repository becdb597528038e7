//! Handlers of DID documents, resolution and cards.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::did::dto::{AgentCardBody, DidDocumentBody, ResolutionResultBody};
use crate::did::media;
use crate::error::{ApiError, ErrorBody};
use crate::input::path_id;
use crate::openapi::responses::{Anonymous, Protected};
use crate::pipeline::authorize::Authenticated;
use crate::state::AppState;

/// Media type of resolution results (DID Resolution §7.2).
const RESOLUTION: &str = "application/ld+json;profile=\"https://w3id.org/did-resolution\"";

/// A document in the form the client asks for.
fn document(request: &HttpRequest, json: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .append_header((VARY, "Accept"))
        .content_type(media::negotiate(request))
        .body(json)
}

async fn of_agent(
    request: &HttpRequest,
    state: &AppState,
    id: &str,
) -> Result<HttpResponse, ApiError> {
    let json = state
        .did
        .public_document(path_id(id, ApiError::agent_not_found)?)
        .await?;
    Ok(document(request, json))
}

/// DID document of the installation
///
/// One verification method per key of the key set; the fragment is its `kid`.
#[utoipa::path(
    operation_id = "getInstanceDidDocument",
    tag = "did",
    responses(
        (status = 200, description = "The document.", body = DidDocumentBody),
        (status = 500, description = "Unexpected fault.", body = ErrorBody),
    )
)]
#[get("/.well-known/did.json")]
pub async fn instance_document(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let json = serde_json::to_string(&state.did.instance_document());
    let json = json.map_err(|error| ApiError::internal(&error))?;
    Ok(document(&request, json))
}

/// DID document of an agent
///
/// `Accept` may ask for `application/did+ld+json` or `application/did+json`.
#[utoipa::path(
    operation_id = "getAgentDidDocument",
    tag = "did",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 200, description = "The document.", body = DidDocumentBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 410, description = "`AGENT_DECOMMISSIONED`.", body = ErrorBody),
        Anonymous,
    )
)]
#[get(
    "/agents/{agentId}/did",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::limits::by_address)"
)]
pub async fn agent_document(
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    of_agent(&request, &state, &id).await
}

/// DID document of an agent (did:web address)
///
/// The address to which resolvers translate the agent's `did:web` identifier;
/// identical to `GET /api/v1/agents/{agentId}/did`.
#[utoipa::path(
    operation_id = "getAgentDidWebDocument",
    tag = "did",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 200, description = "The document.", body = DidDocumentBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 410, description = "`AGENT_DECOMMISSIONED`.", body = ErrorBody),
        Anonymous,
    )
)]
#[get(
    "/agents/{agentId}/did.json",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::limits::by_address)"
)]
pub async fn did_web_document(
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    of_agent(&request, &state, &id).await
}

/// Resolve the DID of an agent
///
/// The complete document with its metadata. That of a decommissioned agent is
/// deactivated, has no keys, and comes with 410.
#[utoipa::path(
    operation_id = "resolveAgentDid",
    tag = "did",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 200, description = "The resolution result.", body = ResolutionResultBody, content_type = "application/ld+json"),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 410, description = "The deactivated identifier.", body = ResolutionResultBody, content_type = "application/ld+json"),
        Protected,
    ),
    security(("bearer" = ["agents:read"]))
)]
#[get(
    "/agents/{agentId}/did/resolve",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn resolve(
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let result = state
        .did
        .resolve(&caller.0, path_id(&id, ApiError::agent_not_found)?)
        .await?;
    let status = if result.is_deactivated() {
        StatusCode::GONE
    } else {
        StatusCode::OK
    };
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, RESOLUTION))
        .json(result))
}

/// Card of an agent
///
/// The AGNTCY agent card.
#[utoipa::path(
    operation_id = "getAgentCard",
    tag = "did",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 200, description = "The card.", body = AgentCardBody),
        (status = 404, description = "`AGENT_NOT_FOUND`: unknown, or not published.", body = ErrorBody),
        (status = 410, description = "`AGENT_DECOMMISSIONED`.", body = ErrorBody),
        Anonymous,
    )
)]
#[get(
    "/agents/{agentId}/did/card",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::limits::by_address)"
)]
pub async fn card(
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let card = state
        .did
        .card(path_id(&id, ApiError::agent_not_found)?)
        .await?;
    Ok(HttpResponse::Ok().json(card))
}
