//! The list of agents.

use actix_web::{HttpRequest, HttpResponse, get, web};
use agentidp_domain::agent::{Agent, AgentFilter, AgentStatus};
use agentidp_http::{ApiError, AppState};
use askama::Template;

use crate::access::Endpoint;
use crate::dashboard::{AGENTS, shell};
use crate::fault::failed;
use crate::page::{ok, see_other};
use crate::pager::Pager;
use crate::query::Query;
use crate::session::Visitor;
use crate::shell::Shell;
use crate::text::{Badge, Choice, Moment, capitalized};

const LIST: Endpoint = Endpoint::new("GET", "/api/v1/agents");

#[derive(Template)]
#[template(path = "dashboard/agents.html")]
struct AgentsPage {
    shell: Shell,
    search: String,
    statuses: Vec<Choice>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    href: String,
    email: String,
    agent_type: &'static str,
    status: Badge,
    environment: &'static str,
    owner: String,
    created: Moment,
}

impl From<Agent> for Row {
    fn from(agent: Agent) -> Self {
        Self {
            href: super::path(&agent.agent_id.to_string()),
            email: agent.email.to_string(),
            agent_type: agent.agent_type.as_str(),
            status: Badge::of_agent(agent.status),
            environment: agent.deployment_env.as_str(),
            owner: agent.owner.as_str().to_owned(),
            created: Moment::date(agent.created_at),
        }
    }
}

/// Agents of the visitor's organization. The status is filtered by the use
/// case, the search by the shown page.
#[get("/agents")]
pub async fn index(
    request: HttpRequest,
    state: web::Data<AppState>,
    visitor: Visitor,
) -> HttpResponse {
    match load(&Query::read(&request), &state, &visitor).await {
        Ok(view) => match &view.pager.last {
            None => ok(&view),
            Some(last) => see_other(last),
        },
        Err(error) => {
            let shell = shell(&visitor, AGENTS);
            failed(shell, &error, "Failed to load agents.", None)
        }
    }
}

async fn load(query: &Query, state: &AppState, visitor: &Visitor) -> Result<AgentsPage, ApiError> {
    LIST.permit(state, &visitor.caller)?;
    let status: Option<AgentStatus> = query.parsed("status");
    let filter = AgentFilter {
        status,
        ..AgentFilter::default()
    };
    let agents = state
        .agents
        .list(&visitor.caller, &filter, query.page())
        .await?;
    let search = query.get("q").to_owned();
    let chosen = status.map_or("", AgentStatus::as_str);
    let parameters = [("q", search.as_str()), ("status", chosen)];
    let pager = Pager::new(AGENTS, &parameters, agents.request, agents.total);
    let wanted = search.to_lowercase();
    let shown = agents.items.into_iter();
    let shown = shown.filter(|agent| agent.email.folded().contains(&wanted));
    Ok(AgentsPage {
        shell: shell(visitor, AGENTS),
        statuses: statuses(chosen),
        rows: shown.map(Row::from).collect(),
        pager,
        search,
    })
}

fn statuses(chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "All Statuses", chosen)];
    for status in AgentStatus::ALL {
        let word = status.as_str();
        choices.push(Choice::new(word, capitalized(word), chosen));
    }
    choices
}
