//! Trust policies and exchanges on the wire.

use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use agentidp_domain::workload::{
    Branch, ExchangeRequest, ExchangedToken, NewTrustPolicy, Provider, Repository, TrustPolicy,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, sized_token, string, uuid};

/// A trust policy.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TrustPolicy)]
pub struct TrustPolicyBody {
    /// Id.
    #[schema(format = Uuid)]
    id: String,
    /// Platform.
    #[schema(value_type = String, example = "github")]
    provider: Provider,
    /// Admitted repository.
    #[schema(value_type = String, example = "acme/agent")]
    repository: Repository,
    /// Admitted branch; null for any.
    #[schema(value_type = Option<String>, required = true, example = "main")]
    branch: Option<Branch>,
    /// Agent as which workflows act; null for a bootstrap policy.
    #[schema(required = true, format = Uuid)]
    agent_id: Option<String>,
    /// Creation.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    updated_at: Timestamp,
}

impl From<TrustPolicy> for TrustPolicyBody {
    fn from(policy: TrustPolicy) -> Self {
        Self {
            id: policy.policy_id.to_string(),
            provider: policy.provider,
            repository: policy.repository,
            branch: policy.branch,
            agent_id: policy.agent_id.map(|id| id.to_string()),
            created_at: policy.created_at,
            updated_at: policy.updated_at,
        }
    }
}

/// A new trust policy.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateTrustPolicy, example = json!({
        "provider": "github", "repository": "acme/agent", "branch": "main",
        "agentId": "a1b2c3d4-0000-4000-8000-000000000001"
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct CreateTrustPolicyBody {
    /// Platform.
    #[schema(pattern = "^github$")]
    provider: String,
    /// Repository, compared exactly.
    #[schema(max_length = 255, pattern = "^[a-zA-Z0-9._-]+/[a-zA-Z0-9._-]+$")]
    repository: String,
    /// Branch; absent, null or empty for any.
    #[schema(max_length = 255)]
    branch: Option<String>,
    /// Agent as which workflows act; absent or null for a bootstrap policy.
    #[schema(format = Uuid)]
    agent_id: Option<String>,
}

/// Reads a policy.
///
/// # Errors
///
/// 400 with every bad field.
pub fn new_policy(body: JsonBody) -> Result<NewTrustPolicy, ApiError> {
    let mut reader = body.reader();
    let provider = reader.required("provider", provider);
    let repository = reader.required("repository", |value| {
        // One text for everything that is no repository.
        Repository::new(value.as_str().unwrap_or_default())
    });
    let branch = reader.nullable("branch", |value| Branch::read(string(value)?));
    let agent_id = reader.nullable("agentId", uuid);
    reader.finish()?;
    let complete = (|| {
        Some(NewTrustPolicy {
            provider: provider?,
            repository: repository?,
            branch: branch.flatten(),
            agent_id,
        })
    })();
    complete.ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

fn provider(value: &Value) -> Result<Provider, Invalid> {
    value
        .as_str()
        .and_then(|name| name.parse().ok())
        .ok_or_else(|| Invalid::new("Only 'github' is supported."))
}

/// A token to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ExchangeToken, example = json!({
        "provider": "github", "token": "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln"
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct ExchangeBody {
    /// The provider's JWT.
    #[schema(min_length = 1, max_length = 16384)]
    token: String,
    /// Who issued it; `github` when absent.
    #[schema(value_type = String, required = false, pattern = "^github$")]
    provider: Option<String>,
    /// As which agent to act.
    #[schema(value_type = String, required = false, format = Uuid)]
    agent_id: Option<String>,
    /// Only policies of this organization.
    #[schema(value_type = String, required = false, format = Uuid)]
    organization_id: Option<String>,
}

/// Reads an exchange.
///
/// # Errors
///
/// 400 for a missing token, else with every bad field.
pub fn exchange_request(body: JsonBody) -> Result<ExchangeRequest, ApiError> {
    let mut reader = body.reader();
    let token = reader.essential("token")?;
    reader.check("token", sized_token(&token));
    let provider = reader.optional("provider", provider);
    let agent_id: Option<AgentId> = reader.optional("agentId", uuid);
    let organization_id: Option<OrganizationId> = reader.optional("organizationId", uuid);
    reader.finish()?;
    Ok(ExchangeRequest {
        token,
        provider: provider.unwrap_or(Provider::GitHub),
        agent_id,
        organization_id,
    })
}

/// A token for a workflow (RFC 6749 §5.1).
#[derive(Serialize, ToSchema)]
#[schema(as = ExchangedToken)]
pub struct ExchangedTokenBody {
    /// The access token.
    access_token: String,
    /// Always `Bearer`.
    #[schema(value_type = String, example = "Bearer")]
    token_type: &'static str,
    /// Lifetime in seconds.
    #[schema(example = 3600)]
    expires_in: u64,
    /// Scopes, separated by spaces.
    #[schema(example = "agents:read agents:write")]
    scope: String,
}

impl From<ExchangedToken> for ExchangedTokenBody {
    fn from(token: ExchangedToken) -> Self {
        Self {
            access_token: token.access_token,
            token_type: "Bearer",
            expires_in: token.lifetime.as_secs(),
            scope: token.scopes.to_string(),
        }
    }
}
