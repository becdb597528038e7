//! Credentials of agents.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::error::AgentIdPError;
use crate::page::Page;
use crate::transport::Transport;
use crate::vocabulary::CredentialStatus;

/// A credential without its secret. Times are ISO 8601, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Credential {
    /// Immutable id; survives rotation.
    pub credential_id: String,
    /// Id of its agent.
    pub client_id: String,
    /// State.
    pub status: CredentialStatus,
    /// When it was generated.
    pub created_at: String,
    /// End of validity, if it has one.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

/// A credential and its secret, which is shown this once.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CredentialWithSecret {
    /// The credential.
    #[serde(flatten)]
    pub credential: Credential,
    /// The secret.
    pub client_secret: SecretString,
}

/// What a new secret shall be like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CredentialRequest {
    /// End of validity, ISO 8601; none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// Which credentials to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListCredentialsParams {
    /// Page number, from 1.
    pub page: Option<u32>,
    /// Entries per page, 1 to 100.
    pub limit: Option<u32>,
    /// Exact state.
    pub status: Option<CredentialStatus>,
}

/// Calls on credentials (scope `agents:write`; none for the own ones).
#[derive(Clone, Copy)]
pub struct CredentialClient<'a> {
    transport: &'a Transport,
}

impl<'a> CredentialClient<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Generates a credential. Each call makes a new one and is never repeated
    /// by itself.
    ///
    /// ```no_run
    /// # use sentryagent_idp::{AgentIdPClient, AgentIdPError, CredentialRequest, ExposeSecret};
    /// # async fn example(client: AgentIdPClient, agent_id: &str) -> Result<(), AgentIdPError> {
    /// let request = CredentialRequest::default();
    /// let made = client.credentials().generate_credential(agent_id, &request).await?;
    /// let secret: &str = made.client_secret.expose_secret();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `CREDENTIAL_LIMIT_REACHED` at 20 active ones.
    pub async fn generate_credential(
        &self,
        agent_id: &str,
        request: &CredentialRequest,
    ) -> Result<CredentialWithSecret, AgentIdPError> {
        let path = ["agents", agent_id, "credentials"];
        self.transport.post(&path, request).await
    }

    /// Lists the credentials of an agent.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`].
    pub async fn list_credentials(
        &self,
        agent_id: &str,
        params: &ListCredentialsParams,
    ) -> Result<Page<Credential>, AgentIdPError> {
        let path = ["agents", agent_id, "credentials"];
        self.transport.get(&path, params).await
    }

    /// Gives a credential a new secret; the old one is dead at once. Without
    /// `expires_at` it does not expire any more. Never repeated by itself.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `CREDENTIAL_ALREADY_REVOKED` after its end.
    pub async fn rotate_credential(
        &self,
        agent_id: &str,
        credential_id: &str,
        request: &CredentialRequest,
    ) -> Result<CredentialWithSecret, AgentIdPError> {
        let path = ["agents", agent_id, "credentials", credential_id, "rotate"];
        self.transport.post(&path, request).await
    }

    /// Revokes a credential for good.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `CREDENTIAL_ALREADY_REVOKED` the second time.
    pub async fn revoke_credential(
        &self,
        agent_id: &str,
        credential_id: &str,
    ) -> Result<(), AgentIdPError> {
        let path = ["agents", agent_id, "credentials", credential_id];
        self.transport.delete(&path).await
    }
}
