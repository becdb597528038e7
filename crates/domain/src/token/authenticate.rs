//! Authentication of a request by its access token: no I/O in the normal
//! case.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::caller::{Caller, Principal, Subject, WorkloadCaller};
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId, TokenId};
use crate::ports::Ports;
use crate::token::keys::load_ring;
use crate::token::{
    AccessTokenClaims, Freshness, Issuer, KeyRing, KeyServiceError, RevocationState,
    RevocationView, TokenType, VerifyError,
};
use crate::unit_of_work::Scope;

/// Shortest time between two reloads of the ring for the sake of an unknown
/// `kid`, which anybody can send.
const RELOAD_PAUSE: Duration = Duration::from_secs(1);

/// Why a token is refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// Malformed, unknown key, or wrong signature.
    #[error("invalid signature")]
    InvalidSignature,
    /// Of another issuer or for another audience, or not an access token.
    #[error("not a token of this server")]
    Foreign,
    /// Past its `exp`.
    #[error("expired")]
    Expired,
    /// Revoked, or ended by a not-before marker.
    #[error("revoked")]
    Revoked,
    /// Without `organization_id`.
    #[error("no organization")]
    NoOrganization,
    /// Whether it was revoked could not be found out.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Verifies access tokens.
pub struct Authenticator {
    ports: Ports,
    ring: Arc<dyn KeyRing>,
    view: Arc<RevocationView>,
    freshness: Arc<Freshness>,
    issuer: Issuer,
    reloaded: Mutex<Option<Reload>>,
}

/// The last time the ring was read for an unknown `kid`.
#[derive(Clone, Copy)]
struct Reload {
    at: Instant,
    /// Whether the store gave it out.
    read: bool,
}

impl Authenticator {
    /// Verifies tokens of `issuer` with the keys of `ring`.
    #[must_use]
    pub fn new(
        ports: Ports,
        ring: Arc<dyn KeyRing>,
        view: Arc<RevocationView>,
        freshness: Arc<Freshness>,
        issuer: Issuer,
    ) -> Self {
        Self {
            ports,
            ring,
            view,
            freshness,
            issuer,
            reloaded: Mutex::new(None),
        }
    }

    /// Who presents a token: signature, issuer, audience, expiry,
    /// revocation, organization, in this order.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub async fn authenticate(&self, token: &str) -> Result<Principal, AuthenticationError> {
        let claims = self.verified_claims(token).await?;
        self.admit(&claims).await
    }

    /// The rest of [`authenticate`](Self::authenticate) for claims that were
    /// verified already: expiry, revocation, organization.
    ///
    /// # Errors
    ///
    /// The first check that fails.
    pub async fn admit(
        &self,
        claims: &AccessTokenClaims,
    ) -> Result<Principal, AuthenticationError> {
        if claims.expires_at <= self.ports.now().unix_seconds() {
            return Err(AuthenticationError::Expired);
        }
        let organization_id = claims
            .organization_id
            .ok_or(AuthenticationError::NoOrganization);
        if let Ok(organization) = organization_id
            && self
                .revocation_state(claims.token_id, claims.subject.agent(), organization)
                .await?
                .ends(claims.issued_at)
        {
            return Err(AuthenticationError::Revoked);
        }
        let (organization_id, scopes, token_id) =
            (organization_id?, claims.scopes, claims.token_id);
        Ok(match claims.subject {
            Subject::Agent(agent_id) => Principal::Agent(Caller {
                agent_id,
                organization_id,
                scopes,
                token_id,
            }),
            Subject::TrustPolicy(policy_id) => Principal::Workload(WorkloadCaller {
                policy_id,
                organization_id,
                scopes,
                token_id,
            }),
        })
    }

    /// Claims of a token whose signature, issuer and audience are right; it
    /// may have expired or be revoked.
    ///
    /// # Errors
    ///
    /// [`AuthenticationError::InvalidSignature`] or
    /// [`AuthenticationError::Foreign`].
    pub(crate) async fn verified_claims(
        &self,
        token: &str,
    ) -> Result<AccessTokenClaims, AuthenticationError> {
        let verify = || {
            self.ring
                .verify(TokenType::AccessToken, token, self.ports.now())
        };
        let mut verified = verify();
        if verified.as_ref().err() == Some(&VerifyError::UnknownKey) && self.reload().await? {
            verified = verify();
        }
        let verified = verified.map_err(|_| AuthenticationError::InvalidSignature)?;
        let claims =
            AccessTokenClaims::from_json(&verified.payload).ok_or(AuthenticationError::Foreign)?;
        if claims.issuer != self.issuer.as_str() || claims.audience != self.issuer.as_str() {
            return Err(AuthenticationError::Foreign);
        }
        Ok(claims)
    }

    /// What is known of the end of a token, or of a session: from memory while
    /// memory may be trusted.
    pub(crate) async fn revocation_state(
        &self,
        token: TokenId,
        agent: Option<AgentId>,
        organization: OrganizationId,
    ) -> Result<RevocationState, StoreError> {
        if self.freshness.is_fresh() {
            return Ok(self.view.state(token, agent, organization));
        }
        let mut work = self.ports.read(Scope::System).await?;
        let state = work
            .tokens()
            .revocation_state(token, agent, organization)
            .await?;
        work.commit().await?;
        Ok(state)
    }

    /// Reads the ring again, unless that was done a moment ago. A store that
    /// failed a moment ago is still taken to fail: a key that could not be
    /// looked for is not an unknown one.
    async fn reload(&self) -> Result<bool, StoreError> {
        let mut last = self.reloaded.lock().await;
        if let Some(reload) = last.filter(|reload| reload.at.elapsed() < RELOAD_PAUSE) {
            return if reload.read {
                Ok(true)
            } else {
                let reason = "the signing keys could not be read a moment ago";
                Err(StoreError::Unavailable(reason.to_owned()))
            };
        }
        // Also when whoever asks gives up meanwhile.
        *last = Some(Reload {
            at: Instant::now(),
            read: false,
        });
        let result = match load_ring(&self.ports, self.ring.as_ref()).await {
            Ok(()) => Ok(true),
            Err(KeyServiceError::Store(error)) => Err(error),
            Err(KeyServiceError::Vault(error)) => Err(error.into()),
            Err(KeyServiceError::Key(error)) => {
                tracing::error!(%error, "the ring of signing keys cannot be used");
                Ok(false)
            }
        };
        *last = Some(Reload {
            at: Instant::now(),
            read: result.is_ok(),
        });
        result
    }
}
