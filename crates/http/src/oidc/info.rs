//! `/agent-info`, the equivalent of the UserInfo endpoint (OpenID Connect
//! Core 1.0 §5.3).

use actix_web::{HttpResponse, get, web};
use agentidp_domain::agent::{Agent, AgentType, DeploymentEnv};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorBody};
use crate::openapi::responses::Protected;
use crate::pipeline::authorize::Authenticated;
use crate::state::AppState;

/// The agent behind a token.
#[derive(Serialize, ToSchema)]
#[schema(as = AgentInfo)]
pub struct AgentInfoBody {
    /// Its id.
    #[schema(format = Uuid, example = "a1b2c3d4-0000-4000-8000-000000000001")]
    sub: String,
    /// What it does.
    #[schema(value_type = String, example = "screener")]
    agent_type: AgentType,
    /// Where it runs.
    #[schema(value_type = String, example = "production")]
    deployment_env: DeploymentEnv,
    /// Its organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// Its `did:web` identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    did: Option<String>,
    /// Scopes of the presented token, separated by spaces.
    #[schema(example = "openid agents:read")]
    scope: String,
}

impl AgentInfoBody {
    fn new(agent: Agent, scope: String) -> Self {
        Self {
            sub: agent.agent_id.to_string(),
            agent_type: agent.agent_type,
            deployment_env: agent.deployment_env,
            organization_id: agent.organization_id.to_string(),
            did: agent.did,
            scope,
        }
    }
}

/// The calling agent
///
/// What the server knows of the agent behind the presented token.
#[utoipa::path(
    operation_id = "getAgentInfo",
    tag = "oidc-wellknown",
    responses(
        (status = 200, description = "The agent.", body = AgentInfoBody),
        (status = 404, description = "`AGENT_NOT_FOUND`: the `sub` of the token is no agent.", body = ErrorBody),
        Protected,
    ),
    security(("bearer" = []))
)]
#[get(
    "/agent-info",
    wrap = "actix_web::middleware::from_fn(crate::pipeline::authorize::authorize)"
)]
pub async fn agent_info(
    state: web::Data<AppState>,
    caller: Authenticated,
) -> Result<HttpResponse, ApiError> {
    let agent = state.agents.get(&caller.0, caller.0.agent_id).await?;
    let scope = caller.0.scopes.to_string();
    Ok(HttpResponse::Ok().json(AgentInfoBody::new(agent, scope)))
}
