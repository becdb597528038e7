//! What pages beside the API share with it: the origin of a request, and the
//! question whether a caller may do something.

use actix_web::HttpRequest;
use actix_web::web::ServiceConfig;
use agentidp_domain::caller::{Caller, Origin};
use agentidp_domain::policy::PolicyRequest;

use crate::error::ApiError;
use crate::pipeline::{authorize, limits, origin, switch};
use crate::state::AppState;

/// Registers pages beside the routes of the API.
pub type Pages = fn(&mut ServiceConfig);

/// The operation of the API that an action on a page stands for.
#[derive(Clone, Copy, Debug)]
pub struct Action<'a> {
    /// HTTP method, upper case.
    pub method: &'a str,
    /// Pattern of the route, e.g. `/api/v1/agents/{agentId}`.
    pub route: &'a str,
    /// The path with the ids of what it is about.
    pub path: &'a str,
    /// Whether it is about credentials of the caller itself.
    pub concerns_self: bool,
}

/// Where a request comes from, for limits and the audit log.
#[must_use]
pub fn origin_of(request: &HttpRequest) -> Origin {
    origin::stored(request)
}

/// Whether anybody may have done what a limited public route of the API does:
/// it is switched on, and the address of the client has requests left.
///
/// # Errors
///
/// 404 when the operation is switched off, 429.
pub async fn admit(request: &HttpRequest, state: &AppState, route: &str) -> Result<(), ApiError> {
    switch::require_on(route, &state.settings)?;
    let origin = origin::stored(request);
    limits::note(request, state.limits.charge_ip(&origin).await)
}

/// Whether a caller may do something on a page; decided as for a request of
/// the API with a token of these scopes.
///
/// # Errors
///
/// 404 when the operation is switched off, 403 with the scopes that would do.
pub fn permit(state: &AppState, caller: &Caller, action: &Action<'_>) -> Result<(), ApiError> {
    switch::require_on(action.route, &state.settings)?;
    let request = PolicyRequest {
        method: action.method,
        path: action.path,
        route: action.route,
        scopes: caller.scopes,
        concerns_self: action.concerns_self,
    };
    authorize::decide(state, &request)
}
