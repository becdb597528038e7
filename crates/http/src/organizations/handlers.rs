//! Handlers of `/api/v1/organizations`.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};

use crate::error::{ApiError, ErrorBody};
use crate::input::{JsonBody, QueryReader, path_id};
use crate::openapi::responses::{Body, Protected, Query};
use crate::organizations::dto::{
    AddMemberBody, CreateOrganizationBody, CreatedOrganizationBody, MemberBody, OrganizationBody,
    UpdateOrganizationBody, new_member, new_organization, organization_patch,
};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::wire::ListBody;

/// Create an organization
///
/// With `adminEmail` its first administrator is created along, whose secret
/// is in this answer only. Everything is created or nothing.
#[utoipa::path(
    operation_id = "createOrganization",
    tag = "organizations",
    request_body = CreateOrganizationBody,
    responses(
        (status = 201, description = "Created.", body = CreatedOrganizationBody),
        (status = 409, description = "`ORG_SLUG_CONFLICT`, `AGENT_ALREADY_EXISTS`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[post(
    "/organizations",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn create(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = new_organization(body)?;
    let origin = origin::stored(&request);
    let (organization, admin) = state.organizations.create(&caller.0, &origin, new).await?;
    let body = CreatedOrganizationBody::new(organization, admin);
    Ok(HttpResponse::Created().json(body))
}

/// List organizations
///
/// All organizations, newest first, deleted ones included.
#[utoipa::path(
    operation_id = "listOrganizations",
    tag = "organizations",
    params(
        ("page" = Option<u32>, Query, description = "Page number, from 1.", minimum = 1),
        ("limit" = Option<u32>, Query, description = "Entries per page.", minimum = 1, maximum = 100),
        ("status" = Option<String>, Query, description = "Exact state."),
    ),
    responses(
        (status = 200, description = "One page.", body = ListBody<OrganizationBody>),
        Query, Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[get(
    "/organizations",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
    _caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let mut query = QueryReader::new(&request);
    let page = query.page();
    let status = query.optional("status", str::parse);
    query.finish()?;
    let organizations = state.organizations.list(status, page).await?;
    Ok(HttpResponse::Ok().json(ListBody::new(organizations, OrganizationBody::from)))
}

/// Get an organization
///
/// Deleted ones stay readable.
#[utoipa::path(
    operation_id = "getOrganization",
    tag = "organizations",
    params(("orgId" = String, Path, description = "Id of the organization.", format = Uuid)),
    responses(
        (status = 200, description = "The organization.", body = OrganizationBody),
        (status = 404, description = "`ORG_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[get(
    "/organizations/{orgId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn get(
    state: web::Data<AppState>,
    _caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let organization = state
        .organizations
        .get(path_id(&id, ApiError::organization_not_found)?)
        .await?;
    Ok(HttpResponse::Ok().json(OrganizationBody::from(organization)))
}

/// Update an organization
///
/// Omitted fields stay. Suspension ends all outstanding tokens of its agents;
/// reactivation does not bring them back.
#[utoipa::path(
    operation_id = "updateOrganization",
    tag = "organizations",
    params(("orgId" = String, Path, description = "Id of the organization.", format = Uuid)),
    request_body = UpdateOrganizationBody,
    responses(
        (status = 200, description = "The organization after the change.", body = OrganizationBody),
        (status = 404, description = "`ORG_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`ORG_ALREADY_DELETED`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[patch(
    "/organizations/{orgId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn update(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let patch = organization_patch(body)?;
    let id = path_id(&id, ApiError::organization_not_found)?;
    let origin = origin::stored(&request);
    let organization = state
        .organizations
        .update(&caller.0, &origin, id, patch)
        .await?;
    Ok(HttpResponse::Ok().json(OrganizationBody::from(organization)))
}

/// Delete an organization
///
/// Permanent soft delete: its active agents are suspended, all tokens end,
/// the records stay for audit.
#[utoipa::path(
    operation_id = "deleteOrganization",
    tag = "organizations",
    params(("orgId" = String, Path, description = "Id of the organization.", format = Uuid)),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, description = "`ORG_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`ORG_ALREADY_DELETED`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[delete(
    "/organizations/{orgId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let origin = origin::stored(&request);
    let id = path_id(&id, ApiError::organization_not_found)?;
    state.organizations.delete(&caller.0, &origin, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Add a member
///
/// Role `admin` counts in the organization to which the agent belongs.
#[utoipa::path(
    operation_id = "addOrganizationMember",
    tag = "organizations",
    params(("orgId" = String, Path, description = "Id of the organization.", format = Uuid)),
    request_body = AddMemberBody,
    responses(
        (status = 201, description = "Added.", body = MemberBody),
        (status = 404, description = "`ORG_NOT_FOUND`, `AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`ALREADY_MEMBER`, `ORG_ALREADY_DELETED`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["admin:orgs"]))
)]
#[post(
    "/organizations/{orgId}/members",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn add_member(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (agent, role) = new_member(body)?;
    let id = path_id(&id, ApiError::organization_not_found)?;
    let origin = origin::stored(&request);
    let member = state
        .organizations
        .add_member(&caller.0, &origin, id, agent, role)
        .await?;
    Ok(HttpResponse::Created().json(MemberBody::from(member)))
}
