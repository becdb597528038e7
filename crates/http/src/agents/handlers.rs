//! Handlers of `/api/v1/agents`.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use agentidp_domain::agent::AgentFilter;

use crate::agents::dto::{AgentBody, RegisterAgentBody, UpdateAgentBody, agent_patch, new_agent};
use crate::error::{ApiError, ErrorBody};
use crate::input::{JsonBody, QueryReader, path_id};
use crate::openapi::responses::{Body, Protected, Query};
use crate::pipeline::authorize::{Authenticated, Registrant};
use crate::pipeline::origin;
use crate::state::AppState;
use crate::wire::ListBody;

/// Register an agent
///
/// Registers an agent in the caller's organization and gives it its `did:web`
/// identity. It has no credential yet. Bootstrap tokens may do this and nothing
/// else.
#[utoipa::path(
    operation_id = "registerAgent",
    tag = "agent-registry",
    request_body = RegisterAgentBody,
    responses(
        (status = 201, description = "Registered.", body = AgentBody),
        (status = 409, description = "`AGENT_ALREADY_EXISTS`: the address is taken.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[post(
    "/agents",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn register(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Registrant,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let new = new_agent(body)?;
    let origin = origin::stored(&request);
    let agent = state.agents.register(&caller.0, &origin, new).await?;
    Ok(HttpResponse::Created().json(AgentBody::from(agent)))
}

/// List agents
///
/// Agents of the caller's organization, newest first. Filters narrow the list.
#[utoipa::path(
    operation_id = "listAgents",
    tag = "agent-registry",
    params(
        ("page" = Option<u32>, Query, description = "Page number, from 1.", minimum = 1),
        ("limit" = Option<u32>, Query, description = "Entries per page.", minimum = 1, maximum = 100),
        ("owner" = Option<String>, Query, description = "Exact owner."),
        ("agentType" = Option<String>, Query, description = "Exact type."),
        ("status" = Option<String>, Query, description = "Exact state; all states when absent."),
    ),
    responses(
        (status = 200, description = "One page.", body = ListBody<AgentBody>),
        Query, Protected,
    ),
    security(("bearer" = ["agents:read"]))
)]
#[get(
    "/agents",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn list(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let mut query = QueryReader::new(&request);
    let page = query.page();
    let filter = AgentFilter {
        owner: query.optional("owner", |text| Ok(text.to_owned())),
        agent_type: query.optional("agentType", str::parse),
        status: query.optional("status", str::parse),
    };
    query.finish()?;
    let agents = state.agents.list(&caller.0, &filter, page).await?;
    Ok(HttpResponse::Ok().json(ListBody::new(agents, AgentBody::from)))
}

/// Get an agent
///
/// Decommissioned agents are returned too.
#[utoipa::path(
    operation_id = "getAgent",
    tag = "agent-registry",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 200, description = "The agent.", body = AgentBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["agents:read"]))
)]
#[get(
    "/agents/{agentId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn get(
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let agent = state
        .agents
        .get(&caller.0, path_id(&id, ApiError::agent_not_found)?)
        .await?;
    Ok(HttpResponse::Ok().json(AgentBody::from(agent)))
}

/// Update an agent
///
/// Omitted fields stay. A change of `status` is a transition with its effects:
/// suspension and decommissioning end all outstanding tokens.
#[utoipa::path(
    operation_id = "updateAgent",
    tag = "agent-registry",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    request_body = UpdateAgentBody,
    responses(
        (status = 200, description = "The agent after the change.", body = AgentBody),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        Body, Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[patch(
    "/agents/{agentId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn update(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let patch = agent_patch(body)?;
    let id = path_id(&id, ApiError::agent_not_found)?;
    let origin = origin::stored(&request);
    let agent = state.agents.update(&caller.0, &origin, id, patch).await?;
    Ok(HttpResponse::Ok().json(AgentBody::from(agent)))
}

/// Decommission an agent
///
/// Permanent: all its credentials are revoked and all its tokens end. The
/// record and the address stay.
#[utoipa::path(
    operation_id = "decommissionAgent",
    tag = "agent-registry",
    params(("agentId" = String, Path, description = "Id of the agent.", format = Uuid)),
    responses(
        (status = 204, description = "Decommissioned."),
        (status = 404, description = "`AGENT_NOT_FOUND`.", body = ErrorBody),
        (status = 409, description = "`AGENT_ALREADY_DECOMMISSIONED`.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = ["agents:write"]))
)]
#[delete(
    "/agents/{agentId}",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn decommission(
    request: HttpRequest,
    state: web::Data<AppState>,
    caller: Authenticated,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let origin = origin::stored(&request);
    let id = path_id(&id, ApiError::agent_not_found)?;
    state.agents.decommission(&caller.0, &origin, id).await?;
    Ok(HttpResponse::NoContent().finish())
}
