//! Agents: the list, one agent, and what can be done with it.

mod change;
mod detail;
mod list;

pub use change::{ask, carry_out};
pub use detail::show;
pub use list::index;

use actix_web::HttpResponse;
use agentidp_domain::agent::Agent;
use agentidp_domain::id::AgentId;
use agentidp_http::{ApiError, AppState};

use crate::access::Endpoint;
use crate::dashboard::{AGENTS, shell};
use crate::fault::{Back, failed, reworded};
use crate::session::Visitor;

const GET: Endpoint = Endpoint::new("GET", "/api/v1/agents/{agentId}");

/// Path of the page of an agent.
pub fn path(id: &str) -> String {
    format!("{AGENTS}/{id}")
}

/// Id of an agent; a malformed one is answered like an unknown one.
///
/// # Errors
///
/// 404.
pub fn agent_id(text: &str) -> Result<AgentId, ApiError> {
    text.parse().map_err(|_| ApiError::agent_not_found())
}

/// The agent whose page is asked for.
async fn find(state: &AppState, visitor: &Visitor, id: &str) -> Result<Agent, ApiError> {
    GET.permit_at(state, &visitor.caller, &[id], false)?;
    let id = agent_id(id)?;
    Ok(state.agents.get(&visitor.caller, id).await?)
}

/// The page in the place of one about an agent.
pub fn failure(visitor: &Visitor, error: &ApiError, default: &'static str) -> HttpResponse {
    let back = Back::new(AGENTS, "Back to Agents");
    let error = match error.body.code {
        "AGENT_NOT_FOUND" => reworded(error, "Agent not found."),
        _ => error.clone(),
    };
    failed(shell(visitor, AGENTS), &error, default, Some(back))
}
