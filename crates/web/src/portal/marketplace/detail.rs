//! One public agent.

use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::id::AgentId;
use agentidp_domain::marketplace::PublicAgent;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use super::failure;
use super::list::capabilities;
use crate::access::Endpoint;
use crate::fault::Back;
use crate::page::ok;
use crate::portal::{MARKETPLACE, open_shell};
use crate::shell::Shell;
use crate::text::{Moment, NONE};

const GET: Endpoint = Endpoint::new("GET", "/api/v1/marketplace/agents/{agentId}");

#[derive(Template)]
#[template(path = "portal/marketplace_agent.html")]
struct PublicAgentPage {
    shell: Shell,
    publisher: String,
    agent_id: String,
    agent_type: &'static str,
    version: String,
    capabilities: String,
    environment: &'static str,
    did: String,
    published: Moment,
    document: Option<String>,
}

impl PublicAgentPage {
    fn new(shell: Shell, agent: PublicAgent, document: Option<String>) -> Self {
        Self {
            shell,
            capabilities: capabilities(&agent),
            publisher: agent.owner.as_str().to_owned(),
            agent_id: agent.agent_id.to_string(),
            agent_type: agent.agent_type.as_str(),
            version: agent.version.as_str().to_owned(),
            environment: agent.deployment_env.as_str(),
            did: agent.did.unwrap_or_else(|| NONE.to_owned()),
            published: Moment::minute(agent.published_at),
            document,
        }
    }
}

/// The public card of an agent and its DID document.
#[get("/marketplace/{agentId}")]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    id: web::Path<String>,
) -> HttpResponse {
    let shell = open_shell(MARKETPLACE, &request).await;
    match load(&state, &id).await {
        Ok((agent, document)) => ok(&PublicAgentPage::new(shell, agent, document)),
        Err(error) => {
            let back = Back::new(MARKETPLACE, "Back to Marketplace");
            failure(shell, &error, Some(back))
        }
    }
}

async fn load(state: &AppState, id: &str) -> Result<(PublicAgent, Option<String>), ApiError> {
    GET.require_on(state)?;
    let id: AgentId = id.parse().map_err(|_| ApiError::agent_not_found())?;
    let found = state.marketplace.get(id).await?;
    let document = found.did_document.as_ref();
    let document = document.map(serde_json::to_string_pretty).transpose();
    let document = document.map_err(|error| ApiError::internal(&error))?;
    Ok((found.agent, document))
}
