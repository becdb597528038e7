//! Use cases on trust policies.

use crate::agent::{Agent, AgentStatus, Guard, require_not_escalating};
use crate::audit::{self, Action, Metadata, NewAuditEvent};
use crate::caller::{Caller, Origin};
use crate::error::{AccessError, Constraint};
use crate::id::{AgentId, TrustPolicyId};
use crate::organization::Role;
use crate::ports::Ports;
use crate::scope::Scope as TokenScope;
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::workload::{NewTrustPolicy, TrustPolicy, TrustPolicyError};

/// Creates, lists and deletes the trust policies of the caller's organization.
#[derive(Clone)]
pub struct TrustPolicyService {
    ports: Ports,
}

impl TrustPolicyService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Creates a policy. One with an agent needs what giving that agent its
    /// present grant needs, also for the caller itself; a bootstrap policy needs
    /// role `admin` or the scope `admin:orgs`.
    ///
    /// # Errors
    ///
    /// Unknown or inactive agent, missing role, the non-escalation rule, a
    /// policy that exists.
    pub async fn create(
        &self,
        caller: &Caller,
        origin: &Origin,
        new: NewTrustPolicy,
    ) -> Result<TrustPolicy, TrustPolicyError> {
        let scope = Scope::Organization(caller.organization_id);
        let mut work = self.ports.write(scope).await?;
        match new.agent_id {
            Some(id) => {
                // Locked, so that it cannot be suspended meanwhile.
                let agent = lock_owned(work.as_mut(), caller, id).await?;
                let guard = Guard::SetGrant(agent.grant);
                require_not_escalating(work.as_mut(), caller, Some(&agent), guard).await??;
                if agent.status != AgentStatus::Active {
                    return Err(TrustPolicyError::AgentNotActive);
                }
            }
            None => require_administrator(work.as_mut(), caller).await?,
        }
        let policy = self.policy(caller, new.clone());
        match work.trust_policies().insert(&policy).await {
            Err(error) if error.is_conflict(Constraint::TrustPolicy) => {
                return Err(TrustPolicyError::Conflict(Box::new(new)));
            }
            other => other?,
        }
        let event = self.event(caller, origin, Action::TrustPolicyCreated, &policy);
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        Ok(policy)
    }

    /// Policies of the caller's organization, newest first.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(
        &self,
        caller: &Caller,
        agent: Option<AgentId>,
    ) -> Result<Vec<TrustPolicy>, TrustPolicyError> {
        let organization = caller.organization_id;
        let mut work = self.ports.read(Scope::Organization(organization)).await?;
        let policies = work.trust_policies().list(organization, agent).await?;
        work.commit().await?;
        Ok(policies)
    }

    /// Deletes a policy for good. Tokens that it led to stay valid until they
    /// expire.
    ///
    /// # Errors
    ///
    /// [`TrustPolicyError::NotFound`], also for a foreign policy.
    pub async fn delete(
        &self,
        caller: &Caller,
        origin: &Origin,
        id: TrustPolicyId,
    ) -> Result<(), TrustPolicyError> {
        let organization = caller.organization_id;
        let mut work = self.ports.write(Scope::Organization(organization)).await?;
        let policy = work.trust_policies().delete(organization, id).await?;
        let policy = policy.ok_or(TrustPolicyError::NotFound)?;
        let event = self.event(caller, origin, Action::TrustPolicyDeleted, &policy);
        audit::append(work.audit(), vec![event]).await?;
        work.commit().await?;
        Ok(())
    }

    fn policy(&self, caller: &Caller, new: NewTrustPolicy) -> TrustPolicy {
        let now = self.ports.now();
        TrustPolicy {
            policy_id: TrustPolicyId::new(self.ports.random.uuid()),
            organization_id: caller.organization_id,
            provider: new.provider,
            repository: new.repository,
            branch: new.branch,
            agent_id: new.agent_id,
            repository_id: None,
            repository_owner_id: None,
            created_at: now,
            updated_at: now,
        }
    }

    fn event(
        &self,
        caller: &Caller,
        origin: &Origin,
        action: Action,
        policy: &TrustPolicy,
    ) -> NewAuditEvent {
        let branch = policy.branch.as_ref().map(|b| b.as_str().to_owned());
        let metadata = Metadata::new()
            .text("policyId", policy.policy_id.to_string())
            .text("provider", policy.provider.as_str())
            .text("repository", policy.repository.as_str())
            .optional("branch", branch);
        let log = policy.organization_id;
        NewAuditEvent::new(&self.ports, origin, log, action, caller.agent_id).with(metadata)
    }
}

/// The agent of the caller's organization with this id, locked; a foreign one
/// is unknown.
async fn lock_owned(
    work: &mut dyn UnitOfWork,
    caller: &Caller,
    id: AgentId,
) -> Result<Agent, TrustPolicyError> {
    work.agents()
        .find_for_update(id)
        .await?
        .filter(|agent| agent.organization_id == caller.organization_id)
        .ok_or(TrustPolicyError::AgentNotFound)
}

async fn require_administrator(
    work: &mut dyn UnitOfWork,
    caller: &Caller,
) -> Result<(), TrustPolicyError> {
    if caller.scopes.contains(TokenScope::AdminOrgs) {
        return Ok(());
    }
    let role = work
        .organizations()
        .role(caller.organization_id, caller.agent_id)
        .await?;
    if role == Some(Role::Admin) {
        return Ok(());
    }
    let required = vec![TokenScope::AdminOrgs];
    Err(AccessError::MissingScope { required }.into())
}
