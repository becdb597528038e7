//! The credential record.

use crate::credential::secret::{ClientSecret, SecretHash, Selector};
use crate::id::{AgentId, CredentialId, OrganizationId};
use crate::time::Timestamp;
use crate::vault::Kept;
use crate::wire_enum;

/// Most credentials with status `active` an agent may have.
pub const MAX_ACTIVE: i64 = 20;

wire_enum! {
    /// State of a credential; expiry does not change it.
    CredentialStatus {
        /// Usable until it expires.
        Active = "active",
        /// Ended for good.
        Revoked = "revoked",
    }
}

/// A client id / secret pair of an agent. The secret itself is never stored in
/// the row.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Immutable id; survives rotation.
    pub credential_id: CredentialId,
    /// The agent, at once the `client_id`.
    pub agent_id: AgentId,
    /// Organization of the agent.
    pub organization_id: OrganizationId,
    /// Public part of the secret by which it is found.
    pub selector: Selector,
    /// Hash of the whole secret, or where Vault has the secret.
    pub secret: Kept<SecretHash>,
    /// State.
    pub status: CredentialStatus,
    /// Creation; not changed by rotation.
    pub created_at: Timestamp,
    /// End of validity; `None` without end.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Credential {
    /// Whether a token may be had with it at `now`.
    #[must_use]
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.status == CredentialStatus::Active
            && self.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    /// Gives it another secret and end.
    pub(crate) fn rotate(
        &mut self,
        secret: &ClientSecret,
        kept: Kept<SecretHash>,
        expires_at: Option<Timestamp>,
    ) {
        self.selector = secret.selector();
        self.secret = kept;
        self.expires_at = expires_at;
    }
}

/// A credential together with its secret, shown once.
#[derive(Debug)]
pub struct IssuedCredential {
    /// The record.
    pub credential: Credential,
    /// The secret.
    pub secret: ClientSecret,
}

/// Which credentials a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CredentialFilter {
    /// Exact state.
    pub status: Option<CredentialStatus>,
}
