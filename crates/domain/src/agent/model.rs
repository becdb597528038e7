//! The agent record.

use crate::agent::values::{
    AgentStatus, AgentType, Capabilities, DeploymentEnv, Email, Grant, Owner, Version,
};
use crate::id::{AgentId, OrganizationId};
use crate::time::Timestamp;

/// An AI agent: a first-class identity inside an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Immutable id; OAuth `client_id` and token `sub`.
    pub agent_id: AgentId,
    /// Owner of the record; immutable.
    pub organization_id: OrganizationId,
    /// Unique address; immutable.
    pub email: Email,
    /// What the agent does.
    pub agent_type: AgentType,
    /// Its version.
    pub version: Version,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Who answers for it.
    pub owner: Owner,
    /// Where it runs.
    pub deployment_env: DeploymentEnv,
    /// Life-cycle state.
    pub status: AgentStatus,
    /// What its tokens may carry.
    pub grant: Grant,
    /// Marketplace visibility.
    pub is_public: bool,
    /// When `is_public` became true for the first time.
    pub published_at: Option<Timestamp>,
    /// `did:web` identifier, once generated.
    pub did: Option<String>,
    /// When the identifier was generated.
    pub did_created_at: Option<Timestamp>,
    /// Tokens issued up to this Unix second are refused.
    pub tokens_not_before: Option<i64>,
    /// Registration.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// What a registration asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgent {
    /// Unique address.
    pub email: Email,
    /// What the agent does.
    pub agent_type: AgentType,
    /// Its version.
    pub version: Version,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Who answers for it.
    pub owner: Owner,
    /// Where it runs.
    pub deployment_env: DeploymentEnv,
    /// Requested grant; the default one when absent.
    pub grant: Option<Grant>,
    /// Marketplace visibility.
    pub is_public: bool,
}

impl NewAgent {
    /// The record of a new agent.
    #[must_use]
    pub fn into_agent(
        self,
        agent_id: AgentId,
        organization_id: OrganizationId,
        now: Timestamp,
    ) -> Agent {
        Agent {
            agent_id,
            organization_id,
            email: self.email,
            agent_type: self.agent_type,
            version: self.version,
            capabilities: self.capabilities,
            owner: self.owner,
            deployment_env: self.deployment_env,
            status: AgentStatus::Active,
            grant: self.grant.unwrap_or_default(),
            is_public: self.is_public,
            published_at: self.is_public.then_some(now),
            did: None,
            did_created_at: None,
            tokens_not_before: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A partial update; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentPatch {
    /// New type.
    pub agent_type: Option<AgentType>,
    /// New version.
    pub version: Option<Version>,
    /// New capabilities, as a whole.
    pub capabilities: Option<Capabilities>,
    /// New owner.
    pub owner: Option<Owner>,
    /// New environment.
    pub deployment_env: Option<DeploymentEnv>,
    /// Wanted state.
    pub status: Option<AgentStatus>,
    /// New grant, as a whole.
    pub grant: Option<Grant>,
    /// New visibility.
    pub is_public: Option<bool>,
}

impl AgentPatch {
    /// Names of the fields that are set, as on the wire.
    #[must_use]
    pub fn fields(&self) -> Vec<&'static str> {
        [
            ("agentType", self.agent_type.is_some()),
            ("version", self.version.is_some()),
            ("capabilities", self.capabilities.is_some()),
            ("owner", self.owner.is_some()),
            ("deploymentEnv", self.deployment_env.is_some()),
            ("status", self.status.is_some()),
            ("allowedScopes", self.grant.is_some()),
            ("isPublic", self.is_public.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
        .collect()
    }

    /// Writes the fields that are set into `agent`. The state is not touched:
    /// its transitions have effects of their own.
    pub fn apply(self, agent: &mut Agent, now: Timestamp) {
        fn set<T>(target: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *target = value;
            }
        }
        set(&mut agent.agent_type, self.agent_type);
        set(&mut agent.version, self.version);
        set(&mut agent.capabilities, self.capabilities);
        set(&mut agent.owner, self.owner);
        set(&mut agent.deployment_env, self.deployment_env);
        set(&mut agent.grant, self.grant);
        set(&mut agent.is_public, self.is_public);
        if agent.is_public && agent.published_at.is_none() {
            agent.published_at = Some(now);
        }
        agent.updated_at = now;
    }
}

/// Which agents a list shows; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentFilter {
    /// Exact owner.
    pub owner: Option<String>,
    /// Exact type.
    pub agent_type: Option<AgentType>,
    /// Exact state.
    pub status: Option<AgentStatus>,
}
