//! Issuing tokens.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::{Origin, Subject};
use crate::ports::Ports;
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;
use crate::token::client::failure_metadata;
use crate::token::minting::Wish;
use crate::token::{
    ACCESS_TOKEN_LIFETIME, AccessTokenClaims, AuthenticatedClient, Authenticator,
    ClientAuthenticator, Issuance, IssueOutcome, Journal, Minter, Proof, TokenError,
};

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
    /// Makes tokens.
    pub minter: Minter,
    /// Verifies tokens.
    pub authenticator: Arc<Authenticator>,
    /// Authenticates clients.
    pub clients: ClientAuthenticator,
    /// Makes events durable.
    pub journal: Journal,
}

/// Issues, introspects and revokes tokens.
#[derive(Clone)]
pub struct TokenService {
    pub(crate) parts: TokenServiceParts,
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
        let claims = self.claims(client, scopes, ACCESS_TOKEN_LIFETIME).await?;
        let token = self.sign(client, &claims, request)?;
        match self
            .parts
            .journal
            .issue(self.issuance(client, claims, origin))
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
    pub(crate) async fn changed(
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

    /// The claims of something new that the client gets, later than every
    /// marker that ends what it had.
    pub(crate) async fn claims(
        &self,
        client: &AuthenticatedClient,
        scopes: ScopeSet,
        lifetime: Duration,
    ) -> Result<AccessTokenClaims, TokenError> {
        let agent = client.agent();
        let markers = [
            agent.tokens_not_before,
            client.organization.tokens_not_before,
        ];
        self.parts
            .minter
            .claims(Wish {
                subject: Subject::Agent(agent.agent_id),
                organization_id: agent.organization_id,
                scopes,
                lifetime,
                not_before: markers.into_iter().flatten().max(),
            })
            .await
    }

    fn sign(
        &self,
        client: &AuthenticatedClient,
        claims: &AccessTokenClaims,
        request: &IssueRequest,
    ) -> Result<IssuedToken, TokenError> {
        let minter = &self.parts.minter;
        let access_token = minter.access_token(claims)?;
        let id_token = claims
            .scopes
            .contains(Scope::OpenId)
            .then(|| minter.id_token(client.agent(), claims, request.nonce.as_deref()))
            .transpose()?;
        Ok(IssuedToken {
            access_token,
            id_token,
            scopes: claims.scopes,
        })
    }

    fn issuance(
        &self,
        client: &AuthenticatedClient,
        claims: AccessTokenClaims,
        origin: &Origin,
    ) -> Issuance {
        let agent = client.agent();
        let metadata = issued_metadata(&claims);
        let log = agent.organization_id;
        let id = agent.agent_id;
        let event = NewAuditEvent::new(&self.parts.ports, origin, log, Action::TokenIssued, id);
        Issuance {
            organization_id: log,
            proof: Proof::Secret {
                credential_id: client.credential_id,
                selector: client.selector.clone(),
            },
            event: event.with(metadata),
            claims,
            refusal: failure_metadata(&id.to_string(), "token_limit_reached"),
        }
    }

    /// Records a refusal of a proved client; returns what to answer.
    pub(crate) async fn refuse(
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

/// Metadata that every `token.issued` has.
pub(crate) fn issued_metadata(claims: &AccessTokenClaims) -> Metadata {
    let expires_at = Timestamp::from_unix_millis(claims.expires_at.saturating_mul(1000));
    Metadata::new()
        .text("scope", claims.scopes.to_string())
        .optional("expiresAt", expires_at.map(|time| time.to_string()))
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
