//! The client and how it is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::agents::AgentRegistryClient;
use crate::audit::AuditClient;
use crate::credentials::CredentialClient;
use crate::delegation::DelegationClient;
use crate::error::AgentIdPError;
use crate::marketplace::MarketplaceClient;
use crate::oauth2::OAuth2Client;
use crate::scaffold::ScaffoldClient;
use crate::token_manager::{RESERVE, TIMEOUT, TokenManager};
use crate::transport::{API_PATH, Transport, api_root, http_client};

/// What a client asks for unless told otherwise.
const DEFAULT_SCOPES: &str = "agents:read agents:write tokens:read audit:read";

/// Speaks to a server for one agent. Clones share connections and token.
#[derive(Clone)]
pub struct AgentIdPClient {
    transport: Arc<Transport>,
}

impl AgentIdPClient {
    /// A client of the server at `base_url` (its origin, e.g.
    /// `http://localhost:3000`) with the four base scopes `agents:read
    /// agents:write tokens:read audit:read`. An agent that was granted less is
    /// refused with `invalid_scope`; give it the scopes it has with
    /// [`builder`](Self::builder).
    ///
    /// ```no_run
    /// # use sentryagent_idp::AgentIdPClient;
    /// let client = AgentIdPClient::new("http://localhost:3000", "client-id", "client-secret")?;
    /// # Ok::<(), sentryagent_idp::AgentIdPError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`AgentIdPError::InvalidArgument`] when `base_url` is no origin, or id or
    /// secret is empty; [`AgentIdPError::Transport`] when the HTTP client cannot
    /// be set up.
    pub fn new(
        base_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Result<Self, AgentIdPError> {
        Self::builder(base_url, client_id, client_secret).build()
    }

    /// A client with other scopes or another time limit.
    pub fn builder(
        base_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scope: DEFAULT_SCOPES.to_owned(),
            timeout: TIMEOUT,
            reserve: RESERVE,
            api_path: API_PATH.to_owned(),
        }
    }

    /// Agents.
    #[must_use]
    pub fn agents(&self) -> AgentRegistryClient<'_> {
        AgentRegistryClient::new(&self.transport)
    }

    /// Credentials of agents.
    #[must_use]
    pub fn credentials(&self) -> CredentialClient<'_> {
        CredentialClient::new(&self.transport)
    }

    /// Tokens: issue, introspect, revoke.
    #[must_use]
    pub fn oauth2(&self) -> OAuth2Client<'_> {
        OAuth2Client::new(&self.transport)
    }

    /// The audit log of the organization.
    #[must_use]
    pub fn audit(&self) -> AuditClient<'_> {
        AuditClient::new(&self.transport)
    }

    /// Public agents of all organizations. No token is sent.
    #[must_use]
    pub fn marketplace(&self) -> MarketplaceClient<'_> {
        MarketplaceClient::new(&self.transport)
    }

    /// Delegation between agents.
    #[must_use]
    pub fn delegation(&self) -> DelegationClient<'_> {
        DelegationClient::new(&self.transport)
    }

    /// Starter projects.
    #[must_use]
    pub fn scaffold(&self) -> ScaffoldClient<'_> {
        ScaffoldClient::new(&self.transport)
    }

    /// The tokens this client uses itself, for example to see whether the
    /// server accepts its secret before anything else is asked.
    #[must_use]
    pub fn token_manager(&self) -> &TokenManager {
        &self.transport.tokens
    }

    /// Forgets the present token: the next call gets a new one, for example
    /// after the own secret was rotated.
    pub async fn clear_token_cache(&self) {
        self.transport.tokens.clear().await;
    }
}

impl fmt::Debug for AgentIdPClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentIdPClient")
            .field("tokens", &self.transport.tokens)
            .finish_non_exhaustive()
    }
}

/// Settings of a client that is to be made.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    client_id: String,
    client_secret: SecretString,
    scope: String,
    timeout: Duration,
    reserve: Duration,
    api_path: String,
}

impl ClientBuilder {
    /// The scopes to ask for. None at all leave the choice to the server:
    /// `agents:read` if the agent has it, else everything it has.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes: Vec<String> = scopes
            .into_iter()
            .map(|scope| scope.as_ref().to_owned())
            .collect();
        self.scope = scopes.join(" ");
        self
    }

    /// How long a request may take; 30 seconds unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How much time a token must have left to be used again; 60 seconds unless
    /// set.
    pub fn token_reserve(mut self, reserve: Duration) -> Self {
        self.reserve = reserve;
        self
    }

    /// Where the API lies below the base URL, for gateways that move it;
    /// `/api/v1` unless set.
    pub fn api_path(mut self, path: impl Into<String>) -> Self {
        self.api_path = path.into();
        self
    }

    /// The client.
    ///
    /// # Errors
    ///
    /// As [`AgentIdPClient::new`].
    pub fn build(self) -> Result<AgentIdPClient, AgentIdPError> {
        let http = http_client(self.timeout)?;
        let root = api_root(&self.base_url, &self.api_path)?;
        let tokens = TokenManager::over(
            http.clone(),
            &root,
            self.client_id,
            self.client_secret,
            self.scope,
            self.reserve,
        )?;
        Ok(AgentIdPClient {
            transport: Arc::new(Transport::new(http, root, tokens)),
        })
    }
}
