//! Delegation between agents of an organization.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use crate::error::AgentIdPError;
use crate::transport::Transport;

/// What to lend to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDelegationRequest {
    /// The agent that may act, of the same organization.
    pub delegatee_agent_id: String,
    /// Scopes, of those of the caller's token.
    pub scopes: Vec<String>,
    /// How long, 60 to 86400 seconds.
    pub ttl_seconds: u32,
}

/// A delegation. Times are ISO 8601, UTC.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DelegationChain {
    /// Id of the chain.
    pub id: String,
    /// Organization of both agents.
    pub tenant_id: String,
    /// The agent that lends.
    pub delegator_agent_id: String,
    /// The agent that may act.
    pub delegatee_agent_id: String,
    /// Lent scopes.
    pub scopes: Vec<String>,
    /// What the delegatee shows.
    pub delegation_token: SecretString,
    /// Signature of the token, its last part.
    pub signature: Option<SecretString>,
    /// How long, in seconds.
    pub ttl_seconds: u32,
    /// Beginning.
    pub issued_at: String,
    /// End.
    pub expires_at: String,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// When it was stored.
    pub created_at: String,
}

/// What a verification finds. Of a token the server did not make, everything
/// but `valid` is empty. Compare `delegatee_agent_id` with whoever shows the
/// token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DelegationVerification {
    /// Whether the delegation holds.
    pub valid: bool,
    /// Id of the chain.
    pub chain_id: Option<String>,
    /// The agent that lends.
    pub delegator_agent_id: Option<String>,
    /// The agent that may act.
    pub delegatee_agent_id: Option<String>,
    /// Lent scopes.
    pub scopes: Vec<String>,
    /// Beginning.
    pub issued_at: Option<String>,
    /// End.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerifyDelegationRequest<'a> {
    #[serde(serialize_with = "exposed")]
    delegation_token: &'a SecretString,
}

/// A secret on its way to the server.
fn exposed<S: Serializer>(secret: &&SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

/// Calls on delegations. No scope is needed.
#[derive(Clone, Copy)]
pub struct DelegationClient<'a> {
    transport: &'a Transport,
}

impl<'a> DelegationClient<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Lends scopes of this client's token to another agent.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `SCOPE_EXCEEDS_DELEGATOR` beyond the own scopes.
    pub async fn create_delegation(
        &self,
        request: &CreateDelegationRequest,
    ) -> Result<DelegationChain, AgentIdPError> {
        let path = ["oauth2", "token", "delegate"];
        self.transport.post(&path, request).await
    }

    /// Whether a shown delegation holds.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; a delegation that does not hold is no error.
    pub async fn verify_delegation(
        &self,
        delegation_token: impl Into<SecretString>,
    ) -> Result<DelegationVerification, AgentIdPError> {
        let token = delegation_token.into();
        let request = VerifyDelegationRequest {
            delegation_token: &token,
        };
        let path = ["oauth2", "token", "verify-delegation"];
        self.transport.post(&path, &request).await
    }

    /// Revokes a delegation at once. Revoking it again is no error.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `DELEGATION_NOT_FOUND` for an unknown chain.
    pub async fn revoke_delegation(&self, chain_id: &str) -> Result<(), AgentIdPError> {
        let path = ["oauth2", "token", "delegate", chain_id];
        self.transport.delete(&path).await
    }
}
