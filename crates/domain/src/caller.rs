//! Who calls, and from where.

use std::net::IpAddr;

use crate::id::{AgentId, OrganizationId, TokenId};
use crate::scope::ScopeSet;

/// The authenticated agent behind a request, exactly as its access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The agent (`sub`).
    pub agent_id: AgentId,
    /// Its organization: the only source of the tenant.
    pub organization_id: OrganizationId,
    /// Scopes of the token.
    pub scopes: ScopeSet,
    /// Id of the token (`jti`).
    pub token_id: TokenId,
}

/// Origin of a request, for the audit log and for limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Client address; `None` when unknown.
    pub ip: Option<IpAddr>,
    /// `User-Agent` header, if any.
    pub user_agent: Option<String>,
}

impl Origin {
    /// The origin of work that no request asked for.
    pub const LOCAL: Self = Self {
        ip: None,
        user_agent: None,
    };

    /// The address as the audit log writes it.
    #[must_use]
    pub fn ip_text(&self) -> String {
        self.ip
            .map_or_else(|| "0.0.0.0".to_owned(), |ip| ip.to_string())
    }
}

/// Who brought a change about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An agent, through the API.
    Agent(AgentId),
    /// The operator command `agentidp bootstrap`.
    Bootstrap,
}

impl Actor {
    /// The value of `actorAgentId` in audit metadata for an event about
    /// `subject`; `None` when the actor is the subject itself.
    #[must_use]
    pub fn named_beside(self, subject: AgentId) -> Option<String> {
        match self {
            Self::Agent(agent) if agent == subject => None,
            Self::Agent(agent) => Some(agent.to_string()),
            Self::Bootstrap => Some("bootstrap".to_owned()),
        }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self::Agent(caller.agent_id)
    }
}
