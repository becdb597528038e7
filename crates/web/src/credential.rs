//! Credentials of agents as pages reach them: who may, and making one whose
//! secret is in one answer only.

use actix_web::HttpRequest;
use agentidp_domain::credential::ClientSecret;
use agentidp_domain::id::AgentId;
use agentidp_http::{ApiError, AppState, origin_of};

use crate::access::Endpoint;
use crate::session::{Form, Visitor};

/// Makes a credential.
pub const GENERATE: Endpoint = Endpoint::new("POST", "/api/v1/agents/{agentId}/credentials");

/// Name of the field with the single-use token.
const ONCE: &str = "once";

/// Asks for an endpoint about the credentials of an agent, whose id is the
/// first of `ids`.
///
/// # Errors
///
/// 403, or 404 for what is no id.
pub fn permit(
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

/// Whether a form that makes a secret is sent for the first time.
///
/// # Errors
///
/// 503.
pub async fn is_first(state: &AppState, form: &Form) -> Result<bool, ApiError> {
    let token = form.fields.get(ONCE);
    Ok(state.sessions.spend(&form.visitor.id, token).await?)
}

/// Makes a credential of an agent; `None` when the form was sent before.
///
/// # Errors
///
/// Those of the operation of the API.
pub async fn generate(
    request: &HttpRequest,
    state: &AppState,
    form: &Form,
    agent: &str,
) -> Result<Option<ClientSecret>, ApiError> {
    let id = permit(GENERATE, state, &form.visitor, &[agent])?;
    if !is_first(state, form).await? {
        return Ok(None);
    }
    let (caller, origin) = (&form.visitor.caller, origin_of(request));
    let credentials = &state.credentials;
    let issued = credentials.generate(caller, &origin, id, None).await?;
    Ok(Some(issued.secret))
}
