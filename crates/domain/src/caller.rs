//! Who calls, and from where.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::AccessError;
use crate::id::{AgentId, InvalidId, OrganizationId, TokenId, TrustPolicyId};
use crate::scope::ScopeSet;

const TRUST_POLICY_PREFIX: &str = "trust-policy:";

/// Whom an access token speaks for: its `sub` and `client_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An agent; written as its id.
    Agent(AgentId),
    /// No agent yet: a workflow that a bootstrap policy admits to register
    /// one; written as `trust-policy:<id>`.
    TrustPolicy(TrustPolicyId),
}

impl Subject {
    /// The agent, if it is one.
    #[must_use]
    pub const fn agent(self) -> Option<AgentId> {
        match self {
            Self::Agent(agent) => Some(agent),
            Self::TrustPolicy(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => agent.fmt(f),
            Self::TrustPolicy(policy) => write!(f, "{TRUST_POLICY_PREFIX}{policy}"),
        }
    }
}

impl FromStr for Subject {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.strip_prefix(TRUST_POLICY_PREFIX) {
            Some(policy) => policy.parse().map(Self::TrustPolicy),
            None => text.parse().map(Self::Agent),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Whoever presents a valid access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An agent.
    Agent(Caller),
    /// A workflow with a bootstrap token; it may register agents and nothing
    /// else.
    Workload(WorkloadCaller),
}

impl Principal {
    /// The organization.
    #[must_use]
    pub const fn organization_id(&self) -> OrganizationId {
        match self {
            Self::Agent(caller) => caller.organization_id,
            Self::Workload(caller) => caller.organization_id,
        }
    }

    /// Scopes of the token.
    #[must_use]
    pub const fn scopes(&self) -> ScopeSet {
        match self {
            Self::Agent(caller) => caller.scopes,
            Self::Workload(caller) => caller.scopes,
        }
    }

    /// The calling agent.
    ///
    /// # Errors
    ///
    /// [`AccessError::Denied`] for a workflow with a bootstrap token.
    pub fn into_agent(self) -> Result<Caller, AccessError> {
        match self {
            Self::Agent(caller) => Ok(caller),
            Self::Workload(_) => Err(AccessError::Denied),
        }
    }
}

/// A workflow that a bootstrap policy admits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadCaller {
    /// The policy (`sub` without its prefix).
    pub policy_id: TrustPolicyId,
    /// Organization of the policy.
    pub organization_id: OrganizationId,
    /// Scopes of the token.
    pub scopes: ScopeSet,
    /// Id of the token (`jti`).
    pub token_id: TokenId,
}

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
    /// A workflow with a bootstrap token.
    TrustPolicy(TrustPolicyId),
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
            Self::TrustPolicy(policy) => Some(Subject::TrustPolicy(policy).to_string()),
            Self::Bootstrap => Some("bootstrap".to_owned()),
        }
    }
}

impl From<&Principal> for Actor {
    fn from(principal: &Principal) -> Self {
        match principal {
            Principal::Agent(caller) => caller.into(),
            Principal::Workload(caller) => Self::TrustPolicy(caller.policy_id),
        }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self::Agent(caller.agent_id)
    }
}
