//! Handlers of `/api/v1/federation/trust` and `/api/v1/federation/partners`.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::error::{ApiError, ErrorBody};
use crate::federation::dto::{
    PartnerBody, RegisterPartnerBody, UpdatePartnerBody, new_partner, partner_patch,
};
use crate::input::{JsonBody, path_id};
use crate::openapi::responses::{Body, Protected};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;

/// Register a partner
///
/// Its key set is fetched first; when that fails nothing is stored.
#[utoipa::path(
    operation_id = "registerFederationPartner",
    tag = "federation",
    request_body = RegisterPartnerBody,
    responses(
        (status = 201, description = "Registered.", body = PartnerBody),
        (status = 409, description = "`FEDERATION_PARTNER_CONFLICT`.", body = ErrorBody),
        (status = 422, description = "`JWKS_UNREACHABLE`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[post(
    "/federation/trust",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn register(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = new_partner(body, &state.settings.partner_urls, state.ports.now())?;
    let origin = origin::stored(&request);
    let partner = state.federation.register(&caller.0, &origin, new).await?;
    Ok(HttpResponse::Created().json(PartnerBody::new(partner, state.ports.now())))
}

/// List partners
///
/// All partners, newest first.
#[utoipa::path(
    operation_id = "listFederationPartners",
    tag = "federation",
    responses(
        (status = 200, description = "The partners.", body = Vec<PartnerBody>),
        Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[get(
    "/federation/partners",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn list(
    state: web::Data<AppState>,
    _caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let now = state.ports.now();
    let partners = state.federation.list().await?;
    let partners: Vec<_> = partners
        .into_iter()
        .map(|partner| PartnerBody::new(partner, now))
        .collect();
    Ok(HttpResponse::Ok().json(partners))
}

/// Get a partner
///
/// It is reported as `expired` as soon as its time has passed.
#[utoipa::path(
    operation_id = "getFederationPartner",
    tag = "federation",
    params(("id" = String, Path, description = "Id of the partner.", format = Uuid)),
    responses(
        (status = 200, description = "The partner.", body = PartnerBody),
        (status = 404, description = "`FEDERATION_PARTNER_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[get(
    "/federation/partners/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn get(
    state: web::Data<AppState>,
    _caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::partner_not_found)?;
    let partner = state.federation.get(id).await?;
    Ok(HttpResponse::Ok().json(PartnerBody::new(partner, state.ports.now())))
}

/// Update a partner
///
/// Omitted fields stay. A new `jwks_uri` is probed as at registration.
#[utoipa::path(
    operation_id = "updateFederationPartner",
    tag = "federation",
    params(("id" = String, Path, description = "Id of the partner.", format = Uuid)),
    request_body = UpdatePartnerBody,
    responses(
        (status = 200, description = "The partner after the change.", body = PartnerBody),
        (status = 404, description = "`FEDERATION_PARTNER_NOT_FOUND`.", body = ErrorBody),
        (status = 422, description = "`JWKS_UNREACHABLE`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[patch(
    "/federation/partners/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn update(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let patch = partner_patch(body, &state.settings.partner_urls)?;
    let id = path_id(&id, ApiError::partner_not_found)?;
    let origin = origin::stored(&request);
    let partner = state
        .federation
        .update(&caller.0, &origin, id, patch)
        .await?;
    Ok(HttpResponse::Ok().json(PartnerBody::new(partner, state.ports.now())))
}

/// Delete a partner
///
/// Its tokens are refused from now on.
#[utoipa::path(
    operation_id = "deleteFederationPartner",
    tag = "federation",
    params(("id" = String, Path, description = "Id of the partner.", format = Uuid)),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, description = "`FEDERATION_PARTNER_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[delete(
    "/federation/partners/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::partner_not_found)?;
    let origin = origin::stored(&request);
    state.federation.delete(&caller.0, &origin, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
