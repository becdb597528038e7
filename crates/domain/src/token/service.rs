//! Issuing tokens.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::Origin;
use crate::id::TokenId;
use crate::ports::Ports;
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;
use crate::token::{
    ACCESS_TOKEN_LIFETIME, AccessTokenClaims, AuthenticatedClient, Authenticator,
    ClientAuthenticator, IdTokenClaims, Issuance, IssueOutcome, Issuer, Journal, KeyRing,
    RevocationView, TokenError, TokenType,
};

/// Longest wait for the second after a not-before marker; more means that the
/// clocks of replicas differ too much.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What a token request asks for beyond its authentication.
#[derive(Clone, Debug, Default)]
pub struct IssueRequest {
    /// Requested scopes; `None` for the default.
    pub scopes: Option<ScopeSet>,
    /// To be echoed in the ID token.
    pub nonce: Option<String>,
}

/// A token response (RFC 6749 §5.1).
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// The access token.
    pub access_token: String,
    /// The ID token, if `openid` was granted.
    pub id_token: Option<String>,
    /// Granted scopes.
    pub scopes: ScopeSet,
}

/// The parts of a [`TokenService`].
#[derive(Clone)]
pub struct TokenServiceParts {
    /// Ports.
    pub ports: Ports,
    /// Signs.
    pub ring: Arc<dyn KeyRing>,
    /// Verifies tokens.
    pub authenticator: Arc<Authenticator>,
    /// Authenticates clients.
    pub clients: ClientAuthenticator,
    /// Makes events durable.
    pub journal: Journal,
    /// Knows not-before markers.
    pub view: Arc<RevocationView>,
    /// `iss` and `aud`.
    pub issuer: Issuer,
}

/// Issues, introspects and revokes tokens.
#[derive(Clone)]
pub struct TokenService {
    pub(super) parts: TokenServiceParts,
}

impl TokenService {
    /// The service over its parts.
    #[must_use]
    pub fn new(parts: TokenServiceParts) -> Self {
        Self { parts }
    }

    /// Issues a token to an authenticated client. It is durable when this
    /// returns.
    ///
    /// # Errors
    ///
    /// Agent or organization not active, scope not granted, monthly limit,
    /// overload, a failing store or signature.
    pub async fn issue(
        &self,
        client: &AuthenticatedClient,
        request: &IssueRequest,
        origin: &Origin,
    ) -> Result<IssuedToken, TokenError> {
        if let Some(refusal) = client.inactive() {
            return Err(self.refuse(client, origin, refusal).await);
        }
        let scopes = granted(client.agent().grant.scopes(), request.scopes)?;
        let claims = self.claims(client, scopes).await?;
        let token = self.sign(client, &claims, request)?;
        match self
            .parts
            .journal
            .issue(self.issuance(client, &claims, origin))
            .await?
        {
            IssueOutcome::Issued => {
                self.parts.ports.metrics.token_issued(scopes);
                Ok(token)
            }
            IssueOutcome::LimitReached {
                tier,
                limit,
                current,
            } => Err(TokenError::LimitReached {
                tier,
                limit,
                current,
            }),
            IssueOutcome::ClientChanged => Err(self.changed(client, origin).await?),
        }
    }

    /// What to answer when the client lost its right to tokens between its
    /// authentication and the commit.
    async fn changed(
        &self,
        client: &AuthenticatedClient,
        origin: &Origin,
    ) -> Result<TokenError, TokenError> {
        let id = client.agent().agent_id;
        let organization_id = client.agent().organization_id;
        let mut work = self
            .parts
            .ports
            .read(crate::unit_of_work::Scope::System)
            .await?;
        let agent = work.agents().find(id).await?;
        let organization = work.organizations().find(organization_id).await?;
        work.commit().await?;
        let (Some(agent), Some(organization)) = (agent, organization) else {
            return Ok(TokenError::InvalidClient);
        };
        let mut present = client.clone();
        Arc::make_mut(&mut present.record).agent = agent;
        present.organization = Arc::new(organization);
        let refusal = present.inactive().unwrap_or(TokenError::InvalidClient);
        Ok(self.refuse(&present, origin, refusal).await)
    }

    async fn claims(
        &self,
        client: &AuthenticatedClient,
        scopes: ScopeSet,
    ) -> Result<AccessTokenClaims, TokenError> {
        let agent = client.agent();
        let token_id = TokenId::new(self.parts.ports.random.uuid());
        let marker = self
            .parts
            .view
            .state(token_id, agent.agent_id, agent.organization_id);
        let markers = [
            marker.agent_not_before,
            marker.organization_not_before,
            agent.tokens_not_before,
            client.organization.tokens_not_before,
        ];
        let marker = markers.into_iter().flatten().max();
        let issued_at = self.later_than(marker).await?;
        Ok(AccessTokenClaims {
            issuer: self.parts.issuer.as_str().to_owned(),
            audience: self.parts.issuer.as_str().to_owned(),
            agent_id: agent.agent_id,
            scopes,
            organization_id: Some(agent.organization_id),
            token_id,
            issued_at,
            expires_at: issued_at + lifetime(),
        })
    }

    /// The present second, but after `marker`. A token requested within the
    /// second of a marker waits for the next one: dated forward it would
    /// outlive a second end within the same second.
    async fn later_than(&self, marker: Option<i64>) -> Result<i64, TokenError> {
        let now = self.parts.ports.now();
        let earliest = marker.map_or(i64::MIN, |marker| marker.saturating_add(1));
        if now.unix_seconds() < earliest {
            let millis = earliest
                .saturating_mul(1000)
                .saturating_sub(now.unix_millis());
            let wait = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
            if wait > LONGEST_WAIT {
                return Err(TokenError::Busy);
            }
            tokio::time::sleep(wait).await;
        }
        Ok(self.parts.ports.now().unix_seconds().max(earliest))
    }

    fn sign(
        &self,
        client: &AuthenticatedClient,
        claims: &AccessTokenClaims,
        request: &IssueRequest,
    ) -> Result<IssuedToken, TokenError> {
        let failed = |error: serde_json::Error| crate::token::SignError(error.to_string());
        let ring = &self.parts.ring;
        let payload = claims.to_json().map_err(failed)?;
        let access_token = ring.sign(TokenType::AccessToken, &payload)?;
        let agent = client.agent();
        let id_token = if claims.scopes.contains(Scope::OpenId) {
            let payload = serde_json::to_vec(&IdTokenClaims {
                iss: &claims.issuer,
                sub: agent.agent_id,
                aud: agent.agent_id,
                iat: claims.issued_at,
                exp: claims.expires_at,
                agent_type: agent.agent_type.as_str(),
                deployment_env: agent.deployment_env.as_str(),
                organization_id: agent.organization_id,
                did: agent.did.as_deref(),
                nonce: request.nonce.as_deref(),
            })
            .map_err(failed)?;
            Some(ring.sign(TokenType::IdToken, &payload)?)
        } else {
            None
        };
        Ok(IssuedToken {
            access_token,
            id_token,
            scopes: claims.scopes,
        })
    }

    fn issuance(
        &self,
        client: &AuthenticatedClient,
        claims: &AccessTokenClaims,
        origin: &Origin,
    ) -> Issuance {
        let agent = client.agent();
        let expires_at = Timestamp::from_unix_millis(claims.expires_at.saturating_mul(1000));
        let metadata = Metadata::new()
            .text("scope", claims.scopes.to_string())
            .optional("expiresAt", expires_at.map(|time| time.to_string()));
        let log = agent.organization_id;
        let id = agent.agent_id;
        let event = NewAuditEvent::new(&self.parts.ports, origin, log, Action::TokenIssued, id);
        Issuance {
            agent_id: id,
            organization_id: log,
            credential_id: client.credential_id,
            selector: client.selector.clone(),
            event: event.with(metadata),
            refusal: self.parts.clients.failure(
                origin,
                log,
                &id.to_string(),
                "token_limit_reached",
            ),
        }
    }

    /// Records a refusal of a proved client; returns what to answer.
    pub(super) async fn refuse(
        &self,
        client: &AuthenticatedClient,
        origin: &Origin,
        refusal: TokenError,
    ) -> TokenError {
        let reason = match refusal {
            TokenError::AgentSuspended => "agent_suspended",
            TokenError::AgentDecommissioned => "agent_decommissioned",
            TokenError::OrganizationInactive => "organization_inactive",
            _ => "invalid_secret",
        };
        let agent = client.agent();
        let id = agent.agent_id.to_string();
        let event = self
            .parts
            .clients
            .failure(origin, agent.organization_id, &id, reason);
        match self.parts.journal.record(event).await {
            Ok(()) => refusal,
            Err(error) => error.into(),
        }
    }
}

fn lifetime() -> i64 {
    i64::try_from(ACCESS_TOKEN_LIFETIME.as_secs()).unwrap_or(i64::MAX)
}

/// The scopes a request gets: all it asks for or an error; without a wish
/// `agents:read` if granted, else the whole grant.
fn granted(grant: ScopeSet, requested: Option<ScopeSet>) -> Result<ScopeSet, TokenError> {
    match requested {
        Some(requested) if requested.is_subset(grant) => Ok(requested),
        Some(requested) => Err(TokenError::ScopeNotGranted(requested.difference(grant))),
        None if grant.contains(Scope::AgentsRead) => Ok(ScopeSet::EMPTY.with(Scope::AgentsRead)),
        None => Ok(grant),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scopes() -> impl Strategy<Value = ScopeSet> {
        prop::collection::vec(prop::sample::select(Scope::ALL), 0..8)
            .prop_map(|scopes| scopes.into_iter().collect())
    }

    proptest! {
        #[test]
        fn no_token_carries_more_than_the_grant(grant in scopes(), wish in prop::option::of(scopes())) {
            match granted(grant, wish) {
                Ok(scopes) => {
                    prop_assert!(scopes.is_subset(grant));
                    if let Some(wish) = wish { prop_assert_eq!(scopes, wish); }
                }
                Err(_) => prop_assert!(!wish.unwrap().is_subset(grant)),
            }
        }
    }
}
