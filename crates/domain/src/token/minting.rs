//! Making tokens: claims with the right times, and their signatures.

use std::sync::Arc;
use std::time::Duration;

use crate::agent::Agent;
use crate::caller::Subject;
use crate::id::{OrganizationId, TokenId};
use crate::ports::Ports;
use crate::scope::ScopeSet;
use crate::token::{
    AccessTokenClaims, IdTokenClaims, Issuer, KeyRing, RevocationView, SignError, TokenError,
    TokenType,
};

/// Longest wait for the second after a not-before marker; more means that the
/// clocks of replicas differ too much.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What an access token is to say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// For whom it speaks.
    pub(crate) subject: Subject,
    /// Of which organization.
    pub(crate) organization_id: OrganizationId,
    /// What it allows.
    pub(crate) scopes: ScopeSet,
    /// How long.
    pub(crate) lifetime: Duration,
    /// Latest not-before marker that the records of subject and organization
    /// hold, Unix seconds; markers in memory are added.
    pub(crate) not_before: Option<i64>,
}

/// Makes access and ID tokens.
#[derive(Clone)]
pub struct Minter {
    ports: Ports,
    ring: Arc<dyn KeyRing>,
    view: Arc<RevocationView>,
    issuer: Issuer,
}

impl Minter {
    /// Tokens of `issuer`, signed with the current key of `ring`, issued after
    /// every marker in `view`.
    #[must_use]
    pub fn new(
        ports: Ports,
        ring: Arc<dyn KeyRing>,
        view: Arc<RevocationView>,
        issuer: Issuer,
    ) -> Self {
        Self {
            ports,
            ring,
            view,
            issuer,
        }
    }

    /// The claims of a new access token.
    ///
    /// # Errors
    ///
    /// [`TokenError::Busy`] when a marker lies more than two seconds ahead.
    pub(crate) async fn claims(&self, wish: Wish) -> Result<AccessTokenClaims, TokenError> {
        let token_id = TokenId::new(self.ports.random.uuid());
        let (agent, organization) = (wish.subject.agent(), wish.organization_id);
        let known = self.view.state(token_id, agent, organization);
        let markers = [
            known.agent_not_before,
            known.organization_not_before,
            wish.not_before,
        ];
        let issued_at = self.later_than(markers.into_iter().flatten().max()).await?;
        let lifetime = i64::try_from(wish.lifetime.as_secs()).unwrap_or(i64::MAX);
        Ok(AccessTokenClaims {
            issuer: self.issuer.as_str().to_owned(),
            audience: self.issuer.as_str().to_owned(),
            subject: wish.subject,
            scopes: wish.scopes,
            organization_id: Some(organization),
            token_id,
            issued_at,
            expires_at: issued_at.saturating_add(lifetime),
        })
    }

    /// The present second, but after `marker`. A token requested within the
    /// second of a marker waits for the next one: dated forward it would
    /// outlive a second end within the same second.
    async fn later_than(&self, marker: Option<i64>) -> Result<i64, TokenError> {
        let now = self.ports.now();
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
        Ok(self.ports.now().unix_seconds().max(earliest))
    }

    /// The access token of `claims`.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub(crate) fn access_token(&self, claims: &AccessTokenClaims) -> Result<String, SignError> {
        let payload = claims.to_json().map_err(unwritable)?;
        self.ring.sign(TokenType::AccessToken, &payload)
    }

    /// The ID token of `agent` that goes with an access token of `claims`.
    ///
    /// # Errors
    ///
    /// When it cannot be signed.
    pub(crate) fn id_token(
        &self,
        agent: &Agent,
        claims: &AccessTokenClaims,
        nonce: Option<&str>,
    ) -> Result<String, SignError> {
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
            nonce,
        })
        .map_err(unwritable)?;
        self.ring.sign(TokenType::IdToken, &payload)
    }
}

fn unwritable(error: serde_json::Error) -> SignError {
    SignError(error.to_string())
}
