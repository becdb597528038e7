//! The first administrator: the beginning of the chain in which every agent
//! is registered by another one.

use std::sync::Arc;

use crate::agent::{
    Agent, Email, Grant,
    service::{created_metadata, insert_agent},
};
use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::{Actor, Origin};
use crate::change::Change;
use crate::credential::{ClientSecret, SecretVerifier, VerifierBusy, new_credential};
use crate::did::Identities;
use crate::error::StoreError;
use crate::id::{AgentId, MemberId, OrganizationId};
use crate::organization::{Member, PlanLimits, Role, admin::first_admin};
use crate::outbox::{self, EventType, PlatformEvent};
use crate::ports::Ports;
use crate::token::KeyError;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::usage;

/// Address of the first administrator.
const EMAIL: &str = "admin@system.local";

/// Name of the lock that keeps two bootstraps apart.
const LOCK: &str = "bootstrap";

/// What a bootstrap made; the secret is shown this once.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The administrator.
    pub agent_id: AgentId,
    /// Its secret.
    pub client_secret: secrecy::SecretString,
}

/// Failure of a bootstrap.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The administrator is there already.
    #[error("the agent {EMAIL} exists already; --reset gives it a new secret")]
    Exists,
    /// There is no administrator whose secret could be reset.
    #[error("there is no agent {EMAIL} yet; run without --reset")]
    Missing,
    /// The administrator was decommissioned and cannot get a secret.
    #[error("the agent {EMAIL} is not active")]
    NotActive,
    /// The key of its identity could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Hashing failed.
    #[error(transparent)]
    Busy(#[from] VerifierBusy),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates the first administrator or resets its secret.
#[derive(Clone)]
pub struct BootstrapService {
    ports: Ports,
    identities: Identities,
    secrets: Arc<SecretVerifier>,
}

impl BootstrapService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports, identities: Identities, secrets: Arc<SecretVerifier>) -> Self {
        Self {
            ports,
            identities,
            secrets,
        }
    }

    /// Whether the administrator exists.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn is_done(&self) -> Result<bool, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let agent = work.agents().find_by_email(EMAIL).await?;
        work.commit().await?;
        Ok(agent.is_some())
    }

    /// Creates the administrator with all scopes and one credential.
    ///
    /// # Errors
    ///
    /// [`BootstrapError::Exists`], or a failing store.
    pub async fn create(&self) -> Result<Bootstrapped, BootstrapError> {
        let secret = ClientSecret::generate(self.ports.random.as_ref());
        let hash = self.secrets.hash(&secret).await?;
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        if work.agents().find_by_email(EMAIL).await?.is_some() {
            return Err(BootstrapError::Exists);
        }
        let agent = self.insert_admin(work.as_mut()).await?;
        let credential = new_credential(&self.ports, &agent, &secret, hash, None);
        work.credentials().insert(&credential).await?;
        let generated = Metadata::new()
            .text("credentialId", credential.credential_id.to_string())
            .optional("expiresAt", None)
            .text("actorAgentId", "bootstrap");
        let events = vec![
            self.event(&agent, Action::AgentCreated)
                .with(created_metadata(Actor::Bootstrap, &agent)),
            self.event(&agent, Action::CredentialGenerated)
                .with(generated),
        ];
        usage::append(work.as_mut(), events).await?;
        self.commit(work, &agent, secret).await
    }

    /// Gives the administrator's newest active credential a new secret; adds
    /// a credential when none is active.
    ///
    /// # Errors
    ///
    /// [`BootstrapError::Missing`], [`BootstrapError::NotActive`], or a
    /// failing store.
    pub async fn reset(&self) -> Result<Bootstrapped, BootstrapError> {
        let secret = ClientSecret::generate(self.ports.random.as_ref());
        let hash = self.secrets.hash(&secret).await?;
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        let agent = work
            .agents()
            .find_by_email(EMAIL)
            .await?
            .ok_or(BootstrapError::Missing)?;
        if agent.status != crate::agent::AgentStatus::Active {
            return Err(BootstrapError::NotActive);
        }
        let newest = work
            .credentials()
            .active(agent.agent_id)
            .await?
            .into_iter()
            .next();
        let (action, event_type, credential) = match newest {
            Some(mut credential) => {
                credential.selector = secret.selector();
                credential.secret_hash = hash;
                credential.expires_at = None;
                work.credentials().rotate(&credential).await?;
                let event_type = EventType::CredentialRotated;
                (Action::CredentialRotated, event_type, credential)
            }
            None => {
                let credential = new_credential(&self.ports, &agent, &secret, hash, None);
                work.credentials().insert(&credential).await?;
                let event_type = EventType::CredentialGenerated;
                (Action::CredentialGenerated, event_type, credential)
            }
        };
        let metadata = Metadata::new()
            .text("credentialId", credential.credential_id.to_string())
            .text("actorAgentId", "bootstrap");
        let event = self.event(&agent, action).with(metadata);
        usage::append(work.as_mut(), vec![event]).await?;
        let told = PlatformEvent::of_credential(&self.ports, event_type, &credential);
        outbox::emit(work.as_mut(), vec![told]).await?;
        self.commit(work, &agent, secret).await
    }

    async fn insert_admin(&self, work: &mut dyn UnitOfWork) -> Result<Agent, BootstrapError> {
        let system = OrganizationId::SYSTEM;
        let email = Email::new(EMAIL).map_err(|error| StoreError::Backend(error.to_string()))?;
        let organization = work.organizations().find(system).await?.ok_or_else(|| {
            StoreError::Backend("the system organization is missing; run the migrations".to_owned())
        })?;
        let mut agent = first_admin(email, "system", Grant::PLATFORM_ADMIN)?.into_agent(
            AgentId::new(self.ports.random.uuid()),
            system,
            self.ports.now(),
        );
        let key = self.identities.assign(&mut agent, self.ports.now())?;
        insert_agent(work, &organization, PlanLimits::UNLIMITED, &agent, &key)
            .await
            .map_err(|error| match error {
                crate::agent::AgentError::Store(error) => BootstrapError::Store(error),
                _ => BootstrapError::Exists,
            })?;
        let member = Member {
            member_id: MemberId::new(self.ports.random.uuid()),
            organization_id: system,
            agent_id: agent.agent_id,
            role: Role::Admin,
            joined_at: self.ports.now(),
        };
        work.organizations().add_member(&member).await?;
        Ok(agent)
    }

    async fn commit(
        &self,
        work: Box<dyn UnitOfWork>,
        agent: &Agent,
        secret: ClientSecret,
    ) -> Result<Bootstrapped, BootstrapError> {
        let agent_id = agent.agent_id;
        let change = Change::AgentChanged { agent_id };
        self.ports.changes.commit(work, &[change]).await?;
        Ok(Bootstrapped {
            agent_id,
            client_secret: secret.into_inner(),
        })
    }

    fn event(&self, agent: &Agent, action: Action) -> NewAuditEvent {
        let log = agent.organization_id;
        NewAuditEvent::new(&self.ports, &Origin::LOCAL, log, action, agent.agent_id)
    }
}
