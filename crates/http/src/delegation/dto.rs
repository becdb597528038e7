//! Delegations on the wire.

use agentidp_domain::delegation::{
    DelegationChain, DelegationToken, DelegationVerdict, NewDelegation, Ttl,
};
use agentidp_domain::scope::ScopeSet;
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, strings, uuid};

/// Entries of a list of scopes.
const SCOPES: usize = 50;

/// Longest name of a scope that is looked at; those of the product are
/// shorter.
const SCOPE_NAME: usize = 128;

/// A delegation chain.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DelegationChain)]
pub struct DelegationChainBody {
    /// Id.
    #[schema(format = Uuid)]
    id: String,
    /// Organization of both agents.
    #[schema(format = Uuid)]
    tenant_id: String,
    /// The lending agent.
    #[schema(format = Uuid)]
    delegator_agent_id: String,
    /// The borrowing agent.
    #[schema(format = Uuid)]
    delegatee_agent_id: String,
    /// What is lent.
    #[schema(value_type = Vec<String>, example = json!(["agents:read"]))]
    scopes: ScopeSet,
    /// What the delegatee shows; opaque.
    delegation_token: String,
    /// Last part of the token: HMAC-SHA256, lower-case hex.
    signature: String,
    /// Lifetime in seconds.
    #[schema(minimum = 60, maximum = 86400, example = 3600)]
    ttl_seconds: u32,
    /// Begin.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    issued_at: Timestamp,
    /// End.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T10:00:00.000Z")]
    expires_at: Timestamp,
    /// Revocation; null while not revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// Creation.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created_at: Timestamp,
}

impl From<DelegationChain> for DelegationChainBody {
    fn from(chain: DelegationChain) -> Self {
        Self {
            id: chain.chain_id.to_string(),
            tenant_id: chain.organization_id.to_string(),
            delegator_agent_id: chain.delegator.to_string(),
            delegatee_agent_id: chain.delegatee.to_string(),
            scopes: chain.scopes,
            delegation_token: chain.token,
            signature: chain.signature,
            ttl_seconds: chain.ttl.seconds(),
            issued_at: chain.issued_at,
            expires_at: chain.expires_at,
            revoked_at: chain.revoked_at,
            created_at: chain.created_at,
        }
    }
}

/// A new delegation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateDelegation, example = json!({
        "delegateeAgentId": "a1b2c3d4-0000-4000-8000-000000000002",
        "scopes": ["agents:read"], "ttlSeconds": 3600
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct CreateDelegationBody {
    /// An active agent of the same organization, not the caller.
    #[schema(format = Uuid)]
    delegatee_agent_id: String,
    /// A subset of the scopes of the presented token.
    #[schema(min_items = 1, max_items = 50)]
    scopes: Vec<String>,
    /// Lifetime in seconds.
    #[schema(minimum = 60, maximum = 86400)]
    ttl_seconds: u32,
}

/// Reads a delegation.
///
/// # Errors
///
/// 400 with every bad field; the bounds of `ttlSeconds` are named in the
/// message too.
pub fn new_delegation(body: JsonBody) -> Result<NewDelegation, ApiError> {
    let mut reader = body.reader();
    let delegatee = reader.required("delegateeAgentId", uuid);
    let scopes = reader.required("scopes", scopes);
    let mut bounds = None;
    let ttl = reader.required("ttlSeconds", |value| {
        let seconds = value
            .as_i64()
            .ok_or_else(|| Invalid::new("Must be an integer."))?;
        Ttl::new(seconds).inspect_err(|invalid| bounds = Some(invalid.0.clone()))
    });
    reader.finish().map_err(|mut error| {
        if let Some(bounds) = bounds {
            error.body.message = bounds;
        }
        error
    })?;
    let complete = (|| {
        Some(NewDelegation {
            delegatee: delegatee?,
            scopes: scopes?,
            ttl: ttl?,
        })
    })();
    complete.ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

/// Names without repetitions, unknown ones among them.
fn scopes(value: &Value) -> Result<Vec<String>, Invalid> {
    let names = strings(value)?;
    if names.is_empty() || names.len() > SCOPES {
        return Err(Invalid::new(format!(
            "Must have between 1 and {SCOPES} entries."
        )));
    }
    if names.iter().any(|name| name.len() > SCOPE_NAME) {
        return Err(Invalid::new(format!(
            "Each entry must have at most {SCOPE_NAME} bytes."
        )));
    }
    let mut distinct: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    Ok(distinct)
}

/// A delegation to verify.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = VerifyDelegation, example = json!({
        "delegationToken": "a1b2c3d4-0000-4000-8000-000000000003.1743151200.1743154800.9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct VerifyDelegationBody {
    /// What the delegatee shows.
    #[schema(min_length = 1, max_length = 256)]
    delegation_token: String,
}

/// Reads a verification.
///
/// # Errors
///
/// 400 for a missing token or one of another shape.
pub fn presented(body: JsonBody) -> Result<DelegationToken, ApiError> {
    const FIELD: &str = "delegationToken";
    let mut reader = body.reader();
    let token = reader.essential(FIELD)?;
    let token = DelegationToken::parse(&token).ok_or_else(|| ApiError::field_required(FIELD))?;
    reader.finish()?;
    Ok(token)
}

/// Whether a delegation holds.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DelegationVerification)]
pub struct VerificationBody {
    /// Whether it holds.
    valid: bool,
    /// Its id; null when the token is not genuine.
    #[schema(required = true, format = Uuid)]
    chain_id: Option<String>,
    /// The lending agent.
    #[schema(required = true, format = Uuid)]
    delegator_agent_id: Option<String>,
    /// The borrowing agent; compare it with whoever presents the token.
    #[schema(required = true, format = Uuid)]
    delegatee_agent_id: Option<String>,
    /// What is lent; empty when the token is not genuine.
    #[schema(value_type = Vec<String>)]
    scopes: ScopeSet,
    /// Begin.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    issued_at: Option<Timestamp>,
    /// End.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Revocation; null while not revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<DelegationVerdict> for VerificationBody {
    fn from(verdict: DelegationVerdict) -> Self {
        match verdict {
            DelegationVerdict::Valid(chain) => Self::of(true, &chain),
            DelegationVerdict::Invalid(chain) => Self::of(false, &chain),
            DelegationVerdict::Unknown => Self::default(),
        }
    }
}

impl VerificationBody {
    fn of(valid: bool, chain: &DelegationChain) -> Self {
        Self {
            valid,
            chain_id: Some(chain.chain_id.to_string()),
            delegator_agent_id: Some(chain.delegator.to_string()),
            delegatee_agent_id: Some(chain.delegatee.to_string()),
            scopes: chain.scopes,
            issued_at: Some(chain.issued_at),
            expires_at: Some(chain.expires_at),
            revoked_at: chain.revoked_at,
        }
    }
}
