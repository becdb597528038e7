//! Counting of API calls: authenticated requests below `/api/v1`, once they
//! are answered.

use actix_web::http::StatusCode;
use actix_web::{HttpMessage, HttpRequest};
use agentidp_domain::caller::Principal;
use agentidp_domain::id::{AgentId, OrganizationId};

use crate::state::AppState;

/// Where the API lives; the second part are aliases of routes of the first.
const METERED: [&str; 2] = ["/api/v1/", "/oauth2/"];

/// Whose request it is.
#[derive(Clone, Copy)]
struct Metered {
    organization: OrganizationId,
    agent: Option<AgentId>,
}

/// Notes that a request is authenticated.
pub fn note(request: &HttpRequest, organization: OrganizationId, agent: Option<AgentId>) {
    request.extensions_mut().insert(Metered {
        organization,
        agent,
    });
}

/// Notes who has presented a valid token.
pub fn note_principal(request: &HttpRequest, principal: &Principal) {
    let agent = match principal {
        Principal::Agent(caller) => Some(caller.agent_id),
        Principal::Workload(_) => None,
    };
    note(request, principal.organization_id(), agent);
}

/// Counts a request that is answered with this status, if it is one to be
/// counted.
pub fn count(request: &HttpRequest, status: StatusCode, state: &AppState) {
    let metered = request.extensions().get::<Metered>().copied();
    let Some(metered) = metered.filter(|_| status != StatusCode::TOO_MANY_REQUESTS) else {
        return;
    };
    let path = request.path();
    if METERED.iter().any(|prefix| path.starts_with(prefix)) {
        state.meter.api_call(metered.organization, metered.agent);
    }
}
