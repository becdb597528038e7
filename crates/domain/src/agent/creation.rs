//! What every way to create an agent shares.

use crate::agent::{Agent, AgentError, Grant, Guard, access};
use crate::audit::Metadata;
use crate::caller::{Actor, Principal};
use crate::did::AgentDidKey;
use crate::error::{AccessError, Constraint};
use crate::id::AgentId;
use crate::organization::{AgentSlot, Organization, PlanLimits};
use crate::scope::Scope;
use crate::unit_of_work::UnitOfWork;

/// Adds who acted, unless it was the subject itself.
pub(crate) fn with_actor(metadata: Metadata, actor: Actor, subject: AgentId) -> Metadata {
    match actor.named_beside(subject) {
        Some(actor) => metadata.text("actorAgentId", actor),
        None => metadata,
    }
}

/// Metadata of `agent.created`.
pub(crate) fn created_metadata(actor: Actor, agent: &Agent) -> Metadata {
    let metadata = Metadata::new()
        .text("agentType", agent.agent_type.as_str())
        .text("owner", agent.owner.as_str());
    with_actor(metadata, actor, agent.agent_id)
}

/// Whether whoever asks may register an agent with this grant.
pub(super) async fn require_grantable(
    work: &mut dyn UnitOfWork,
    principal: &Principal,
    grant: Grant,
) -> Result<(), AgentError> {
    let admin_orgs = grant.scopes().contains(Scope::AdminOrgs);
    if admin_orgs && !principal.organization_id().is_system() {
        return Err(AccessError::Denied.into());
    }
    match principal {
        Principal::Agent(caller) => {
            let guard = Guard::SetGrant(grant);
            Ok(access::require_not_escalating(work, caller, None, guard).await??)
        }
        // A workflow has no role; only its scopes count.
        Principal::Workload(workload) if grant.scopes().is_subset(workload.scopes) => Ok(()),
        Principal::Workload(_) => Err(AccessError::Denied.into()),
    }
}

/// Counts the agent against the limit of its organization and inserts it with
/// the key of its identity.
pub(crate) async fn insert_agent(
    work: &mut dyn UnitOfWork,
    organization: &Organization,
    limits: PlanLimits,
    agent: &Agent,
    key: &AgentDidKey,
) -> Result<(), AgentError> {
    let limit = limits.max_agents;
    let slot = work
        .organizations()
        .reserve_agent(organization.organization_id, limit)
        .await?;
    if let AgentSlot::Full { current } = slot {
        return Err(AgentError::LimitReached {
            tier: organization.plan_tier,
            limit: limit.value().unwrap_or(u32::MAX),
            current,
        });
    }
    work.agents().insert(agent).await.map_err(|error| {
        if error.is_conflict(Constraint::AgentEmail) {
            AgentError::AlreadyExists {
                email: agent.email.clone(),
            }
        } else {
            error.into()
        }
    })?;
    Ok(work.did_keys().insert(key).await?)
}
