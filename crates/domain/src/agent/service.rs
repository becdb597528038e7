//! Use cases of the agent registry.

use std::sync::Arc;

use crate::agent::{
    Agent, AgentError, AgentFilter, AgentPatch, AgentStatus, Grant, Guard, NewAgent, access,
    created_metadata, insert_agent, require_grantable, with_actor,
};
use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin, Principal};
use crate::change::Change;
use crate::did::{AgentDidKey, Identities, IdentityError};
use crate::error::AccessError;
use crate::id::AgentId;
use crate::organization::{Organization, PlanLimits};
use crate::outbox::{self, EventType, PlatformEvent};
use crate::page::{Page, PageRequest};
use crate::ports::Ports;
use crate::scope::Scope;
use crate::token::ClientCache;
use crate::unit_of_work::{self, UnitOfWork};
use crate::usage;
use crate::vault::{self, SecretPlace};

/// Registers, reads, changes and decommissions agents.
#[derive(Clone)]
pub struct AgentService {
    ports: Ports,
    identities: Identities,
    enforce_plans: bool,
    remembered: Option<Arc<ClientCache>>,
}

impl AgentService {
    /// The service over `ports`; new agents get their identity from
    /// `identities`. Plan limits hold only with `enforce_plans`.
    #[must_use]
    pub fn new(ports: Ports, identities: Identities, enforce_plans: bool) -> Self {
        Self {
            ports,
            identities,
            enforce_plans,
            remembered: None,
        }
    }

    /// The same, with [`get`](Self::get) answered from memory while it may be
    /// trusted: what another replica has just changed may be seen up to a second
    /// later.
    #[must_use]
    pub fn remembering(self, clients: Arc<ClientCache>) -> Self {
        Self {
            remembered: Some(clients),
            ..self
        }
    }

    /// Registers an agent in the organization of whoever asks, the one use case
    /// that is open to workflows with a bootstrap token too.
    ///
    /// # Errors
    ///
    /// [`AccessError::Denied`] for a grant beyond what the caller may give,
    /// [`AgentError::LimitReached`], [`AgentError::AlreadyExists`].
    pub async fn register(
        &self,
        principal: &Principal,
        origin: &Origin,
        new: NewAgent,
    ) -> Result<Agent, AgentError> {
        let organization_id = principal.organization_id();
        let grant = new.grant;
        let id = AgentId::new(self.ports.random.uuid());
        let mut agent = new.into_agent(id, organization_id, self.ports.now());
        let key = self.identities.assign(&self.ports, &mut agent).await;
        let key = key.map_err(IdentityError::sort::<AgentError>)?;
        let inserted = self.insert(principal, origin, grant, &agent, &key).await;
        if let Err(error) = &inserted {
            let (secrets, cause) = (&self.ports.secrets, error.store_failure());
            secrets.take_back(&key.private_key, cause).await;
        }
        inserted?;
        self.ports.metrics.agent_registered(agent.deployment_env);
        Ok(agent)
    }

    async fn insert(
        &self,
        principal: &Principal,
        origin: &Origin,
        grant: Option<Grant>,
        agent: &Agent,
        key: &AgentDidKey,
    ) -> Result<(), AgentError> {
        let organization_id = agent.organization_id;
        let scope = unit_of_work::Scope::Organization(organization_id);
        let mut work = self.ports.write(scope).await?;
        if let Some(grant) = grant {
            require_grantable(work.as_mut(), principal, grant).await?;
        }
        let organization = work
            .organizations()
            .find(organization_id)
            .await?
            .ok_or(AccessError::Denied)?;
        let limits = self.limits(&organization);
        insert_agent(work.as_mut(), &organization, limits, agent, key).await?;
        let event = self.event(origin, Action::AgentCreated, agent);
        let metadata = created_metadata(principal.into(), agent);
        usage::append(work.as_mut(), vec![event.with(metadata)]).await?;
        let told = PlatformEvent::of_agent(&self.ports, EventType::AgentCreated, agent);
        outbox::emit(&self.ports, work.as_mut(), vec![told]).await?;
        Ok(work.commit().await?)
    }

    /// Agents of the caller's organization.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: &AgentFilter,
        page: PageRequest,
    ) -> Result<Page<Agent>, AgentError> {
        let organization = caller.organization_id;
        let scope = unit_of_work::Scope::Organization(organization);
        let mut work = self.ports.read(scope).await?;
        let agents = work.agents().list(organization, filter, page).await?;
        work.commit().await?;
        Ok(agents)
    }

    /// One agent of the caller's organization.
    ///
    /// # Errors
    ///
    /// [`AgentError::NotFound`], or [`AccessError::Denied`] for a foreign one.
    pub async fn get(&self, caller: &Caller, id: AgentId) -> Result<Agent, AgentError> {
        let Some(clients) = &self.remembered else {
            return self.owned(caller, id).await;
        };
        let client = clients.client(id).await?.ok_or(AgentError::NotFound)?;
        Ok(access::owned(caller, client.agent.clone())?)
    }

    /// The same as the store has it now.
    async fn owned(&self, caller: &Caller, id: AgentId) -> Result<Agent, AgentError> {
        Ok(access::load_owned(&self.ports, caller, id)
            .await?
            .ok_or(AgentError::NotFound)??)
    }

    /// Changes an agent; a wanted state different from the present one is a
    /// transition with its effects.
    ///
    /// # Errors
    ///
    /// [`AgentError::NotFound`], [`AccessError::Denied`],
    /// [`AgentError::Decommissioned`].
    pub async fn update(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: AgentId,
        patch: AgentPatch,
    ) -> Result<Agent, AgentError> {
        self.owned(caller, id).await?;
        let mut work = self.write(caller).await?;
        if patch.status.is_some() {
            lock_counts(work.as_mut(), caller).await?;
        }
        let mut agent = lock(work.as_mut(), id).await?;
        self.guard(work.as_mut(), caller, &agent, &patch).await?;
        if agent.status == AgentStatus::Decommissioned {
            return Err(AgentError::Decommissioned);
        }
        let fields = patch.fields();
        let transition = patch.status.filter(|status| *status != agent.status);
        patch.apply(&mut agent, self.ports.now());
        let metadata = actor_metadata(caller, id).list("updatedFields", &fields);
        let change = AgentChange {
            transition,
            fields,
            metadata,
        };
        self.finish(work, origin, agent, change).await
    }

    /// Decommissions an agent for good.
    ///
    /// # Errors
    ///
    /// [`AgentError::NotFound`], [`AccessError::Denied`],
    /// [`AgentError::AlreadyDecommissioned`].
    pub async fn decommission(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: AgentId,
    ) -> Result<(), AgentError> {
        self.owned(caller, id).await?;
        let mut work = self.write(caller).await?;
        lock_counts(work.as_mut(), caller).await?;
        let mut agent = lock(work.as_mut(), id).await?;
        access::require_not_escalating(work.as_mut(), caller, Some(&agent), Guard::Status)
            .await??;
        if agent.status == AgentStatus::Decommissioned {
            return Err(AgentError::AlreadyDecommissioned);
        }
        agent.updated_at = self.ports.now();
        let change = AgentChange {
            transition: Some(AgentStatus::Decommissioned),
            fields: Vec::new(),
            metadata: actor_metadata(caller, id),
        };
        self.finish(work, origin, agent, change).await?;
        Ok(())
    }

    async fn guard(
        &self,
        work: &mut dyn UnitOfWork,
        caller: &Caller,
        agent: &Agent,
        patch: &AgentPatch,
    ) -> Result<(), AgentError> {
        if let Some(grant) = patch.grant {
            let admin_orgs = grant.scopes().contains(Scope::AdminOrgs);
            if admin_orgs && !agent.organization_id.is_system() {
                return Err(AccessError::Denied.into());
            }
            let guard = Guard::SetGrant(grant);
            access::require_not_escalating(work, caller, Some(agent), guard).await??;
        }
        if patch.status.is_some() {
            access::require_not_escalating(work, caller, Some(agent), Guard::Status).await??;
        }
        Ok(())
    }

    /// Writes a changed agent together with the effects of its transition and
    /// exactly one audit event.
    async fn finish(
        &self,
        mut work: Box<dyn UnitOfWork>,
        origin: &Origin,
        mut agent: Agent,
        change: AgentChange,
    ) -> Result<Agent, AgentError> {
        let id = agent.agent_id;
        let transition = change.transition;
        let mut changes = vec![Change::AgentChanged { agent_id: id }];
        if let Some(status) = transition {
            agent.status = status;
            if status != AgentStatus::Active {
                let log = agent.organization_id;
                let clock = self.ports.clock.as_ref();
                let not_before = audit::lock_and_end_tokens(work.audit(), log, clock).await?;
                agent.tokens_not_before = agent.tokens_not_before.max(Some(not_before));
                changes.push(Change::AgentTokensEnded {
                    agent_id: id,
                    not_before,
                });
            }
        }
        work.agents().update(&agent).await?;
        let mut told = Vec::new();
        if transition == Some(AgentStatus::Decommissioned) {
            told = self.revoke_credentials(work.as_mut(), &agent).await?;
            work.organizations()
                .release_agent(agent.organization_id)
                .await?;
        }
        let event = self.event(origin, action_of(transition), &agent);
        usage::append(work.as_mut(), vec![event.with(change.metadata)]).await?;
        told.push(self.told(&agent, transition, &change.fields));
        outbox::emit(&self.ports, work.as_mut(), told).await?;
        self.ports.changes.commit(work, &changes).await?;
        self.identities.changed(id).await;
        if transition == Some(AgentStatus::Decommissioned) {
            self.ports
                .metrics
                .agent_decommissioned(agent.deployment_env);
        }
        Ok(agent)
    }

    /// Revokes all credentials; what those outside are told of it.
    async fn revoke_credentials(
        &self,
        work: &mut dyn UnitOfWork,
        agent: &Agent,
    ) -> Result<Vec<PlatformEvent>, AgentError> {
        let id = agent.agent_id;
        let revoked = work.credentials().revoke_all(id, agent.updated_at).await?;
        if self.ports.secrets.vault().is_some() {
            let places = revoked
                .iter()
                .map(|(credential, _)| SecretPlace::Credential {
                    agent: id,
                    credential: *credential,
                });
            vault::discard(&self.ports, work, places).await?;
        }
        let told = revoked.into_iter().map(|credential| {
            PlatformEvent::of_credential_id(
                &self.ports,
                EventType::CredentialRevoked,
                agent.organization_id,
                id,
                credential,
            )
        });
        Ok(told.collect())
    }

    fn told(
        &self,
        agent: &Agent,
        transition: Option<AgentStatus>,
        fields: &[&str],
    ) -> PlatformEvent {
        let event_type = EventType::of_change(transition);
        let told = PlatformEvent::of_agent(&self.ports, event_type, agent);
        match event_type {
            EventType::AgentUpdated => told.with_changed_fields(fields),
            _ => told,
        }
    }

    async fn write(&self, caller: &Caller) -> Result<Box<dyn UnitOfWork>, AgentError> {
        let scope = unit_of_work::Scope::Organization(caller.organization_id);
        Ok(self.ports.write(scope).await?)
    }

    fn limits(&self, organization: &Organization) -> PlanLimits {
        if self.enforce_plans {
            organization.effective_limits()
        } else {
            PlanLimits::UNLIMITED
        }
    }

    fn event(&self, origin: &Origin, action: Action, agent: &Agent) -> NewAuditEvent {
        let log = agent.organization_id;
        NewAuditEvent::new(&self.ports, origin, log, action, agent.agent_id)
    }
}

/// What happens to an agent.
struct AgentChange {
    /// Its new state, if that is another one.
    transition: Option<AgentStatus>,
    /// Names of the fields that were given.
    fields: Vec<&'static str>,
    /// Metadata of the audit event.
    metadata: Metadata,
}

/// Locks the organization, which counts its agents by state, before the agent
/// and the log: registrations and the deletion of the organization lock in this
/// order too, so that nobody waits in a circle.
async fn lock_counts(work: &mut dyn UnitOfWork, caller: &Caller) -> Result<(), AgentError> {
    let id = caller.organization_id;
    work.organizations().find_for_update(id).await?;
    Ok(())
}

async fn lock(work: &mut dyn UnitOfWork, id: AgentId) -> Result<Agent, AgentError> {
    work.agents()
        .find_for_update(id)
        .await?
        .ok_or(AgentError::NotFound)
}

const fn action_of(transition: Option<AgentStatus>) -> Action {
    match transition {
        None => Action::AgentUpdated,
        Some(AgentStatus::Active) => Action::AgentReactivated,
        Some(AgentStatus::Suspended) => Action::AgentSuspended,
        Some(AgentStatus::Decommissioned) => Action::AgentDecommissioned,
    }
}

fn actor_metadata(caller: &Caller, subject: AgentId) -> Metadata {
    with_actor(Metadata::new(), caller.into(), subject)
}
