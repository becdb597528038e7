//! Use cases on credentials.

use std::sync::Arc;

use crate::agent::{Agent, AgentStatus, Guard, load_owned, require_not_escalating, with_actor};
use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Actor, Caller, Origin};
use crate::change::Change;
use crate::credential::{
    Credential, CredentialError, CredentialFilter, CredentialStatus, Drawn, IssuedCredential,
    MAX_ACTIVE, SecretVerifier, draw, renew,
};
use crate::error::{Constraint, StoreError};
use crate::id::{AgentId, CredentialId};
use crate::outbox::{self, EventType, PlatformEvent};
use crate::page::{Page, PageRequest};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::usage;
use crate::vault::{self, SecretPlace};

/// How often a secret with a taken selector is drawn again. The chance of one
/// collision is below 20 in 2^64.
const DRAWS: usize = 3;

/// Generates, lists, rotates and revokes credentials.
#[derive(Clone)]
pub struct CredentialService {
    ports: Ports,
    secrets: Arc<SecretVerifier>,
}

impl CredentialService {
    /// The service over `ports`; `secrets` hashes.
    #[must_use]
    pub fn new(ports: Ports, secrets: Arc<SecretVerifier>) -> Self {
        Self { ports, secrets }
    }

    /// Generates a credential for an active agent.
    ///
    /// # Errors
    ///
    /// Unknown or foreign agent, non-escalation rule, agent not active, 20
    /// active credentials, busy hashing threads.
    pub async fn generate(
        &self,
        caller: &Caller,
        origin: &Origin,
        agent_id: AgentId,
        expires_at: Option<Timestamp>,
    ) -> Result<IssuedCredential, CredentialError> {
        self.check_access(caller, agent_id).await?;
        for _ in 0..DRAWS {
            let drawn = draw(&self.ports, &self.secrets, agent_id).await?;
            let inserted = self
                .insert(caller, origin, agent_id, &drawn, expires_at)
                .await;
            if let Err(error) = &inserted {
                let (secrets, cause) = (&self.ports.secrets, error.store_failure());
                secrets.take_back(&drawn.kept, cause).await;
            }
            match inserted {
                Err(CredentialError::Store(error))
                    if error.is_conflict(Constraint::CredentialSelector) => {}
                Err(error) => return Err(error),
                Ok(credential) => {
                    let secret = drawn.secret;
                    return Ok(IssuedCredential { credential, secret });
                }
            }
        }
        Err(StoreError::Backend("no free selector".to_owned()).into())
    }

    async fn insert(
        &self,
        caller: &Caller,
        origin: &Origin,
        agent_id: AgentId,
        drawn: &Drawn,
        expires_at: Option<Timestamp>,
    ) -> Result<Credential, CredentialError> {
        let mut work = self.write(caller).await?;
        let agent = lock_guarded(work.as_mut(), caller, agent_id).await?;
        require_room(work.as_mut(), &agent).await?;
        let credential = drawn.credential(&self.ports, &agent, expires_at);
        work.credentials().insert(&credential).await?;
        let metadata = Metadata::new()
            .text("credentialId", credential.credential_id.to_string())
            .optional("expiresAt", expires_at.map(|time| time.to_string()));
        let event = (
            Action::CredentialGenerated,
            EventType::CredentialGenerated,
            metadata,
        );
        self.finish(work, caller.into(), origin, &credential, event, None)
            .await?;
        Ok(credential)
    }

    /// Credentials of an agent; never their secrets.
    ///
    /// # Errors
    ///
    /// Unknown or foreign agent, non-escalation rule.
    pub async fn list(
        &self,
        caller: &Caller,
        agent_id: AgentId,
        filter: CredentialFilter,
        page: PageRequest,
    ) -> Result<Page<Credential>, CredentialError> {
        let agent = owned(&self.ports, caller, agent_id).await?;
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.read(scope).await?;
        guard(work.as_mut(), caller, &agent).await?;
        let credentials = work.credentials().list(agent_id, filter, page).await?;
        work.commit().await?;
        Ok(credentials)
    }

    /// Replaces the secret of a credential; the old one is dead at once.
    /// Without `expires_at` the credential does not expire any more.
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and for unknown or revoked
    /// credentials.
    pub async fn rotate(
        &self,
        caller: &Caller,
        origin: &Origin,
        agent_id: AgentId,
        id: CredentialId,
        expires_at: Option<Timestamp>,
    ) -> Result<IssuedCredential, CredentialError> {
        self.check_access(caller, agent_id).await?;
        self.require_active(caller, agent_id, id).await?;
        for _ in 0..DRAWS {
            let (secret, kept) = renew(&self.ports, &self.secrets, agent_id, id).await?;
            let mut work = self.write(caller).await?;
            lock_guarded(work.as_mut(), caller, agent_id).await?;
            let mut credential = active(work.as_mut(), agent_id, id).await?;
            credential.rotate(&secret, kept, expires_at);
            match work.credentials().rotate(&credential).await {
                Err(error) if error.is_conflict(Constraint::CredentialSelector) => continue,
                other => other?,
            }
            let metadata = Metadata::new().text("credentialId", id.to_string());
            let event = (
                Action::CredentialRotated,
                EventType::CredentialRotated,
                metadata,
            );
            self.finish(work, caller.into(), origin, &credential, event, None)
                .await?;
            return Ok(IssuedCredential { credential, secret });
        }
        Err(StoreError::Backend("no free selector".to_owned()).into())
    }

    /// Revokes a credential. When no usable one remains, the agent's
    /// outstanding tokens end.
    ///
    /// # Errors
    ///
    /// Unknown or foreign agent, non-escalation rule, unknown credential, or
    /// one that is revoked already.
    pub async fn revoke(
        &self,
        caller: &Caller,
        origin: &Origin,
        agent_id: AgentId,
        id: CredentialId,
    ) -> Result<(), CredentialError> {
        self.check_access(caller, agent_id).await?;
        let mut work = self.write(caller).await?;
        lock_guarded(work.as_mut(), caller, agent_id).await?;
        let credential = active(work.as_mut(), agent_id, id).await?;
        let now = self.ports.now();
        work.credentials().revoke(id, now).await?;
        // Also one whose row has left Vault may have old versions there.
        if credential.secret.vault_path().is_some() || self.ports.secrets.vault().is_some() {
            let place = SecretPlace::Credential {
                agent: agent_id,
                credential: id,
            };
            vault::discard(&self.ports, work.as_mut(), [place]).await?;
        }
        let remaining = work.credentials().active(agent_id).await?;
        let ended = !remaining.iter().any(|credential| credential.is_usable(now));
        let mut not_before = None;
        if ended {
            let log = credential.organization_id;
            let clock = self.ports.clock.as_ref();
            let end = audit::lock_and_end_tokens(work.audit(), log, clock).await?;
            work.tokens().end_agent_tokens(agent_id, end).await?;
            not_before = Some(end);
        }
        let metadata = Metadata::new().text("credentialId", id.to_string());
        let event = (
            Action::CredentialRevoked,
            EventType::CredentialRevoked,
            metadata,
        );
        self.finish(work, caller.into(), origin, &credential, event, not_before)
            .await
    }

    /// Unknown and foreign agents and the non-escalation rule, before any
    /// expensive work.
    async fn check_access(&self, caller: &Caller, id: AgentId) -> Result<(), CredentialError> {
        let agent = owned(&self.ports, caller, id).await?;
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.read(scope).await?;
        guard(work.as_mut(), caller, &agent).await?;
        work.commit().await?;
        Ok(())
    }

    async fn require_active(
        &self,
        caller: &Caller,
        agent: AgentId,
        id: CredentialId,
    ) -> Result<(), CredentialError> {
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.read(scope).await?;
        active(work.as_mut(), agent, id).await?;
        work.commit().await?;
        Ok(())
    }

    async fn write(&self, caller: &Caller) -> Result<Box<dyn UnitOfWork>, CredentialError> {
        let scope = Scope::Organization(caller.organization_id);
        Ok(self.ports.write(scope).await?)
    }

    async fn finish(
        &self,
        mut work: Box<dyn UnitOfWork>,
        actor: Actor,
        origin: &Origin,
        credential: &Credential,
        (action, event_type, metadata): (Action, EventType, Metadata),
        tokens_end: Option<i64>,
    ) -> Result<(), CredentialError> {
        let agent_id = credential.agent_id;
        let log = credential.organization_id;
        let metadata = with_actor(metadata, actor, agent_id);
        let event = NewAuditEvent::new(&self.ports, origin, log, action, agent_id).with(metadata);
        usage::append(work.as_mut(), vec![event]).await?;
        let told = PlatformEvent::of_credential(&self.ports, event_type, credential);
        outbox::emit(&self.ports, work.as_mut(), vec![told]).await?;
        let mut changes = vec![Change::AgentChanged { agent_id }];
        changes.extend(tokens_end.map(|not_before| Change::AgentTokensEnded {
            agent_id,
            not_before,
        }));
        self.ports.changes.commit(work, &changes).await?;
        Ok(())
    }
}

async fn owned(ports: &Ports, caller: &Caller, id: AgentId) -> Result<Agent, CredentialError> {
    Ok(load_owned(ports, caller, id)
        .await?
        .ok_or(CredentialError::AgentNotFound)??)
}

async fn guard(
    work: &mut dyn UnitOfWork,
    caller: &Caller,
    agent: &Agent,
) -> Result<(), CredentialError> {
    require_not_escalating(work, caller, Some(agent), Guard::Credentials)
        .await?
        .map_err(|_| CredentialError::Escalation)
}

/// Locks the agent, which serializes all work on its credentials, and applies
/// the non-escalation rule to its present grant.
async fn lock_guarded(
    work: &mut dyn UnitOfWork,
    caller: &Caller,
    id: AgentId,
) -> Result<Agent, CredentialError> {
    let agent = work
        .agents()
        .find_for_update(id)
        .await?
        .ok_or(CredentialError::AgentNotFound)?;
    guard(work, caller, &agent).await?;
    Ok(agent)
}

async fn require_room(work: &mut dyn UnitOfWork, agent: &Agent) -> Result<(), CredentialError> {
    if agent.status != AgentStatus::Active {
        return Err(CredentialError::AgentNotActive {
            status: agent.status,
        });
    }
    let active = work.credentials().active(agent.agent_id).await?.len();
    let current = i64::try_from(active).unwrap_or(i64::MAX);
    if current >= MAX_ACTIVE {
        return Err(CredentialError::LimitReached {
            limit: MAX_ACTIVE,
            current,
        });
    }
    Ok(())
}

/// The credential, if it is the agent's and active.
async fn active(
    work: &mut dyn UnitOfWork,
    agent: AgentId,
    id: CredentialId,
) -> Result<Credential, CredentialError> {
    let credential = work
        .credentials()
        .find(id)
        .await?
        .filter(|credential| credential.agent_id == agent)
        .ok_or(CredentialError::NotFound)?;
    if credential.status == CredentialStatus::Revoked {
        return Err(CredentialError::AlreadyRevoked {
            credential_id: id,
            revoked_at: credential.revoked_at,
        });
    }
    Ok(credential)
}
