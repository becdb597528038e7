//! The registry of agents.

use serde::{Deserialize, Serialize};

use crate::error::AgentIdPError;
use crate::page::Page;
use crate::transport::Transport;
use crate::vocabulary::{AgentStatus, AgentType, DeploymentEnv};

/// An agent. Times are ISO 8601, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Agent {
    /// Immutable id; also its client id and the `sub` of its tokens.
    pub agent_id: String,
    /// Its organization.
    pub organization_id: String,
    /// Unique address.
    pub email: String,
    /// What it does.
    pub agent_type: AgentType,
    /// Its version.
    pub version: String,
    /// What it can do, e.g. `resume:read`.
    pub capabilities: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Where it runs.
    pub deployment_env: DeploymentEnv,
    /// Life-cycle state.
    pub status: AgentStatus,
    /// Scopes its tokens may carry.
    pub allowed_scopes: Vec<String>,
    /// Whether it stands in the marketplace.
    pub is_public: bool,
    /// When it was made public for the first time.
    pub published_at: Option<String>,
    /// `did:web` identifier.
    pub did: Option<String>,
    /// When the identifier was made.
    pub did_created_at: Option<String>,
    /// Registration.
    pub created_at: String,
    /// Last change.
    pub updated_at: String,
}

/// A registration.
///
/// ```
/// use sentryagent_idp::{AgentType, DeploymentEnv, RegisterAgentRequest};
///
/// let request = RegisterAgentRequest {
///     capabilities: vec!["resume:read".to_owned()],
///     ..RegisterAgentRequest::new(
///         "screener-001@acme.example",
///         AgentType::Screener,
///         "1.0.0",
///         "talent-team",
///         DeploymentEnv::Production,
///     )
/// };
/// assert!(request.allowed_scopes.is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterAgentRequest {
    /// Unique address.
    pub email: String,
    /// What the agent does.
    pub agent_type: AgentType,
    /// Its version, e.g. `1.4.2`.
    pub version: String,
    /// What it can do, e.g. `resume:read`.
    pub capabilities: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Where it runs.
    pub deployment_env: DeploymentEnv,
    /// Scopes its tokens may carry; `agents:read` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<String>>,
    /// Whether it stands in the marketplace; not when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
}

impl RegisterAgentRequest {
    /// A registration without capabilities, with the default grant.
    #[must_use]
    pub fn new(
        email: impl Into<String>,
        agent_type: AgentType,
        version: impl Into<String>,
        owner: impl Into<String>,
        deployment_env: DeploymentEnv,
    ) -> Self {
        Self {
            email: email.into(),
            agent_type,
            version: version.into(),
            capabilities: Vec::new(),
            owner: owner.into(),
            deployment_env,
            allowed_scopes: None,
            is_public: None,
        }
    }
}

/// A change; absent fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAgentRequest {
    /// What the agent does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<AgentType>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it can do, as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_env: Option<DeploymentEnv>,
    /// Life-cycle state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AgentStatus>,
    /// Scopes its tokens may carry, as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<String>>,
    /// Whether it stands in the marketplace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_public: Option<bool>,
}

/// Which agents to list; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListAgentsParams {
    /// Page number, from 1.
    pub page: Option<u32>,
    /// Entries per page, 1 to 100.
    pub limit: Option<u32>,
    /// Exact owner.
    pub owner: Option<String>,
    /// Exact type.
    pub agent_type: Option<AgentType>,
    /// Exact state.
    pub status: Option<AgentStatus>,
}

/// Calls on agents.
#[derive(Clone, Copy)]
pub struct AgentRegistryClient<'a> {
    transport: &'a Transport,
}

impl<'a> AgentRegistryClient<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Registers an agent (scope `agents:write`). It gets no credential by
    /// itself.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AGENT_ALREADY_EXISTS` when the address is taken.
    pub async fn register_agent(
        &self,
        request: &RegisterAgentRequest,
    ) -> Result<Agent, AgentIdPError> {
        self.transport.post(&["agents"], request).await
    }

    /// Lists the agents of the organization (scope `agents:read`).
    ///
    /// ```no_run
    /// # use sentryagent_idp::{AgentIdPClient, AgentIdPError, AgentStatus, ListAgentsParams};
    /// # async fn example(client: AgentIdPClient) -> Result<(), AgentIdPError> {
    /// let active = ListAgentsParams {
    ///     status: Some(AgentStatus::Active),
    ///     ..ListAgentsParams::default()
    /// };
    /// let page = client.agents().list_agents(&active).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`].
    pub async fn list_agents(
        &self,
        params: &ListAgentsParams,
    ) -> Result<Page<Agent>, AgentIdPError> {
        self.transport.get(&["agents"], params).await
    }

    /// Reads an agent (scope `agents:read`).
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AGENT_NOT_FOUND` for an unknown id.
    pub async fn get_agent(&self, agent_id: &str) -> Result<Agent, AgentIdPError> {
        self.transport.get(&["agents", agent_id], &()).await
    }

    /// Changes an agent (scope `agents:write`).
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AGENT_DECOMMISSIONED` after its end.
    pub async fn update_agent(
        &self,
        agent_id: &str,
        request: &UpdateAgentRequest,
    ) -> Result<Agent, AgentIdPError> {
        self.transport.patch(&["agents", agent_id], request).await
    }

    /// Decommissions an agent for good (scope `agents:write`). Its credentials
    /// and tokens end.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AGENT_ALREADY_DECOMMISSIONED` the second time.
    pub async fn decommission_agent(&self, agent_id: &str) -> Result<(), AgentIdPError> {
        self.transport.delete(&["agents", agent_id]).await
    }
}
