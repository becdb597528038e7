//! Credentials of an agent. A new secret is part of one answer and of nothing
//! else.

mod change;
mod list;

pub use change::{ask, carry_out, generate};
pub use list::index;

use agentidp_domain::id::AgentId;
use agentidp_http::{ApiError, AppState};

use crate::access::Endpoint;
use crate::dashboard::agents;
use crate::session::Visitor;

/// Path of the credentials of an agent.
pub fn path(agent: &str) -> String {
    format!("{}/credentials", agents::path(agent))
}

/// Asks for an endpoint about the credentials of an agent, whose id follows.
fn permit(
    endpoint: Endpoint,
    state: &AppState,
    visitor: &Visitor,
    ids: &[&str],
) -> Result<AgentId, ApiError> {
    let agent: Result<AgentId, _> = ids.first().copied().unwrap_or_default().parse();
    let concerns_self = agent.as_ref() == Ok(&visitor.caller.agent_id);
    endpoint.permit_at(state, &visitor.caller, ids, concerns_self)?;
    agent.map_err(|_| ApiError::agent_not_found())
}
