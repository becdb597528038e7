//! Handlers of `/api/v1/oauth2/token/…`. With `A2A_ENABLED=false` the routes
//! do not exist; `pipeline/switch.rs` sees to that.

use actix_web::{HttpRequest, HttpResponse, delete, post, web};

use crate::delegation::dto::{
    CreateDelegationBody, DelegationChainBody, VerificationBody, VerifyDelegationBody,
    new_delegation, presented,
};
use crate::error::{ApiError, ErrorBody};
use crate::input::{JsonBody, path_id};
use crate::openapi::responses::{Body, Protected};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;

/// Delegate scopes
///
/// Lends scopes of the presented token to another agent of the organization
/// for a limited time. Not idempotent. The delegatee cannot pass them on.
#[utoipa::path(
    operation_id = "createDelegation",
    tag = "delegation",
    request_body = CreateDelegationBody,
    responses(
        (status = 201, description = "The delegation.", body = DelegationChainBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = []))
)]
#[post(
    "/oauth2/token/delegate",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn create(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = new_delegation(body)?;
    let origin = origin::stored(&request);
    let chain = state.delegation.create(&caller.0, &origin, new).await?;
    Ok(HttpResponse::Created().json(DelegationChainBody::from(chain)))
}

/// Verify a delegation
///
/// Any agent with a valid token may ask. Whoever presents the delegation has
/// to be compared with `delegateeAgentId`; that is not checked here.
#[utoipa::path(
    operation_id = "verifyDelegation",
    tag = "delegation",
    request_body = VerifyDelegationBody,
    responses(
        (status = 200, description = "Whether it holds.", body = VerificationBody),
        Body, Protected,
    ),
    security(("bearer" = []))
)]
#[post(
    "/oauth2/token/verify-delegation",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn verify(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let token = presented(body)?;
    let origin = origin::stored(&request);
    let verdict = state.delegation.verify(&caller.0, &origin, &token).await?;
    Ok(HttpResponse::Ok().json(VerificationBody::from(verdict)))
}

/// Revoke a delegation
///
/// For the delegator, administrators of the organization, and tokens with
/// `admin:orgs`. Takes effect at once; idempotent.
#[utoipa::path(
    operation_id = "revokeDelegation",
    tag = "delegation",
    params(("chainId" = String, Path, description = "Id of the delegation.", format = Uuid)),
    responses(
        (status = 204, description = "Revoked, now or before."),
        (status = 404, description = "`DELEGATION_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[delete(
    "/oauth2/token/delegate/{chainId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn revoke(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::delegation_not_found)?;
    let origin = origin::stored(&request);
    state.delegation.revoke(&caller.0, &origin, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
