//! Authentication, organization, scope policy and rate limit of a protected
//! route, in this order.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, ResponseError, web};
use agentidp_domain::caller::{Caller, Principal};
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::policy::{Decision, PolicyRequest};
use agentidp_domain::scope::ScopeSet;

use crate::error::ApiError;
use crate::pipeline::{limits, metering, switch};
use crate::state::AppState;

const TOKEN_REQUIRED: &str = "A valid Bearer token is required to access this resource.";

/// Where refusals have words of their own.
const SCAFFOLDS: &str = "/api/v1/sdk/scaffold/";

/// The one route that takes bootstrap tokens.
const REGISTRATION: (&str, &str) = ("POST", "/api/v1/agents");

/// Wraps a protected route; handlers behind it can extract [`Authenticated`]
/// or [`Registrant`].
///
/// # Errors
///
/// Those of inner layers that are no responses.
pub async fn authorize<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let (request, payload) = request.into_parts();
    match admit(&request).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            let request = ServiceRequest::from_parts(request, payload);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(error) => {
            let error = in_words_of(&request, error);
            let response = ServiceResponse::new(request, error.error_response());
            Ok(response.map_into_right_body())
        }
    }
}

/// The refusal as the route tells it.
fn in_words_of(request: &HttpRequest, error: ApiError) -> ApiError {
    let route = request.match_pattern().unwrap_or_default();
    if route.starts_with(SCAFFOLDS) && error.body.code == "AUTHORIZATION_ERROR" {
        return ApiError::scaffold_denied();
    }
    error
}

async fn admit(request: &HttpRequest) -> Result<Principal, ApiError> {
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ApiError::internal(&"no application state"))?;
    let route = request.match_pattern().unwrap_or_default();
    switch::require_on(&route, &state.settings)?;
    let principal = match authenticate(request, state).await {
        Ok(principal) => principal,
        Err(error) => return Err(limits::charge_refusal(request, state, error).await),
    };
    let concerns_self = match &principal {
        Principal::Agent(caller) => is_own_credential_route(request, caller),
        Principal::Workload(_) => {
            confine(request, &route)?;
            false
        }
    };
    let scopes = principal.scopes();
    require_policy(request, state, scopes, concerns_self)?;
    charge(request, state, principal.organization_id()).await?;
    Ok(principal)
}

/// Keeps a bootstrap token to its route.
fn confine(request: &HttpRequest, route: &str) -> Result<(), ApiError> {
    if (request.method().as_str(), route) == REGISTRATION {
        return Ok(());
    }
    Err(if route == "/agent-info" {
        // Its `sub` is no agent.
        ApiError::agent_not_found()
    } else {
        ApiError::denied()
    })
}

/// Whoever is behind the Bearer token of a request.
///
/// # Errors
///
/// 401 without or with a refused token, 403 without organization, 503.
pub async fn authenticate(request: &HttpRequest, state: &AppState) -> Result<Principal, ApiError> {
    let token = bearer(request).ok_or_else(|| ApiError::unauthorized(TOKEN_REQUIRED, false))?;
    let principal = state.authenticator.authenticate(token).await?;
    metering::note_principal(request, &principal);
    Ok(principal)
}

/// The Bearer token of a request, if it carries one.
pub fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    Some(header.strip_prefix("Bearer ")?.trim()).filter(|token| !token.is_empty())
}

/// Asks the scope policy.
///
/// # Errors
///
/// 403 with the scopes that would do.
pub fn require_policy(
    request: &HttpRequest,
    state: &AppState,
    scopes: ScopeSet,
    concerns_self: bool,
) -> Result<(), ApiError> {
    let route = request.match_pattern().unwrap_or_default();
    let request = PolicyRequest {
        method: request.method().as_str(),
        path: request.path(),
        route: &route,
        scopes,
        concerns_self,
    };
    decide(state, &request)
}

/// The same for whatever is to be done, a request of the API or not.
///
/// # Errors
///
/// 403 with the scopes that would do.
pub fn decide(state: &AppState, request: &PolicyRequest<'_>) -> Result<(), ApiError> {
    match state.policy.decide(request) {
        Decision::Allow => Ok(()),
        Decision::Deny { required } => Err(ApiError::missing_scope(&required)),
    }
}

/// Charges the request to an organization.
///
/// # Errors
///
/// 429, or 503 when the limits of the organization cannot be read.
pub async fn charge(
    request: &HttpRequest,
    state: &AppState,
    organization: OrganizationId,
) -> Result<(), ApiError> {
    let organization = state.client_cache.organization(organization).await?;
    let reading = state.limits.charge_organization(&organization).await;
    limits::note(request, reading)
}

/// Whether the route is a credential route of the caller itself.
fn is_own_credential_route(request: &HttpRequest, caller: &Caller) -> bool {
    let on_credentials = request
        .match_pattern()
        .is_some_and(|pattern| pattern.starts_with("/api/v1/agents/{agentId}/credentials"));
    on_credentials
        && request
            .match_info()
            .get("agentId")
            .and_then(|id| id.parse().ok())
            .is_some_and(|id: AgentId| id == caller.agent_id)
}

/// The calling agent, inside a handler behind [`authorize`].
pub struct Authenticated(pub Caller);

impl FromRequest for Authenticated {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = admitted(request).and_then(|principal| Ok(principal.into_agent()?));
        ready(caller.map(Self))
    }
}

/// Whoever registers an agent: an agent, or a workflow with a bootstrap token.
pub struct Registrant(pub Principal);

impl FromRequest for Registrant {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admitted(request).map(Self))
    }
}

/// Fails closed should a route ever forget the wrapper.
fn admitted(request: &HttpRequest) -> Result<Principal, ApiError> {
    let extensions = request.extensions();
    let principal = extensions.get::<Principal>().cloned();
    principal.ok_or_else(|| ApiError::unauthorized(TOKEN_REQUIRED, false))
}
