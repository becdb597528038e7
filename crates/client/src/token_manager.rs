//! Access tokens of one client.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::error::AgentIdPError;
use crate::oauth2::Token;
use crate::transport::{API_PATH, answer, api_root, below, decode, http_client};

/// A token with less time than this is not used any more, unless a client says
/// otherwise.
pub(crate) const RESERVE: Duration = Duration::from_secs(60);

/// Bound of a request unless a client says otherwise.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// Gets access tokens with the credential of a client and keeps the present one
/// in memory. While at least 60 seconds of it are left it is used; of those who
/// need a new one at the same time only one asks for it.
///
/// ```no_run
/// use sentryagent_idp::{ExposeSecret, TokenManager};
///
/// # async fn example() -> Result<(), sentryagent_idp::AgentIdPError> {
/// let tokens = TokenManager::new("http://localhost:3000", "id", "secret", "agents:read")?;
/// let token = tokens.get_token().await?;
/// let header = format!("Bearer {}", token.expose_secret());
/// # Ok(())
/// # }
/// ```
pub struct TokenManager {
    http: Client,
    endpoint: Url,
    client_id: String,
    client_secret: SecretString,
    scope: String,
    /// A token with less time left is not used any more.
    reserve: Duration,
    /// Requests for a token that have ended, however they ended.
    ended: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cached: Option<Cached>,
    /// How the last request for a token failed, for those who waited for it.
    failure: Option<AgentIdPError>,
}

impl State {
    fn usable(&self, reserve: Duration) -> Option<&Cached> {
        self.cached
            .as_ref()
            .filter(|cached| cached.is_usable(reserve))
    }
}

struct Cached {
    token: SecretString,
    expires: Instant,
}

impl Cached {
    fn is_usable(&self, reserve: Duration) -> bool {
        self.expires.saturating_duration_since(Instant::now()) >= reserve
    }
}

impl TokenManager {
    /// Tokens from the server at `base_url` with these scopes, separated by
    /// spaces; an empty text leaves the choice to the server.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError::InvalidArgument`] when `base_url` is no origin, or id or
    /// secret is empty; [`AgentIdPError::Transport`] when the HTTP client cannot
    /// be set up.
    pub fn new(
        base_url: &str,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        scope: impl Into<String>,
    ) -> Result<Self, AgentIdPError> {
        let (http, root) = (http_client(TIMEOUT)?, api_root(base_url, API_PATH)?);
        Self::over(
            http,
            &root,
            client_id.into(),
            client_secret.into(),
            scope.into(),
            RESERVE,
        )
    }

    /// The same with an HTTP client that others use too.
    pub(crate) fn over(
        http: Client,
        root: &Url,
        client_id: String,
        client_secret: SecretString,
        scope: String,
        reserve: Duration,
    ) -> Result<Self, AgentIdPError> {
        if client_id.is_empty() || client_secret.expose_secret().is_empty() {
            return Err(AgentIdPError::invalid_argument(
                "the client id and the client secret must not be empty",
            ));
        }
        Ok(Self {
            http,
            endpoint: below(root, &["token"])?,
            client_id,
            client_secret,
            scope,
            reserve,
            ended: AtomicU64::new(0),
            state: Mutex::default(),
        })
    }

    /// The present token, or a new one.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError::Authentication`] when the server refuses the client,
    /// [`AgentIdPError::RateLimited`], [`AgentIdPError::Transport`],
    /// [`AgentIdPError::Decoding`], and [`AgentIdPError::Api`] when the server
    /// is in trouble.
    pub async fn get_token(&self) -> Result<SecretString, AgentIdPError> {
        let ended = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some(cached) = state.usable(self.reserve) {
            return Ok(cached.token.clone());
        }
        // Somebody asked while we waited, and was refused: so are we.
        if self.ended.load(Ordering::Acquire) != ended
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        let asked = Instant::now();
        let result = self.request(&self.scope, None).await;
        state.cached = None;
        state.failure = result.as_ref().err().cloned();
        self.ended.fetch_add(1, Ordering::Release);
        let issued = result?;
        let lifetime = Duration::from_secs(issued.expires_in);
        if let Some(expires) = asked.checked_add(lifetime) {
            state.cached = Some(Cached {
                token: issued.access_token.clone(),
                expires,
            });
        }
        Ok(issued.access_token)
    }

    /// Forgets the present token: the next call gets a new one, for example
    /// after the secret was rotated.
    pub async fn clear(&self) {
        self.state.lock().await.cached = None;
    }

    /// Forgets this token, unless there is another one already.
    pub(crate) async fn forget(&self, token: &SecretString) {
        let mut state = self.state.lock().await;
        let same = |cached: &mut Cached| cached.token.expose_secret() == token.expose_secret();
        state.cached.take_if(same);
    }

    /// The scopes it asks for.
    pub(crate) fn scope(&self) -> &str {
        &self.scope
    }

    /// Asks for a token and keeps nothing.
    pub(crate) async fn request(
        &self,
        scope: &str,
        nonce: Option<&str>,
    ) -> Result<Token, AgentIdPError> {
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        if !scope.is_empty() {
            form.push(("scope", scope));
        }
        form.extend(nonce.map(|nonce| ("nonce", nonce)));
        let request = self.http.post(self.endpoint.clone()).form(&form);
        let body = answer(request)
            .await
            .map_err(AgentIdPError::of_token_endpoint)?;
        decode(&body)
    }
}

impl fmt::Debug for TokenManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenManager")
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
