//! The first administrator: the beginning of the chain in which every agent
//! is registered by another one.

use std::sync::Arc;

use crate::agent::{Agent, AgentStatus, Email, Grant, created_metadata, insert_agent};
use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::caller::{Actor, Origin};
use crate::change::Change;
use crate::credential::{Credential, Drawn, KeepError, SecretVerifier, VerifierBusy, draw, renew};
use crate::did::{AgentDidKey, Identities, IdentityError};
use crate::error::StoreError;
use crate::id::{AgentId, MemberId, OrganizationId};
use crate::organization::{
    Member, PlanLimits, Role,
    admin::{first_admin, tell_created},
};
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

crate::error::store_failure!(BootstrapError);

impl From<KeepError> for BootstrapError {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Busy(busy) => busy.into(),
            KeepError::Vault(error) => StoreError::from(error).into(),
        }
    }
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
        if self.is_done().await? {
            return Err(BootstrapError::Exists);
        }
        let mut agent = self.admin()?;
        let key = self.identities.assign(&self.ports, &mut agent).await;
        let key = key.map_err(IdentityError::sort::<BootstrapError>)?;
        let drawn = draw(&self.ports, &self.secrets, agent.agent_id).await?;
        let inserted = self.insert(&agent, &key, &drawn).await;
        if let Err(error) = &inserted {
            let (secrets, cause) = (&self.ports.secrets, error.store_failure());
            secrets.take_back(&key.private_key, cause).await;
            secrets.take_back(&drawn.kept, cause).await;
        }
        inserted?;
        Ok(Bootstrapped {
            agent_id: agent.agent_id,
            client_secret: drawn.secret.into_inner(),
        })
    }

    async fn insert(
        &self,
        agent: &Agent,
        key: &AgentDidKey,
        drawn: &Drawn,
    ) -> Result<(), BootstrapError> {
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        if work.agents().find_by_email(EMAIL).await?.is_some() {
            return Err(BootstrapError::Exists);
        }
        self.insert_admin(work.as_mut(), agent, key).await?;
        let credential = drawn.credential(&self.ports, agent, None);
        work.credentials().insert(&credential).await?;
        let generated = Metadata::new()
            .text("credentialId", credential.credential_id.to_string())
            .optional("expiresAt", None)
            .text("actorAgentId", "bootstrap");
        let events = vec![
            self.event(agent, Action::AgentCreated)
                .with(created_metadata(Actor::Bootstrap, agent)),
            self.event(agent, Action::CredentialGenerated)
                .with(generated),
        ];
        usage::append(work.as_mut(), events).await?;
        tell_created(&self.ports, work.as_mut(), agent, &credential).await?;
        self.commit(work, agent).await
    }

    /// Gives the administrator's newest active credential a new secret; adds
    /// a credential when none is active.
    ///
    /// # Errors
    ///
    /// [`BootstrapError::Missing`], [`BootstrapError::NotActive`], or a
    /// failing store.
    pub async fn reset(&self) -> Result<Bootstrapped, BootstrapError> {
        let mut work = self.ports.read(Scope::System).await?;
        let (agent, newest) = present(work.as_mut()).await?;
        work.commit().await?;
        let agent_id = agent.agent_id;
        // Drawn before the transaction; if another credential is the newest
        // by then, it has been reset a moment ago.
        let drawn = match &newest {
            Some(credential) => {
                let id = credential.credential_id;
                let (secret, kept) = renew(&self.ports, &self.secrets, agent_id, id).await?;
                Drawn {
                    credential_id: id,
                    secret,
                    kept,
                }
            }
            None => draw(&self.ports, &self.secrets, agent_id).await?,
        };
        self.write_reset(&drawn).await?;
        Ok(Bootstrapped {
            agent_id,
            client_secret: drawn.secret.into_inner(),
        })
    }

    async fn write_reset(&self, drawn: &Drawn) -> Result<(), BootstrapError> {
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        let (agent, newest) = present(work.as_mut()).await?;
        let (action, event_type, credential) = match newest {
            Some(mut credential) if credential.credential_id == drawn.credential_id => {
                credential.rotate(&drawn.secret, drawn.kept.clone(), None);
                work.credentials().rotate(&credential).await?;
                let event_type = EventType::CredentialRotated;
                (Action::CredentialRotated, event_type, credential)
            }
            None => {
                let credential = drawn.credential(&self.ports, &agent, None);
                work.credentials().insert(&credential).await?;
                let event_type = EventType::CredentialGenerated;
                (Action::CredentialGenerated, event_type, credential)
            }
            Some(_) => return Err(StoreError::Stale.into()),
        };
        let metadata = Metadata::new()
            .text("credentialId", credential.credential_id.to_string())
            .text("actorAgentId", "bootstrap");
        let event = self.event(&agent, action).with(metadata);
        usage::append(work.as_mut(), vec![event]).await?;
        let told = PlatformEvent::of_credential(&self.ports, event_type, &credential);
        outbox::emit(&self.ports, work.as_mut(), vec![told]).await?;
        self.commit(work, &agent).await
    }

    /// The record of the administrator.
    fn admin(&self) -> Result<Agent, BootstrapError> {
        let email = Email::new(EMAIL).map_err(|error| StoreError::Backend(error.to_string()))?;
        let new = first_admin(email, "system", Grant::PLATFORM_ADMIN)?;
        let id = AgentId::new(self.ports.random.uuid());
        Ok(new.into_agent(id, OrganizationId::SYSTEM, self.ports.now()))
    }

    async fn insert_admin(
        &self,
        work: &mut dyn UnitOfWork,
        agent: &Agent,
        key: &AgentDidKey,
    ) -> Result<(), BootstrapError> {
        let system = OrganizationId::SYSTEM;
        let organization = work.organizations().find(system).await?.ok_or_else(|| {
            StoreError::Backend("the system organization is missing; run the migrations".to_owned())
        })?;
        insert_agent(work, &organization, PlanLimits::UNLIMITED, agent, key)
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
        Ok(work.organizations().add_member(&member).await?)
    }

    async fn commit(&self, work: Box<dyn UnitOfWork>, agent: &Agent) -> Result<(), BootstrapError> {
        let agent_id = agent.agent_id;
        let change = Change::AgentChanged { agent_id };
        Ok(self.ports.changes.commit(work, &[change]).await?)
    }

    fn event(&self, agent: &Agent, action: Action) -> NewAuditEvent {
        let log = agent.organization_id;
        NewAuditEvent::new(&self.ports, &Origin::LOCAL, log, action, agent.agent_id)
    }
}

/// The administrator and its newest active credential.
async fn present(work: &mut dyn UnitOfWork) -> Result<(Agent, Option<Credential>), BootstrapError> {
    let agent = work
        .agents()
        .find_by_email(EMAIL)
        .await?
        .ok_or(BootstrapError::Missing)?;
    if agent.status != AgentStatus::Active {
        return Err(BootstrapError::NotActive);
    }
    let active = work.credentials().active(agent.agent_id).await?;
    Ok((agent, active.into_iter().next()))
}
