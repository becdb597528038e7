//! Handlers of `/api/v1/oidc/trust-policies`.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use agentidp_domain::validation::Invalid;

use crate::error::{ApiError, ErrorBody};
use crate::input::{JsonBody, QueryReader, path_id};
use crate::openapi::responses::{Body, Protected, Query};
use crate::pipeline::authorize::Authenticated;
use crate::pipeline::origin;
use crate::state::AppState;
use crate::workload::dto::{CreateTrustPolicyBody, TrustPolicyBody, new_policy};

/// Create a trust policy
///
/// Lets workflows of a repository act as an agent of the caller's
/// organization. Without agent it is a bootstrap policy, which needs the role
/// `admin` or the scope `admin:orgs`.
#[utoipa::path(
    operation_id = "createTrustPolicy",
    tag = "oidc-trust-policies",
    request_body = CreateTrustPolicyBody,
    responses(
        (status = 201, description = "Created.", body = TrustPolicyBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`TRUST_POLICY_CONFLICT`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[post(
    "/oidc/trust-policies",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn create(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = new_policy(body)?;
    let origin = origin::stored(&request);
    let policy = state.trust_policies.create(&caller.0, &origin, new).await?;
    Ok(HttpResponse::Created().json(TrustPolicyBody::from(policy)))
}

/// List trust policies
///
/// All policies of the caller's organization, newest first.
#[utoipa::path(
    operation_id = "listTrustPolicies",
    tag = "oidc-trust-policies",
    params(
        ("agentId" = Option<String>, Query, description = "Only policies of this agent.", format = Uuid),
    ),
    responses(
        (status = 200, description = "The policies.", body = Vec<TrustPolicyBody>),
        Query, Protected,
    ),
    security(("bearer" = ["agents:read"]))
)]
#[get(
    "/oidc/trust-policies",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let mut query = QueryReader::new(&request);
    let agent = query.optional("agentId", |text| {
        text.parse()
            .map_err(|_| Invalid::new("Must be a valid UUID."))
    });
    query.finish()?;
    let policies = state.trust_policies.list(&caller.0, agent).await?;
    let policies: Vec<_> = policies.into_iter().map(TrustPolicyBody::from).collect();
    Ok(HttpResponse::Ok().json(policies))
}

/// Delete a trust policy
///
/// Exchanges that rely on it are refused from now on. Tokens already issued
/// stay valid until they expire.
#[utoipa::path(
    operation_id = "deleteTrustPolicy",
    tag = "oidc-trust-policies",
    params(("id" = String, Path, description = "Id of the policy.", format = Uuid)),
    responses(
        (status = 204, description = "Deleted."),
        (status = 404, description = "`TRUST_POLICY_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[delete(
    "/oidc/trust-policies/{id}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn delete(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = path_id(&id, ApiError::trust_policy_not_found)?;
    let origin = origin::stored(&request);
    state.trust_policies.delete(&caller.0, &origin, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
