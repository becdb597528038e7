//! One agent.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::agent::Agent;
use agentidp_http::{ApiError, AppState};
use askama::Template;

use super::change::Change;
use crate::dashboard::{AGENTS, credentials, shell};
use crate::fault::{message, with_retry};
use crate::notice::Notice;
use crate::page::page;
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Moment, NONE};

#[derive(Template)]
#[template(path = "dashboard/agent.html")]
struct AgentPage {
    shell: Shell,
    error: Option<String>,
    email: String,
    agent_id: String,
    agent_type: &'static str,
    version: String,
    owner: String,
    environment: &'static str,
    capabilities: String,
    status: Badge,
    created: Moment,
    updated: Moment,
    credentials: String,
    actions: Vec<ActionLink>,
    denied: Option<String>,
}

struct ActionLink {
    href: String,
    label: &'static str,
    kind: &'static str,
}

impl AgentPage {
    fn new(shell: Shell, agent: &Agent) -> Self {
        let capabilities = agent.capabilities.as_slice().join(", ");
        let agent_id = agent.agent_id.to_string();
        Self {
            shell,
            error: None,
            email: agent.email.to_string(),
            agent_type: agent.agent_type.as_str(),
            version: agent.version.as_str().to_owned(),
            owner: agent.owner.as_str().to_owned(),
            environment: agent.deployment_env.as_str(),
            capabilities: match capabilities.is_empty() {
                true => NONE.to_owned(),
                false => capabilities,
            },
            status: Badge::of_agent(agent.status),
            created: Moment::minute(agent.created_at),
            updated: Moment::minute(agent.updated_at),
            credentials: credentials::path(&agent_id),
            agent_id,
            actions: Vec::new(),
            denied: None,
        }
    }

    /// Shows what the visitor may do, or why they may do nothing.
    fn offer(&mut self, agent: &Agent, state: &AppState, visitor: &Visitor) {
        for change in Change::offered(agent.status) {
            match change.permit(state, visitor, &self.agent_id) {
                Ok(()) => self.actions.push(ActionLink {
                    href: change.path(&self.agent_id),
                    label: change.button(),
                    kind: change.kind(),
                }),
                Err(error) => self.denied = Some(message(&error, "")),
            }
        }
    }
}

/// The record of an agent and its actions.
#[get("/agents/{agentId}")]
pub async fn show(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
    id: web::Path<String>,
) -> HttpResponse {
    let notice = Notice::of(&Query::read(&request));
    record(&state, &visitor, &id, notice, None).await
}

/// The page of an agent, below what happened before.
pub async fn record(
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    notice: Option<Notice>,
    error: Option<ApiError>,
) -> HttpResponse {
    let agent = match super::find(state, visitor, id).await {
        Ok(agent) => agent,
        Err(error) => return super::failure(visitor, &error, "Failed to load agent."),
    };
    let mut view = AgentPage::new(shell(visitor, AGENTS), &agent);
    view.shell.notice = notice;
    view.offer(&agent, state, visitor);
    match error {
        None => page(StatusCode::OK, &view),
        Some(error) => {
            view.error = Some(message(&error, "Action failed."));
            with_retry(page(error.status, &view), &error)
        }
    }
}
