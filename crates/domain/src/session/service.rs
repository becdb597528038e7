//! Signing in and out, and what happens in between.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{Action, NewAuditEvent, SESSION_FLAG};
use crate::caller::Origin;
use crate::error::StoreError;
use crate::scope::{Scope, ScopeSet};
use crate::session::model::{draw, is_well_formed};
use crate::session::{SESSION_IDLE, SESSION_LIFETIME, Session, SessionId, SessionStore, SignedIn};
use crate::time::Timestamp;
use crate::token::service::issued_metadata;
use crate::token::{
    AccessTokenClaims, AuthenticatedClient, ClientCredentials, Proof, SignIn, TokenError,
    TokenService,
};

/// What the pages can make use of.
const USED: [Scope; 5] = [
    Scope::AgentsRead,
    Scope::AgentsWrite,
    Scope::TokensRead,
    Scope::AuditRead,
    Scope::AdminOrgs,
];

/// Opens, finds and ends sessions.
///
/// A session ends as access tokens do, by the not-before markers of its agent
/// and its organization: suspension, decommissioning and deletion set them. A
/// token ends after an hour, and for the next one its client needs a secret and
/// gets no more than its grant; so a session older than an hour ends with the
/// credential it began with, and never has more than the grant.
///
/// Replicas keep markers in memory for an hour and a margin, the life of a
/// token; that is enough for sessions of twelve hours, because one that is not
/// used for an hour is gone, and one that is used learns of the marker then.
#[derive(Clone)]
pub struct SessionService {
    tokens: TokenService,
    store: Arc<dyn SessionStore>,
}

impl SessionService {
    /// Sessions in `store`, of clients that `tokens` would give a token.
    #[must_use]
    pub fn new(tokens: TokenService, store: Arc<dyn SessionStore>) -> Self {
        Self { tokens, store }
    }

    /// Signs an agent in, under the conditions of the token endpoint except
    /// the monthly limit. Its audit event is durable when this returns.
    ///
    /// # Errors
    ///
    /// Those of a token request without limit and scope: wrong secret, too
    /// many failures, agent or organization not active, overload, a failing
    /// store.
    pub async fn sign_in(
        &self,
        credentials: &ClientCredentials,
        origin: &Origin,
    ) -> Result<SignedIn, TokenError> {
        let parts = &self.tokens.parts;
        let client = parts.clients.authenticate(credentials, origin).await?;
        if let Some(refusal) = client.inactive() {
            return Err(self.tokens.refuse(&client, origin, refusal).await);
        }
        let scopes = client.agent().grant.scopes().intersection(used());
        let claims = self
            .tokens
            .claims(&client, scopes, SESSION_LIFETIME)
            .await?;
        let session = self.session(&client, &claims);
        let id = SessionId::generate(parts.ports.random.as_ref());
        let (key, value) = (id.key(), stored(&session)?);
        // First, so that no event tells of a session that could not be kept.
        self.store.create(&key, &value, SESSION_IDLE).await?;
        let record = self.record(&client, &claims, origin);
        let admitted = parts.journal.sign_in(record).await;
        if matches!(admitted, Ok(true)) {
            return Ok(SignedIn { id, session });
        }
        // Nobody has its id: should it stay, it ends unused.
        if let Err(error) = self.store.remove(&key).await {
            tracing::warn!(%error, "a session that was not opened stays for an hour");
        }
        admitted?;
        Err(self.tokens.changed(&client, origin).await?)
    }

    /// The session behind an id, whose hour without requests begins anew;
    /// `None` when it is unknown or has ended, for whatever reason.
    ///
    /// # Errors
    ///
    /// A failing store: then nobody is signed in.
    pub async fn resume(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let key = id.key();
        let Some(value) = self.store.find(&key).await? else {
            return Ok(None);
        };
        let Some((session, left)) = self.present(&value).await? else {
            self.store.remove(&key).await?;
            return Ok(None);
        };
        // Whoever signs out meanwhile stays signed out.
        let there = self.store.renew(&key, left.min(SESSION_IDLE)).await?;
        Ok(there.then_some(session))
    }

    /// A stored session as it is now, and how long it may go on; `None` when it
    /// has ended.
    async fn present(&self, stored: &str) -> Result<Option<(Session, Duration)>, StoreError> {
        let Some(session) = Session::from_json(stored) else {
            tracing::warn!("a stored session cannot be read");
            return Ok(None);
        };
        let left = self.left(&session).await?;
        if left.is_zero() {
            return Ok(None);
        }
        let parts = &self.tokens.parts;
        let client = parts.clients.present(session.agent_id).await?;
        let now = parts.ports.now();
        let client = client.filter(|client| session.is_proved(client, now));
        Ok(client.map(|client| (session.within(client.agent.grant.scopes()), left)))
    }

    /// Ends a session, if there is one.
    ///
    /// # Errors
    ///
    /// A failing store: the session may go on.
    pub async fn sign_out(&self, id: &SessionId) -> Result<(), StoreError> {
        self.store.remove(&id.key()).await
    }

    /// The token that every form of a session carries, against requests that
    /// other sites make the browser send.
    #[must_use]
    pub fn form_token(&self, id: &SessionId) -> String {
        id.form_token()
    }

    /// Whether a form carried the token of its session; in constant time.
    #[must_use]
    pub fn is_form_token(&self, id: &SessionId, presented: &str) -> bool {
        id.is_form_token(presented)
    }

    /// A token for one submission of a form that makes a secret.
    #[must_use]
    pub fn single_use_token(&self) -> String {
        draw(self.tokens.parts.ports.random.as_ref()).to_string()
    }

    /// Whether a session presents a single-use token for the first time; of
    /// presentations at the same time one is the first. Texts of another form
    /// than [`single_use_token`](Self::single_use_token) never are.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn spend(&self, id: &SessionId, token: &str) -> Result<bool, StoreError> {
        if !is_well_formed(token) {
            return Ok(false);
        }
        // Remembered for as long as the session can last.
        let key = id.claim_key(token);
        self.store.claim_once(&key, SESSION_LIFETIME).await
    }

    /// How long a session may go on; zero when it has ended. A clock that is
    /// set back moves the end as it does that of a token, by no more; the hour
    /// without requests is counted by the store.
    async fn left(&self, session: &Session) -> Result<Duration, StoreError> {
        let parts = &self.tokens.parts;
        let state = parts
            .authenticator
            .revocation_state(
                session.token_id,
                Some(session.agent_id),
                session.organization_id,
            )
            .await?;
        if state.ends(session.signed_in_at.unix_seconds()) {
            return Ok(Duration::ZERO);
        }
        let end = session.expires_at.unix_millis();
        let left = end.saturating_sub(parts.ports.now().unix_millis());
        Ok(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    fn session(&self, client: &AuthenticatedClient, claims: &AccessTokenClaims) -> Session {
        let at = Timestamp::from_unix_millis(claims.issued_at.saturating_mul(1000));
        let signed_in_at = at.unwrap_or_else(|| self.tokens.parts.ports.now());
        Session {
            agent_id: client.agent().agent_id,
            organization_id: client.agent().organization_id,
            scopes: claims.scopes,
            credential_id: client.credential_id,
            selector: client.selector.clone(),
            token_id: claims.token_id,
            signed_in_at,
            expires_at: signed_in_at.plus(SESSION_LIFETIME),
        }
    }

    fn record(
        &self,
        client: &AuthenticatedClient,
        claims: &AccessTokenClaims,
        origin: &Origin,
    ) -> SignIn {
        let (ports, agent) = (&self.tokens.parts.ports, client.agent());
        let (log, id) = (agent.organization_id, agent.agent_id);
        let event = NewAuditEvent::new(ports, origin, log, Action::TokenIssued, id);
        SignIn {
            proof: Proof::Secret {
                credential_id: client.credential_id,
                selector: client.selector.clone(),
            },
            event: event.with(issued_metadata(claims).flag(SESSION_FLAG, true)),
        }
    }
}

fn used() -> ScopeSet {
    USED.into_iter().collect()
}

fn stored(session: &Session) -> Result<String, StoreError> {
    session
        .to_json()
        .map_err(|error| StoreError::Backend(error.to_string()))
}
