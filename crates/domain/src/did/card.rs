//! AGNTCY agent cards.

use serde::Serialize;

use crate::agent::Agent;
use crate::did::DidNaming;
use crate::time::Timestamp;

/// An agent card; its members are those of the AGNTCY identity format.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentCard {
    /// DID of the agent.
    pub did: String,
    /// Its address.
    pub name: String,
    /// Type.
    pub agent_type: &'static str,
    /// Capabilities.
    pub capabilities: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Version.
    pub version: String,
    /// Environment.
    pub deployment_env: &'static str,
    /// Public base URL of the installation.
    pub identity_provider: String,
    /// When the card was made.
    pub issued_at: Timestamp,
}

impl AgentCard {
    /// The card of an agent with the identifier `did`.
    #[must_use]
    pub fn new(naming: &DidNaming, agent: &Agent, did: &str, now: Timestamp) -> Self {
        Self {
            did: did.to_owned(),
            name: agent.email.as_str().to_owned(),
            agent_type: agent.agent_type.as_str(),
            capabilities: agent.capabilities.as_slice().to_vec(),
            owner: agent.owner.as_str().to_owned(),
            version: agent.version.as_str().to_owned(),
            deployment_env: agent.deployment_env.as_str(),
            identity_provider: naming.base_url().to_owned(),
            issued_at: now,
        }
    }
}
