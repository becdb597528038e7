//! Client authentication (RFC 6749 §2.3.1).

use std::sync::Arc;

use crate::agent::{Agent, AgentStatus};
use crate::audit::{Action, EventSubject, Metadata, NewAuditEvent};
use crate::caller::Origin;
use crate::credential::{ClientSecret, Credential, SecretVerifier};
use crate::error::StoreError;
use crate::id::{AgentId, CredentialId, OrganizationId};
use crate::limit::RateLimits;
use crate::organization::{Organization, OrganizationStatus};
use crate::ports::Ports;
use crate::text::cut;
use crate::token::{ClientCache, ClientRecord, Journal, TokenError};

/// What a client presents.
#[derive(Clone)]
pub struct ClientCredentials {
    /// `client_id` as sent.
    pub client_id: String,
    /// `client_secret` as sent.
    pub client_secret: secrecy::SecretString,
}

/// A client that has proved its secret. Its agent or organization need not be
/// active.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    /// The client.
    pub record: Arc<ClientRecord>,
    /// Its organization.
    pub organization: Arc<Organization>,
    /// The credential it used.
    pub credential_id: CredentialId,
    /// The presented secret's selector at the time of the check.
    pub(crate) selector: crate::credential::Selector,
}

impl AuthenticatedClient {
    /// The agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.record.agent
    }

    /// Why agent or organization may not act, if they may not.
    #[must_use]
    pub fn inactive(&self) -> Option<TokenError> {
        match self.agent().status {
            AgentStatus::Suspended => Some(TokenError::AgentSuspended),
            AgentStatus::Decommissioned => Some(TokenError::AgentDecommissioned),
            AgentStatus::Active if self.organization.status != OrganizationStatus::Active => {
                Some(TokenError::OrganizationInactive)
            }
            AgentStatus::Active => None,
        }
    }
}

/// Authenticates clients.
#[derive(Clone)]
pub struct ClientAuthenticator {
    ports: Ports,
    clients: Arc<ClientCache>,
    secrets: Arc<SecretVerifier>,
    limits: Arc<RateLimits>,
    journal: Journal,
}

impl ClientAuthenticator {
    /// An authenticator over these parts.
    #[must_use]
    pub fn new(
        ports: Ports,
        clients: Arc<ClientCache>,
        secrets: Arc<SecretVerifier>,
        limits: Arc<RateLimits>,
        journal: Journal,
    ) -> Self {
        Self {
            ports,
            clients,
            secrets,
            limits,
            journal,
        }
    }

    /// The client with this id, as it is now: from memory while memory may be
    /// trusted.
    pub(crate) async fn present(
        &self,
        id: AgentId,
    ) -> Result<Option<Arc<ClientRecord>>, StoreError> {
        self.clients.client(id).await
    }

    /// Authenticates a client. A failure is counted, and durable in the audit
    /// log before this returns.
    ///
    /// # Errors
    ///
    /// [`TokenError::InvalidClient`] alike for every way to fail,
    /// [`TokenError::TooManyFailures`], [`TokenError::Busy`], a failing store.
    pub async fn authenticate(
        &self,
        presented: &ClientCredentials,
        origin: &Origin,
    ) -> Result<AuthenticatedClient, TokenError> {
        use secrecy::ExposeSecret as _;
        let id: Option<AgentId> = presented.client_id.parse().ok();
        let secret = ClientSecret::parse(presented.client_secret.expose_secret());
        let client = match id {
            Some(id) => self.clients.client(id).await?,
            None => None,
        };
        let candidate = client.as_ref().zip(secret.as_ref()).and_then(|(c, s)| {
            let credential = c.credential(&s.selector())?;
            credential
                .is_usable(self.ports.now())
                .then(|| credential.clone())
        });
        if let (Some(client), Some(secret), Some(credential)) = (&client, &secret, &candidate)
            && self.secrets.remembers(secret, credential)
        {
            // A secret known to be right passes the limit of failures, so
            // that failures of others cannot lock the client out.
            return self.proved(client, secret, credential).await;
        }
        if let Some(reading) = self
            .limits
            .failures_exhausted(origin, &presented.client_id)
            .await
        {
            return Err(TokenError::TooManyFailures(reading));
        }
        if let (Some(client), Some(secret), Some(credential)) = (&client, &secret, &candidate)
            && self.secrets.verify(secret, credential).await?
        {
            return self.proved(client, secret, credential).await;
        }
        self.limits
            .count_failure(origin, &presented.client_id)
            .await;
        let reason = if client.is_some() {
            "invalid_secret"
        } else {
            "agent_not_found"
        };
        let log = client.as_ref().map_or(OrganizationId::SYSTEM, |client| {
            client.agent.organization_id
        });
        let event = self.failure(origin, log, &presented.client_id, reason);
        self.journal.record(event).await?;
        Err(TokenError::InvalidClient)
    }

    async fn proved(
        &self,
        client: &Arc<ClientRecord>,
        secret: &ClientSecret,
        credential: &Credential,
    ) -> Result<AuthenticatedClient, TokenError> {
        let organization_id = client.agent.organization_id;
        Ok(AuthenticatedClient {
            record: Arc::clone(client),
            organization: self.clients.organization(organization_id).await?,
            credential_id: credential.credential_id,
            selector: secret.selector(),
        })
    }

    /// The event `auth.failed` for a presented client id.
    pub(crate) fn failure(
        &self,
        origin: &Origin,
        log: OrganizationId,
        client_id: &str,
        reason: &str,
    ) -> NewAuditEvent {
        let subject = client_id
            .parse::<AgentId>()
            .map_or(EventSubject::NONE, EventSubject::from);
        let metadata = failure_metadata(client_id, reason);
        NewAuditEvent::new(&self.ports, origin, log, Action::AuthFailed, subject)
            .failed()
            .with(metadata)
    }
}

/// Metadata of `auth.failed` for a presented client id.
pub(super) fn failure_metadata(client_id: &str, reason: &str) -> Metadata {
    Metadata::new()
        .text("reason", reason)
        .text("clientId", cut(client_id, 128))
}
