//! Changes of the state of an agent, each behind a confirmation.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use agentidp_domain::agent::{AgentPatch, AgentStatus};
use agentidp_domain::caller::Origin;
use agentidp_http::{ApiError, AppState, origin_of};
use serde::Deserialize;

use super::detail::record;
use super::{agent_id, failure, find, path};
use crate::access::Endpoint;
use crate::confirm::Confirm;
use crate::dashboard::{AGENTS, shell};
use crate::notice::Notice;
use crate::page::see_other;
use crate::session::{Form, Visitor};

const UPDATE: Endpoint = Endpoint::new("PATCH", "/api/v1/agents/{agentId}");
const DECOMMISSION: Endpoint = Endpoint::new("DELETE", "/api/v1/agents/{agentId}");

const MISMATCH: &str = "The e-mail address does not match.";

/// A change of the state, in paths by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// No tokens for a while.
    Suspend,
    /// Tokens again.
    Reactivate,
    /// The end.
    Decommission,
}

impl Change {
    const ALL: [Self; 3] = [Self::Suspend, Self::Reactivate, Self::Decommission];

    /// The changes that a state allows.
    pub fn offered(status: AgentStatus) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |change| match change {
            Self::Suspend => status == AgentStatus::Active,
            Self::Reactivate => status == AgentStatus::Suspended,
            Self::Decommission => status != AgentStatus::Decommissioned,
        })
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::Decommission => "decommission",
        }
    }

    /// Label of the button that confirms.
    const fn label(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend",
            Self::Reactivate => "Reactivate",
            Self::Decommission => "Decommission",
        }
    }

    /// Label of the button on the page of the agent.
    pub const fn button(self) -> &'static str {
        match self {
            Self::Suspend => "Suspend Agent",
            Self::Reactivate => "Reactivate Agent",
            Self::Decommission => "Decommission Agent",
        }
    }

    /// Kind of both buttons.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Suspend | Self::Decommission => "destructive",
            Self::Reactivate => "default",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Suspend => {
                "The agent can no longer authenticate, and all its tokens end at once. \
                 You can reactivate it later."
            }
            Self::Reactivate => "The agent can authenticate again with its credentials.",
            Self::Decommission => {
                "This is permanent: all credentials of the agent are revoked, its tokens end at \
                 once, and it cannot be reactivated. The record and the audit log stay."
            }
        }
    }

    const fn notice(self) -> Notice {
        match self {
            Self::Suspend => Notice::SUSPENDED,
            Self::Reactivate => Notice::REACTIVATED,
            Self::Decommission => Notice::DECOMMISSIONED,
        }
    }

    /// Path of the confirmation.
    pub fn path(self, id: &str) -> String {
        format!("{}/{}", path(id), self.word())
    }

    /// Whether the visitor may bring it about.
    ///
    /// # Errors
    ///
    /// 403.
    pub fn permit(self, state: &AppState, visitor: &Visitor, id: &str) -> Result<(), ApiError> {
        let endpoint = match self {
            Self::Suspend | Self::Reactivate => UPDATE,
            Self::Decommission => DECOMMISSION,
        };
        endpoint.permit_at(state, &visitor.caller, &[id], false)
    }

    fn confirm(self, visitor: &Visitor, id: &str, email: &str) -> Confirm {
        Confirm {
            shell: shell(visitor, AGENTS),
            title: format!("{} agent {email}?", self.label()),
            text: self.text().to_owned(),
            warning: None,
            typed: (self == Self::Decommission).then(|| email.to_owned()),
            once: None,
            error: None,
            action: self.path(id),
            cancel: path(id),
            label: self.label(),
            kind: self.kind(),
        }
    }
}

/// Names what will happen and asks.
#[get("/agents/{agentId}/{change:suspend|reactivate|decommission}")]
pub async fn ask(
    state: web::Data<AppState>,
    visitor: Visitor,
    path: web::Path<(String, Change)>,
) -> HttpResponse {
    let (id, change) = path.into_inner();
    match question(&state, &visitor, &id, change).await {
        Ok(confirm) => confirm.ask(),
        Err(error) => failure(&visitor, &error, "Failed to load agent."),
    }
}

async fn question(
    state: &AppState,
    visitor: &Visitor,
    id: &str,
    change: Change,
) -> Result<Confirm, ApiError> {
    change.permit(state, visitor, id)?;
    let agent = find(state, visitor, id).await?;
    Ok(change.confirm(visitor, id, agent.email.as_str()))
}

/// Does it.
#[post("/agents/{agentId}/{change:suspend|reactivate|decommission}")]
pub async fn carry_out(
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
    path: web::Path<(String, Change)>,
) -> HttpResponse {
    let (id, change) = path.into_inner();
    let origin = origin_of(&request);
    match apply(&state, &origin, &form, &id, change).await {
        Ok(Done::Changed) => see_other(&change.notice().at(&super::path(&id))),
        Ok(Done::Mistyped(confirm)) => confirm.ask(),
        Err(error) => record(&state, &form.visitor, &id, None, Some(error)).await,
    }
}

/// How a confirmed change ends, if nothing fails.
enum Done {
    Changed,
    Mistyped(Box<Confirm>),
}

async fn apply(
    state: &AppState,
    origin: &Origin,
    form: &Form,
    id: &str,
    change: Change,
) -> Result<Done, ApiError> {
    let visitor = &form.visitor;
    change.permit(state, visitor, id)?;
    let agent = agent_id(id)?;
    let status = match change {
        Change::Suspend => AgentStatus::Suspended,
        Change::Reactivate => AgentStatus::Active,
        Change::Decommission => {
            let email = find(state, visitor, id).await?.email;
            if form.fields.get("typed").trim() != email.as_str() {
                let mut confirm = change.confirm(visitor, id, email.as_str());
                confirm.error = Some(MISMATCH.to_owned());
                return Ok(Done::Mistyped(Box::new(confirm)));
            }
            let agents = &state.agents;
            agents.decommission(&visitor.caller, origin, agent).await?;
            return Ok(Done::Changed);
        }
    };
    let patch = AgentPatch {
        status: Some(status),
        ..AgentPatch::default()
    };
    let agents = &state.agents;
    agents.update(&visitor.caller, origin, agent, patch).await?;
    Ok(Done::Changed)
}
