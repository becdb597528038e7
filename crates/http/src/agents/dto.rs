//! Agents on the wire.

use agentidp_domain::agent::{
    Agent, AgentPatch, AgentStatus, AgentType, Capabilities, DeploymentEnv, Email, Grant, NewAgent,
    Owner, Version,
};
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, ObjectReader, boolean, string, strings, word};

/// An agent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Agent)]
pub struct AgentBody {
    /// Immutable id; OAuth 2.0 `client_id` and `sub` of its tokens.
    #[schema(value_type = String, format = Uuid, example = "a1b2c3d4-0000-4000-8000-000000000001")]
    agent_id: String,
    /// Owner of the record.
    #[schema(value_type = String, format = Uuid, example = "00000000-0000-4000-8000-000000000001")]
    organization_id: String,
    /// Unique address.
    #[schema(value_type = String, format = Email, example = "screener-001@example.com")]
    email: Email,
    /// What the agent does.
    #[schema(value_type = String, example = "screener", pattern = "^(screener|classifier|orchestrator|extractor|summarizer|router|monitor|custom)$")]
    agent_type: AgentType,
    /// Its version.
    #[schema(value_type = String, example = "1.4.2")]
    version: Version,
    /// What it can do.
    #[schema(value_type = Vec<String>, example = json!(["resume:read"]))]
    capabilities: Capabilities,
    /// Who answers for it.
    #[schema(value_type = String, example = "talent-team")]
    owner: Owner,
    /// Where it runs.
    #[schema(value_type = String, example = "production", pattern = "^(development|staging|production)$")]
    deployment_env: DeploymentEnv,
    /// Life-cycle state.
    #[schema(value_type = String, example = "active", pattern = "^(active|suspended|decommissioned)$")]
    status: AgentStatus,
    /// Scopes its tokens may carry.
    #[schema(value_type = Vec<String>, min_items = 1, example = json!(["agents:read"]))]
    allowed_scopes: Grant,
    /// Marketplace visibility.
    is_public: bool,
    /// When it became public for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    published_at: Option<Timestamp>,
    /// `did:web` identifier, once generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    did: Option<String>,
    /// When the identifier was generated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    did_created_at: Option<Timestamp>,
    /// Registration.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    updated_at: Timestamp,
}

impl From<Agent> for AgentBody {
    fn from(agent: Agent) -> Self {
        Self {
            agent_id: agent.agent_id.to_string(),
            organization_id: agent.organization_id.to_string(),
            email: agent.email,
            agent_type: agent.agent_type,
            version: agent.version,
            capabilities: agent.capabilities,
            owner: agent.owner,
            deployment_env: agent.deployment_env,
            status: agent.status,
            allowed_scopes: agent.grant,
            is_public: agent.is_public,
            published_at: agent.published_at,
            did: agent.did,
            did_created_at: agent.did_created_at,
            created_at: agent.created_at,
            updated_at: agent.updated_at,
        }
    }
}

/// Registration of an agent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = RegisterAgent, example = json!({
        "email": "screener-001@example.com", "agentType": "screener", "version": "1.4.2",
        "capabilities": ["resume:read"], "owner": "talent-team", "deploymentEnv": "production",
        "allowedScopes": ["agents:read"]
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct RegisterAgentBody {
    /// Unique over the installation, compared without regard to case.
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// What the agent does.
    #[schema(
        pattern = "^(screener|classifier|orchestrator|extractor|summarizer|router|monitor|custom)$"
    )]
    agent_type: String,
    /// Its version.
    #[schema(
        max_length = 64,
        pattern = r"^v?\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"
    )]
    version: String,
    /// What it can do, entries such as `resume:read`; no duplicates.
    #[schema(max_items = 100)]
    capabilities: Vec<String>,
    /// Who answers for it.
    #[schema(min_length = 1, max_length = 128)]
    owner: String,
    /// Where it runs.
    #[schema(pattern = "^(development|staging|production)$")]
    deployment_env: String,
    /// Scopes its tokens may carry; `["agents:read"]` when absent.
    #[schema(value_type = Vec<String>, required = false, min_items = 1)]
    allowed_scopes: Option<Vec<String>>,
    /// Marketplace visibility.
    #[schema(value_type = bool, required = false, default = false)]
    is_public: Option<bool>,
    /// Accepted and ignored: the organization is that of the caller.
    #[schema(value_type = Object, required = false)]
    organization_id: Option<Value>,
}

/// Partial update of an agent; at least one field.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateAgent, example = json!({ "status": "suspended" }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct UpdateAgentBody {
    /// What the agent does.
    #[schema(value_type = String, required = false, pattern = "^(screener|classifier|orchestrator|extractor|summarizer|router|monitor|custom)$")]
    agent_type: Option<String>,
    /// Its version.
    #[schema(value_type = String, required = false, max_length = 64)]
    version: Option<String>,
    /// What it can do; replaced as a whole.
    #[schema(value_type = Vec<String>, required = false, max_items = 100)]
    capabilities: Option<Vec<String>>,
    /// Who answers for it.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 128)]
    owner: Option<String>,
    /// Where it runs.
    #[schema(value_type = String, required = false, pattern = "^(development|staging|production)$")]
    deployment_env: Option<String>,
    /// Wanted state.
    #[schema(value_type = String, required = false, pattern = "^(active|suspended|decommissioned)$")]
    status: Option<String>,
    /// Scopes tokens issued from now on may carry; replaced as a whole.
    #[schema(value_type = Vec<String>, required = false, min_items = 1)]
    allowed_scopes: Option<Vec<String>>,
    /// Marketplace visibility.
    #[schema(value_type = bool, required = false)]
    is_public: Option<bool>,
}

/// Reads a registration.
///
/// # Errors
///
/// 400 with every bad field.
pub fn new_agent(body: JsonBody) -> Result<NewAgent, ApiError> {
    let mut reader = body.reader();
    reader.ignore("organizationId");
    let email = reader.required("email", email);
    let agent_type = reader.required("agentType", word);
    let version = reader.required("version", version);
    let capabilities = reader.required("capabilities", capabilities);
    let owner = reader.required("owner", owner);
    let deployment_env = reader.required("deploymentEnv", word);
    let grant = reader.optional("allowedScopes", grant);
    let is_public = reader.optional("isPublic", boolean).unwrap_or(false);
    reader.finish()?;
    let complete = (|| {
        Some(NewAgent {
            email: email?,
            agent_type: agent_type?,
            version: version?,
            capabilities: capabilities?,
            owner: owner?,
            deployment_env: deployment_env?,
            grant,
            is_public,
        })
    })();
    complete.ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

/// Reads an update.
///
/// # Errors
///
/// 400 with every bad field, or for an empty body.
pub fn agent_patch(body: JsonBody) -> Result<AgentPatch, ApiError> {
    let mut reader = body.reader();
    if reader.is_empty() {
        reader.refuse("body", "Must contain at least one field.");
    }
    reader.immutable(&[
        "agentId",
        "email",
        "createdAt",
        "organizationId",
        "updatedAt",
        "publishedAt",
        "did",
        "didCreatedAt",
    ]);
    let patch = patch_fields(&mut reader);
    reader.finish()?;
    Ok(patch)
}

fn patch_fields(reader: &mut ObjectReader) -> AgentPatch {
    AgentPatch {
        agent_type: reader.optional("agentType", word),
        version: reader.optional("version", version),
        capabilities: reader.optional("capabilities", capabilities),
        owner: reader.optional("owner", owner),
        deployment_env: reader.optional("deploymentEnv", word),
        status: reader.optional("status", word),
        grant: reader.optional("allowedScopes", grant),
        is_public: reader.optional("isPublic", boolean),
    }
}

fn email(value: &Value) -> Result<Email, Invalid> {
    Email::new(string(value)?)
}

fn version(value: &Value) -> Result<Version, Invalid> {
    Version::new(string(value)?)
}

fn capabilities(value: &Value) -> Result<Capabilities, Invalid> {
    Capabilities::new(strings(value)?)
}

fn owner(value: &Value) -> Result<Owner, Invalid> {
    Owner::new(string(value)?)
}

fn grant(value: &Value) -> Result<Grant, Invalid> {
    Grant::from_names(&strings(value)?)
}
