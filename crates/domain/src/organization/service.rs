//! Use cases on organizations: platform-wide administration.

use std::sync::Arc;

use crate::agent::Agent;
use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::change::Change;
use crate::credential::SecretVerifier;
use crate::did::Identities;
use crate::error::{Constraint, StoreError};
use crate::id::{AgentId, MemberId, OrganizationId};
use crate::organization::administrator::NewAdmin;
use crate::organization::{
    CreatedAdmin, Member, NewOrganization, Organization, OrganizationError, OrganizationPatch,
    OrganizationStatus, Role,
};
use crate::outbox::{self, EventType, PlatformEvent};
use crate::page::{Page, PageRequest};
use crate::ports::Ports;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::usage;

/// Agents that are suspended by one statement.
const BATCH: i64 = 1_000;

/// Creates, reads, changes and deletes organizations and adds members.
#[derive(Clone)]
pub struct OrganizationService {
    pub(super) ports: Ports,
    pub(super) identities: Identities,
    pub(super) secrets: Arc<SecretVerifier>,
}

impl OrganizationService {
    /// The service over `ports`; new administrators get their identity from
    /// `identities` and the hash of their secret from `secrets`.
    #[must_use]
    pub fn new(ports: Ports, identities: Identities, secrets: Arc<SecretVerifier>) -> Self {
        Self {
            ports,
            identities,
            secrets,
        }
    }

    /// Creates an organization and, if asked for, its first administrator;
    /// all or nothing.
    ///
    /// # Errors
    ///
    /// Slug or address taken, busy hashing threads.
    pub async fn create(
        &self,
        caller: &Caller,
        origin: &Origin,
        mut new: NewOrganization,
    ) -> Result<(Organization, Option<CreatedAdmin>), OrganizationError> {
        let email = new.admin_email.take();
        let organization = self.record(new);
        let admin = match email {
            Some(email) => Some(self.prepare_admin(&organization, email).await?),
            None => None,
        };
        let inserted = self
            .insert(caller, origin, &organization, admin.as_ref())
            .await;
        if let (Err(error), Some(admin)) = (&inserted, &admin) {
            let (secrets, cause) = (&self.ports.secrets, error.store_failure());
            secrets.take_back(&admin.key.private_key, cause).await;
            secrets.take_back(&admin.drawn.kept, cause).await;
        }
        inserted?;
        let created = admin.map(|admin| {
            let environment = admin.agent.deployment_env;
            self.ports.metrics.agent_registered(environment);
            CreatedAdmin {
                agent_id: admin.agent.agent_id,
                client_secret: admin.drawn.secret.into_inner(),
            }
        });
        Ok((organization, created))
    }

    async fn insert(
        &self,
        caller: &Caller,
        origin: &Origin,
        organization: &Organization,
        admin: Option<&NewAdmin>,
    ) -> Result<(), OrganizationError> {
        let mut work = self.ports.write(Scope::System).await?;
        insert(work.as_mut(), organization).await?;
        let metadata = Metadata::new()
            .text("slug", organization.slug.as_str())
            .text("planTier", organization.plan_tier.as_str());
        let id = organization.organization_id;
        let action = Action::OrganizationCreated;
        let mut events = vec![self.event(caller, origin, id, action).with(metadata)];
        if let Some(admin) = admin {
            let more = self.add_admin(work.as_mut(), caller, origin, organization, admin);
            events.extend(more.await?);
        }
        usage::append(work.as_mut(), events).await?;
        Ok(work.commit().await?)
    }

    fn record(&self, new: NewOrganization) -> Organization {
        let now = self.ports.now();
        Organization {
            organization_id: OrganizationId::new(self.ports.random.uuid()),
            name: new.name,
            slug: new.slug,
            plan_tier: new.plan_tier,
            max_agents: new.max_agents,
            max_tokens_per_month: new.max_tokens_per_month,
            rate_limit_per_minute: new.rate_limit_per_minute,
            status: OrganizationStatus::Active,
            tokens_not_before: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// All organizations.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(
        &self,
        status: Option<OrganizationStatus>,
        page: PageRequest,
    ) -> Result<Page<Organization>, OrganizationError> {
        let mut work = self.ports.read(Scope::System).await?;
        let organizations = work.organizations().list(status, page).await?;
        work.commit().await?;
        Ok(organizations)
    }

    /// One organization, deleted ones included.
    ///
    /// # Errors
    ///
    /// [`OrganizationError::NotFound`].
    pub async fn get(&self, id: OrganizationId) -> Result<Organization, OrganizationError> {
        let mut work = self.ports.read(Scope::System).await?;
        let organization = work.organizations().find(id).await?;
        work.commit().await?;
        organization.ok_or(OrganizationError::NotFound)
    }

    /// Changes an organization. Suspension ends all tokens of its agents;
    /// reactivation does not bring them back.
    ///
    /// # Errors
    ///
    /// Unknown, deleted or protected organization.
    pub async fn update(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: OrganizationId,
        patch: OrganizationPatch,
    ) -> Result<Organization, OrganizationError> {
        let mut work = self.ports.write(Scope::System).await?;
        let mut organization = lock(work.as_mut(), id).await?;
        if organization.status == OrganizationStatus::Deleted {
            return Err(OrganizationError::AlreadyDeleted);
        }
        let transition = patch.status.filter(|status| *status != organization.status);
        let suspends = patch.status == Some(OrganizationStatus::Suspended);
        if suspends && id.is_system() {
            return Err(OrganizationError::Protected);
        }
        let now = self.ports.now();
        let fields = patch.fields();
        patch.apply(&mut organization, now);
        let mut changes = vec![Change::OrganizationChanged {
            organization_id: id,
        }];
        if let Some(status) = transition {
            organization.status = status;
            if status == OrganizationStatus::Suspended {
                changes.push(self.end_tokens(work.as_mut(), &mut organization).await?);
            }
        }
        work.organizations().update(&organization).await?;
        let event = match transition {
            None => self
                .event(caller, origin, id, Action::OrganizationUpdated)
                .with(Metadata::new().list("updatedFields", &fields)),
            Some(OrganizationStatus::Active) => {
                self.event(caller, origin, id, Action::OrganizationReactivated)
            }
            Some(_) => self.event(caller, origin, id, Action::OrganizationSuspended),
        };
        audit::append(work.audit(), vec![event]).await?;
        self.ports.changes.commit(work, &changes).await?;
        Ok(organization)
    }

    /// Deletes an organization for good: all its active agents are suspended
    /// and all tokens end; the records stay.
    ///
    /// One transaction, however many agents there are: nobody sees active agents
    /// in a deleted organization, nothing would suspend the rest after an end of
    /// the process, and the log tells of the deletion and of all agents or of
    /// nothing. Only its statements are bounded.
    ///
    /// # Errors
    ///
    /// Unknown, deleted or protected organization.
    pub async fn delete(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: OrganizationId,
    ) -> Result<(), OrganizationError> {
        let mut work = self.ports.write(Scope::System).await?;
        let mut organization = lock(work.as_mut(), id).await?;
        if id.is_system() {
            return Err(OrganizationError::Protected);
        }
        if organization.status == OrganizationStatus::Deleted {
            return Err(OrganizationError::AlreadyDeleted);
        }
        organization.status = OrganizationStatus::Deleted;
        organization.updated_at = self.ports.now();
        let mut changes = vec![
            Change::OrganizationChanged {
                organization_id: id,
            },
            self.end_tokens(work.as_mut(), &mut organization).await?,
        ];
        work.organizations().update(&organization).await?;
        let event = self.event(caller, origin, id, Action::OrganizationDeleted);
        audit::append(work.audit(), vec![event]).await?;
        loop {
            let suspended = work
                .agents()
                .suspend_active(id, organization.updated_at, BATCH)
                .await?;
            if suspended.is_empty() {
                break;
            }
            self.tell_suspended(caller, origin, work.as_mut(), &suspended)
                .await?;
            changes.extend(suspended.iter().map(|agent| Change::AgentChanged {
                agent_id: agent.agent_id,
            }));
        }
        self.ports.changes.commit(work, &changes).await?;
        Ok(())
    }

    /// Writes the events of agents that were suspended with their organization.
    async fn tell_suspended(
        &self,
        caller: &Caller,
        origin: &Origin,
        work: &mut dyn UnitOfWork,
        suspended: &[Agent],
    ) -> Result<(), StoreError> {
        let (action, event_type) = (Action::AgentSuspended, EventType::AgentSuspended);
        let mut events = Vec::with_capacity(suspended.len());
        let mut told = Vec::with_capacity(suspended.len());
        for agent in suspended {
            let (log, id) = (agent.organization_id, agent.agent_id);
            let metadata = Metadata::new()
                .list("updatedFields", &["status"])
                .text("actorAgentId", caller.agent_id.to_string());
            events.push(NewAuditEvent::new(&self.ports, origin, log, action, id).with(metadata));
            told.push(PlatformEvent::of_agent(&self.ports, event_type, agent));
        }
        usage::append(work, events).await?;
        outbox::emit(&self.ports, work, told).await
    }

    /// Adds an agent to an organization.
    ///
    /// # Errors
    ///
    /// Unknown or deleted organization, unknown agent, member already.
    pub async fn add_member(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: OrganizationId,
        agent_id: AgentId,
        role: Role,
    ) -> Result<Member, OrganizationError> {
        let mut work = self.ports.write(Scope::System).await?;
        let organization = lock(work.as_mut(), id).await?;
        if organization.status == OrganizationStatus::Deleted {
            return Err(OrganizationError::AlreadyDeleted);
        }
        if work.agents().find(agent_id).await?.is_none() {
            return Err(OrganizationError::AgentNotFound);
        }
        let member = self.member(id, agent_id, role);
        work.organizations()
            .add_member(&member)
            .await
            .map_err(|error| match error {
                error if error.is_conflict(Constraint::OrganizationMember) => {
                    OrganizationError::AlreadyMember
                }
                error => error.into(),
            })?;
        let event = self
            .event(caller, origin, id, Action::OrganizationMemberAdded)
            .with(member_metadata(&member));
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        Ok(member)
    }

    async fn end_tokens(
        &self,
        work: &mut dyn UnitOfWork,
        organization: &mut Organization,
    ) -> Result<Change, StoreError> {
        let organization_id = organization.organization_id;
        let clock = self.ports.clock.as_ref();
        let not_before = audit::lock_and_end_tokens(work.audit(), organization_id, clock).await?;
        organization.tokens_not_before = organization.tokens_not_before.max(Some(not_before));
        Ok(Change::OrganizationTokensEnded {
            organization_id,
            not_before,
        })
    }

    pub(super) fn member(
        &self,
        organization_id: OrganizationId,
        agent_id: AgentId,
        role: Role,
    ) -> Member {
        Member {
            member_id: MemberId::new(self.ports.random.uuid()),
            organization_id,
            agent_id,
            role,
            joined_at: self.ports.now(),
        }
    }

    /// An event about an organization, in its own log; the agent of the event
    /// is the caller.
    pub(super) fn event(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: OrganizationId,
        action: Action,
    ) -> NewAuditEvent {
        NewAuditEvent::new(&self.ports, origin, id, action, caller.agent_id)
    }
}

async fn insert(
    work: &mut dyn UnitOfWork,
    organization: &Organization,
) -> Result<(), OrganizationError> {
    match work.organizations().insert(organization).await {
        Err(error) if error.is_conflict(Constraint::OrganizationSlug) => {
            Err(OrganizationError::SlugTaken {
                slug: organization.slug.clone(),
            })
        }
        other => Ok(other?),
    }
}

async fn lock(
    work: &mut dyn UnitOfWork,
    id: OrganizationId,
) -> Result<Organization, OrganizationError> {
    work.organizations()
        .find_for_update(id)
        .await?
        .ok_or(OrganizationError::NotFound)
}

pub(super) fn member_metadata(member: &Member) -> Metadata {
    Metadata::new()
        .text("memberAgentId", member.agent_id.to_string())
        .text("role", member.role.as_str())
}
