//! Public agents of all organizations.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::AgentIdPError;
use crate::page::Page;
use crate::transport::Transport;
use crate::vocabulary::{AgentType, DeploymentEnv};

/// What is public of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PublicAgentCard {
    /// Id.
    pub agent_id: String,
    /// What it does.
    pub agent_type: AgentType,
    /// Its version.
    pub version: String,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// Who answers for it.
    pub owner: String,
    /// Where it runs.
    pub deployment_env: DeploymentEnv,
    /// `did:web` identifier, if it has one.
    pub did: Option<String>,
    /// Its DID document in short; not in lists.
    pub did_document: Option<MinimalDidDocument>,
    /// When it was made public for the first time, ISO 8601, UTC.
    pub published_at: String,
}

/// A DID document in short (W3C DID Core).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MinimalDidDocument {
    /// JSON-LD contexts.
    #[serde(rename = "@context")]
    pub context: Vec<String>,
    /// The identifier.
    pub id: String,
    /// Identifier of the installation.
    pub controller: String,
    /// Public keys.
    pub verification_method: Vec<VerificationMethod>,
    /// DID URLs of the keys that authenticate the agent.
    pub authentication: Vec<String>,
}

/// A public key of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct VerificationMethod {
    /// DID URL of the key.
    pub id: String,
    /// `JsonWebKey2020`.
    #[serde(rename = "type")]
    pub method_type: String,
    /// Identifier of the installation.
    pub controller: String,
    /// The key as a JWK (RFC 7517).
    pub public_key_jwk: Map<String, Value>,
}

/// Which public agents to list; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListPublicAgentsParams {
    /// Words, each of which occurs in owner, capabilities or type.
    pub q: Option<String>,
    /// Exact capability.
    pub capability: Option<String>,
    /// Exact owner.
    pub publisher: Option<String>,
    /// Page number, from 1.
    pub page: Option<u32>,
    /// Entries per page, 1 to 100.
    pub limit: Option<u32>,
}

/// Calls on the marketplace. No token is needed and none is sent.
#[derive(Clone, Copy)]
pub struct MarketplaceClient<'a> {
    transport: &'a Transport,
}

impl<'a> MarketplaceClient<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Public agents, the latest published first.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`].
    pub async fn list_public_agents(
        &self,
        params: &ListPublicAgentsParams,
    ) -> Result<Page<PublicAgentCard>, AgentIdPError> {
        self.transport
            .get_public(&["marketplace", "agents"], params)
            .await
    }

    /// One public agent, with its DID document.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AGENT_NOT_FOUND` for an agent that is not public.
    pub async fn get_public_agent(&self, agent_id: &str) -> Result<PublicAgentCard, AgentIdPError> {
        self.transport
            .get_public(&["marketplace", "agents", agent_id], &())
            .await
    }
}
