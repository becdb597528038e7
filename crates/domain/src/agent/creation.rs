//! What every way to create an agent shares.

use crate::agent::{Agent, AgentError};
use crate::audit::Metadata;
use crate::caller::Actor;
use crate::did::AgentDidKey;
use crate::error::Constraint;
use crate::id::AgentId;
use crate::organization::{AgentSlot, Organization, PlanLimits};
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
