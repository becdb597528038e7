//! What pages beside the API share with it: the origin of a request, and the
//! question whether a caller may do something.

use actix_web::HttpRequest;
use actix_web::web::ServiceConfig;
use agentidp_domain::caller::Origin;
use agentidp_domain::policy::PolicyRequest;

use crate::error::ApiError;
use crate::pipeline::{authorize, origin, switch};
use crate::state::AppState;

/// Registers pages beside the routes of the API.
pub type Pages = fn(&mut ServiceConfig);

/// Where a request comes from, for limits and the audit log.
#[must_use]
pub fn origin_of(request: &HttpRequest) -> Origin {
    origin::stored(request)
}

/// Whether a route of the API is switched on.
///
/// # Errors
///
/// 404 that says what is off.
pub fn require_on(state: &AppState, route: &str) -> Result<(), ApiError> {
    switch::require_on(route, &state.settings)
}

/// Whether a caller may do on a page what an operation of the API does;
/// decided as for a request of the API with a token of these scopes.
///
/// # Errors
///
/// 404 when the operation is switched off, 403 with the scopes that would do.
pub fn permit(state: &AppState, request: &PolicyRequest<'_>) -> Result<(), ApiError> {
    require_on(state, request.route)?;
    authorize::decide(state, request)
}
