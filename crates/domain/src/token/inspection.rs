//! Introspection (RFC 7662) and revocation (RFC 7009).

use crate::agent::with_actor;
use crate::audit::{Action, EventSubject, Metadata, NewAuditEvent};
use crate::caller::{Actor, Caller, Origin, Subject};
use crate::id::{AgentId, OrganizationId};
use crate::scope::Scope;
use crate::token::{
    AccessTokenClaims, AuthenticatedClient, AuthenticationError, Revocation, RevocationRow,
    TokenError, TokenService,
};

/// Who asks for an introspection or a revocation.
#[derive(Clone, Debug)]
pub enum Asker {
    /// An agent with its access token.
    Bearer(Caller),
    /// An authenticated client.
    Client(Box<AuthenticatedClient>),
}

impl Asker {
    /// The asking agent.
    #[must_use]
    pub fn agent_id(&self) -> AgentId {
        match self {
            Self::Bearer(caller) => caller.agent_id,
            Self::Client(client) => client.agent().agent_id,
        }
    }

    /// Its organization.
    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        match self {
            Self::Bearer(caller) => caller.organization_id,
            Self::Client(client) => client.agent().organization_id,
        }
    }

    /// Whether it may act across organizations: `admin:orgs` in the token or,
    /// for a client, in its grant.
    fn is_platform_admin(&self) -> bool {
        match self {
            Self::Bearer(caller) => caller.scopes,
            Self::Client(client) => client.agent().grant.scopes(),
        }
        .contains(Scope::AdminOrgs)
    }
}

/// What this server knows of a token that somebody asks about: its claims if it
/// issued the token, which may have ended.
#[derive(Debug, Default)]
pub struct KnownToken(Option<AccessTokenClaims>);

impl KnownToken {
    /// Whether the token is this agent's.
    #[must_use]
    pub fn is_of(&self, agent: AgentId) -> bool {
        let claims = self.0.as_ref();
        claims.is_some_and(|claims| claims.subject == Subject::Agent(agent))
    }
}

/// Answer of an introspection (RFC 7662 §2.2).
#[derive(Clone, Debug)]
pub enum Introspection {
    /// The API would accept the token now.
    Active(Box<AccessTokenClaims>),
    /// Anything else.
    Inactive,
}

impl TokenService {
    /// Whether the API would accept a token now, as far as the asker may know.
    ///
    /// # Errors
    ///
    /// The asker may not introspect this token; overload, a failing store.
    pub async fn introspect(
        &self,
        asker: &Asker,
        token: KnownToken,
        origin: &Origin,
    ) -> Result<Introspection, TokenError> {
        require_scope(asker, &token)?;
        let visible = token.0.filter(|claims| {
            claims.subject == Subject::Agent(asker.agent_id())
                || claims.organization_id == Some(asker.organization_id())
                || asker.is_platform_admin()
        });
        let answer = match visible {
            Some(claims) => match self.parts.authenticator.admit(&claims).await {
                Ok(_) => Introspection::Active(Box::new(claims)),
                Err(AuthenticationError::Store(error)) => return Err(error.into()),
                Err(_) => Introspection::Inactive,
            },
            None => Introspection::Inactive,
        };
        let active = matches!(answer, Introspection::Active(_));
        let event = NewAuditEvent::new(
            &self.parts.ports,
            origin,
            asker.organization_id(),
            Action::TokenIntrospected,
            asker.agent_id(),
        )
        .with(Metadata::new().flag("active", active));
        self.parts.journal.record(event).await?;
        self.parts.ports.metrics.token_introspected(active);
        Ok(answer)
    }

    /// Revokes a token; expired and foreign ones are left alone. Durable and
    /// known to all parts of this replica when it returns.
    ///
    /// # Errors
    ///
    /// The token is another agent's; overload, a failing store.
    pub async fn revoke(
        &self,
        asker: &Asker,
        token: KnownToken,
        origin: &Origin,
    ) -> Result<(), TokenError> {
        require_scope(asker, &token)?;
        let Some(claims) = token.0 else {
            return Ok(());
        };
        if claims.subject != Subject::Agent(asker.agent_id()) && !asker.is_platform_admin() {
            return Err(TokenError::NotOwner);
        }
        let now = self.parts.ports.now();
        let Some(organization_id) = claims.organization_id else {
            return Ok(());
        };
        if claims.expires_at <= now.unix_seconds() {
            return Ok(());
        }
        let revocation = Revocation {
            row: RevocationRow {
                token_id: claims.token_id,
                agent_id: claims.subject.agent(),
                expires_at: claims.expires_at,
                revoked_at: now,
            },
            event: self.revocation_event(asker, &claims, organization_id, origin),
            claims,
        };
        if self.parts.journal.revoke(revocation).await? {
            self.parts.ports.metrics.token_revoked();
        }
        Ok(())
    }

    /// What is known of the token that somebody asks about.
    ///
    /// # Errors
    ///
    /// The asker may not act; a failing store: keys that cannot be read say
    /// nothing about a token.
    pub async fn known_token(
        &self,
        asker: &Asker,
        token: &str,
        origin: &Origin,
    ) -> Result<KnownToken, TokenError> {
        self.require_active(asker, origin).await?;
        match self.parts.authenticator.verified_claims(token).await {
            Ok(claims) => Ok(KnownToken(Some(claims))),
            Err(AuthenticationError::Store(error)) => Err(error.into()),
            Err(_) => Ok(KnownToken(None)),
        }
    }

    fn revocation_event(
        &self,
        asker: &Asker,
        claims: &AccessTokenClaims,
        log: OrganizationId,
        origin: &Origin,
    ) -> NewAuditEvent {
        let metadata = Metadata::new().text("jti", claims.token_id.to_string());
        let actor = Actor::Agent(asker.agent_id());
        let (subject, metadata) = match claims.subject.agent() {
            Some(agent) => (agent.into(), with_actor(metadata, actor, agent)),
            None => {
                let acting = asker.agent_id().to_string();
                (EventSubject::NONE, metadata.text("actorAgentId", acting))
            }
        };
        let action = Action::TokenRevoked;
        NewAuditEvent::new(&self.parts.ports, origin, log, action, subject).with(metadata)
    }

    async fn require_active(&self, asker: &Asker, origin: &Origin) -> Result<(), TokenError> {
        if let Asker::Client(client) = asker
            && let Some(refusal) = client.inactive()
        {
            return Err(self.refuse(client, origin, refusal).await);
        }
        Ok(())
    }
}

/// A Bearer caller needs `tokens:read` for every token that is not its own.
fn require_scope(asker: &Asker, token: &KnownToken) -> Result<(), TokenError> {
    match asker {
        Asker::Client(_) => Ok(()),
        Asker::Bearer(caller) => {
            if token.is_of(caller.agent_id) || caller.scopes.contains(Scope::TokensRead) {
                Ok(())
            } else {
                Err(TokenError::MissingScope)
            }
        }
    }
}
