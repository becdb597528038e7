//! Public agents on the wire.

use actix_web::HttpRequest;
use agentidp_domain::agent::{AgentType, Capabilities, DeploymentEnv, Owner, Version};
use agentidp_domain::did::MinimalDidDocument;
use agentidp_domain::marketplace::{MarketplaceQuery, PublicAgent, PublicAgentDetail, SearchWords};
use agentidp_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::did::VerificationMethodBody;
use crate::error::ApiError;
use crate::input::QueryReader;

/// What everybody may know of an agent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PublicAgentCard)]
pub struct PublicAgentBody {
    /// Id.
    #[schema(format = Uuid, example = "a1b2c3d4-0000-4000-8000-000000000001")]
    agent_id: String,
    /// What the agent does.
    #[schema(value_type = String, example = "screener", pattern = "^(screener|classifier|orchestrator|extractor|summarizer|router|monitor|custom)$")]
    agent_type: AgentType,
    /// Its version.
    #[schema(value_type = String, example = "1.4.2")]
    version: Version,
    /// What it can do.
    #[schema(value_type = Vec<String>, example = json!(["resume:read"]))]
    capabilities: Capabilities,
    /// Who answers for it, the publisher.
    #[schema(value_type = String, example = "talent-team")]
    owner: Owner,
    /// Where it runs.
    #[schema(value_type = String, example = "production", pattern = "^(development|staging|production)$")]
    deployment_env: DeploymentEnv,
    /// `did:web` identifier; null if the agent has none.
    #[schema(example = "did:web:idp.example.com:agents:a1b2c3d4-0000-4000-8000-000000000001")]
    did: Option<String>,
    /// Its DID document in short; null in lists, and if the agent has none.
    #[schema(value_type = Option<MinimalDidDocumentBody>)]
    did_document: Option<MinimalDidDocument>,
    /// When it was made public for the first time.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    published_at: Timestamp,
}

impl From<PublicAgent> for PublicAgentBody {
    fn from(agent: PublicAgent) -> Self {
        Self {
            agent_id: agent.agent_id.to_string(),
            agent_type: agent.agent_type,
            version: agent.version,
            capabilities: agent.capabilities,
            owner: agent.owner,
            deployment_env: agent.deployment_env,
            did: agent.did,
            did_document: None,
            published_at: agent.published_at,
        }
    }
}

impl From<PublicAgentDetail> for PublicAgentBody {
    fn from(detail: PublicAgentDetail) -> Self {
        Self {
            did_document: detail.did_document,
            ..detail.agent.into()
        }
    }
}

/// The members of a DID document that identify and authenticate its subject
/// (DID Core 1.0 §5). The type of the domain is written as it is; this
/// describes it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MinimalDidDocument)]
pub struct MinimalDidDocumentBody {
    /// Contexts (JSON-LD 1.1).
    #[serde(rename = "@context")]
    #[schema(example = json!(["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"]))]
    context: Vec<String>,
    /// DID of the agent.
    #[schema(example = "did:web:idp.example.com:agents:a1b2c3d4-0000-4000-8000-000000000001")]
    id: String,
    /// DID of the installation.
    #[schema(example = "did:web:idp.example.com")]
    controller: String,
    /// Public keys.
    verification_method: Vec<VerificationMethodBody>,
    /// DID URLs of the keys that authenticate the agent.
    authentication: Vec<String>,
}

/// Reads a search.
///
/// # Errors
///
/// 400 with every bad parameter.
pub fn search(request: &HttpRequest) -> Result<MarketplaceQuery, ApiError> {
    let mut query = QueryReader::new(request);
    let search = MarketplaceQuery {
        words: query.optional("q", SearchWords::parse).unwrap_or_default(),
        capability: query.optional("capability", |text| Ok(text.to_owned())),
        publisher: query.optional("publisher", |text| Ok(text.to_owned())),
        page: query.page(),
    };
    query.finish()?;
    Ok(search)
}
