//! OAuth 2.0: issue, introspect (RFC 7662), revoke (RFC 7009).

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::AgentIdPError;
use crate::transport::Transport;

/// An access token as it was issued.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Token {
    /// The token.
    pub access_token: SecretString,
    /// `Bearer`.
    pub token_type: String,
    /// Lifetime in seconds.
    pub expires_in: u64,
    /// Granted scopes, separated by spaces; empty when the answer names none.
    #[serde(default)]
    pub scope: String,
    /// ID token, with the scope `openid`.
    pub id_token: Option<SecretString>,
}

/// What an explicitly issued token shall be like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueTokenRequest {
    /// The scopes to ask for: those of the client when absent, the choice of
    /// the server when empty.
    pub scopes: Option<Vec<String>>,
    /// Echoed in the ID token, 1 to 255 characters.
    pub nonce: Option<String>,
}

/// What the server knows of a token. Claims are there only when it is active.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether the API would accept it now.
    pub active: bool,
    /// Issuer.
    pub iss: Option<String>,
    /// Audience.
    pub aud: Option<String>,
    /// The agent.
    pub sub: Option<String>,
    /// The client, the same as the agent.
    pub client_id: Option<String>,
    /// Scopes, separated by spaces.
    pub scope: Option<String>,
    /// `Bearer`.
    pub token_type: Option<String>,
    /// Issued at, Unix seconds.
    pub iat: Option<i64>,
    /// Expires at, Unix seconds.
    pub exp: Option<i64>,
    /// Id of the token.
    pub jti: Option<String>,
    /// Organization of the agent.
    pub organization_id: Option<String>,
}

/// Calls on tokens.
#[derive(Clone, Copy)]
pub struct OAuth2Client<'a> {
    transport: &'a Transport,
}

impl<'a> OAuth2Client<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Issues a token to the client, beside the one the client keeps for
    /// itself.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`], as [`TokenManager::get_token`].
    ///
    /// [`TokenManager::get_token`]: crate::TokenManager::get_token
    pub async fn issue_token(&self, request: &IssueTokenRequest) -> Result<Token, AgentIdPError> {
        let tokens = &self.transport.tokens;
        let scope = match &request.scopes {
            Some(scopes) => scopes.join(" "),
            None => tokens.scope().to_owned(),
        };
        tokens.request(&scope, request.nonce.as_deref()).await
    }

    /// What the server knows of a token (scope `tokens:read`; none for an own
    /// one).
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`].
    pub async fn introspect_token(&self, token: &str) -> Result<Introspection, AgentIdPError> {
        let form = vec![("token", token.to_owned())];
        self.transport
            .post_form(&["token", "introspect"], form)
            .await
    }

    /// Revokes a token of this agent. Revoking it again is no error. If it is
    /// the one that the client uses itself, the next call gets a new one.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AUTHORIZATION_ERROR` for the token of another agent.
    pub async fn revoke_token(&self, token: &str) -> Result<(), AgentIdPError> {
        let form = vec![("token", token.to_owned())];
        let path = ["token", "revoke"];
        let IgnoredAny = self.transport.post_form(&path, form).await?;
        self.transport
            .tokens
            .forget(&SecretString::from(token))
            .await;
        Ok(())
    }
}
