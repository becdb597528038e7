//! New secrets, drawn and put away before the transaction that needs them.

use crate::agent::Agent;
use crate::credential::{
    ClientSecret, Credential, CredentialStatus, KeepError, SecretHash, SecretVerifier,
};
use crate::id::{AgentId, CredentialId};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::vault::{Kept, SecretPlace};

/// A credential whose secret is kept, but whose row is not written yet.
pub(crate) struct Drawn {
    /// Id of the credential.
    pub(crate) credential_id: CredentialId,
    /// Its secret.
    pub(crate) secret: ClientSecret,
    /// What the row will hold of it.
    pub(crate) kept: Kept<SecretHash>,
}

impl Drawn {
    /// The record.
    pub(crate) fn credential(
        &self,
        ports: &Ports,
        agent: &Agent,
        expires_at: Option<Timestamp>,
    ) -> Credential {
        Credential {
            credential_id: self.credential_id,
            agent_id: agent.agent_id,
            organization_id: agent.organization_id,
            selector: self.secret.selector(),
            secret: self.kept.clone(),
            status: CredentialStatus::Active,
            created_at: ports.now(),
            expires_at,
            revoked_at: None,
        }
    }
}

/// Draws and keeps the secret of a new credential of `agent`; outside of any
/// transaction, it takes long.
pub(crate) async fn draw(
    ports: &Ports,
    secrets: &SecretVerifier,
    agent: AgentId,
) -> Result<Drawn, KeepError> {
    let credential_id = CredentialId::new(ports.random.uuid());
    let (secret, kept) = renew(ports, secrets, agent, credential_id).await?;
    Ok(Drawn {
        credential_id,
        secret,
        kept,
    })
}

/// Draws and keeps another secret of a credential. In Vault it becomes the
/// newest version; the older ones count until the row follows.
pub(crate) async fn renew(
    ports: &Ports,
    secrets: &SecretVerifier,
    agent: AgentId,
    credential: CredentialId,
) -> Result<(ClientSecret, Kept<SecretHash>), KeepError> {
    let secret = ClientSecret::generate(ports.random.as_ref());
    let place = SecretPlace::Credential { agent, credential };
    let kept = secrets.keep(place, &secret).await?;
    Ok((secret, kept))
}
