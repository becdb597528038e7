//! Handlers of `/api/v1/agents/{agentId}/credentials`.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use agentidp_domain::credential::CredentialFilter;
use agentidp_domain::id::{AgentId, CredentialId};

use crate::credentials::dto::{
    CredentialBody, CredentialRequestBody, IssuedCredentialBody, expiry,
};
use crate::error::{ApiError, ErrorBody};
use crate::input::{JsonBody, QueryReader, path_id};
use crate::openapi::responses::{Body, Protected, Query};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::wire::ListBody;

fn agent(id: &str) -> Result<AgentId, ApiError> {
    path_id(id, ApiError::agent_not_found)
}

/// Id of a credential; a malformed one is answered like an unknown one, but
/// only after access to the agent was checked.
fn credential(id: &str) -> CredentialId {
    id.parse()
        .unwrap_or_else(|_| CredentialId::new(uuid::Uuid::nil()))
}

/// Generate a credential
///
/// The secret is in this answer only. An agent may have 20 active credentials;
/// at most 5 are advised.
#[utoipa::path(
    operation_id = "generateCredential",
    tag = "credential-management",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    request_body(content = Option<CredentialRequestBody>),
    responses(
        (status = 201, description = "The credential with its secret.", body = IssuedCredentialBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[post(
    "/agents/{agentId}/credentials",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn generate(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let expires_at = expiry(body, state.ports.now())?;
    let origin = origin::stored(&request);
    let issued = state
        .credentials
        .generate(&caller.0, &origin, agent(&id)?, expires_at)
        .await?;
    Ok(HttpResponse::Created().json(IssuedCredentialBody::from(issued)))
}

/// List credentials
///
/// Newest first, never with secrets.
#[utoipa::path(
    operation_id = "listCredentials",
    tag = "credential-management",
    params(
        ("agentId" = String, Path, description = "Id of the agent.", format = Uuid),
        ("page" = Option<u32>, Query, description = "Page number, from 1.", minimum = 1),
        ("limit" = Option<u32>, Query, description = "Entries per page.", minimum = 1, maximum = 100),
        ("status" = Option<String>, Query, description = "Exact state: active or revoked."),
    ),
    responses(
        (status = 200, description = "One page.", body = ListBody<CredentialBody>),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        Query, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[get(
    "/agents/{agentId}/credentials",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let mut query = QueryReader::new(&request);
    let page = query.page();
    let filter = CredentialFilter {
        status: query.optional("status", str::parse),
    };
    query.finish()?;
    let credentials = state
        .credentials
        .list(&caller.0, agent(&id)?, filter, page)
        .await?;
    Ok(HttpResponse::Ok().json(ListBody::new(credentials, CredentialBody::from)))
}

/// Rotate a credential
///
/// Replaces the secret in place; the old one is dead at once on every
/// replica. Without `expiresAt` the expiry is removed. Tokens already issued
/// stay valid.
#[utoipa::path(
    operation_id = "rotateCredential",
    tag = "credential-management",
    params(
        ("agentId" = String, Path, description = "Id of the agent.", format = Uuid),
        ("credentialId" = String, Path, description = "Id of the credential.", format = Uuid),
    ),
    request_body(content = Option<CredentialRequestBody>),
    responses(
        (status = 200, description = "The credential with its new secret.", body = IssuedCredentialBody),
        (status = 404, description = "`AGENT_NOT_FOUND`, `CREDENTIAL_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`CREDENTIAL_ALREADY_REVOKED`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[post(
    "/agents/{agentId}/credentials/{credentialId}/rotate",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn rotate(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    path: web::Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let expires_at = expiry(body, state.ports.now())?;
    let origin = origin::stored(&request);
    let (agent_id, id) = (agent(&path.0)?, credential(&path.1));
    let issued = state
        .credentials
        .rotate(&caller.0, &origin, agent_id, id, expires_at)
        .await?;
    Ok(HttpResponse::Ok().json(IssuedCredentialBody::from(issued)))
}

/// Revoke a credential
///
/// Permanent. When no usable credential remains, the agent's outstanding
/// tokens end.
#[utoipa::path(
    operation_id = "revokeCredential",
    tag = "credential-management",
    params(
        ("agentId" = String, Path, description = "Id of the agent.", format = Uuid),
        ("credentialId" = String, Path, description = "Id of the credential.", format = Uuid),
    ),
    responses(
        (status = 204, description = "Revoked."),
        (status = 404, description = "`AGENT_NOT_FOUND`, `CREDENTIAL_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`CREDENTIAL_ALREADY_REVOKED`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[delete(
    "/agents/{agentId}/credentials/{credentialId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn revoke(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let origin = origin::stored(&request);
    let (agent_id, id) = (agent(&path.0)?, credential(&path.1));
    state
        .credentials
        .revoke(&caller.0, &origin, agent_id, id)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
