//! What happens in an organization, event by event.
//!
//! The events of agent `n` begin at position `n * every`: one step on it is
//! registered, then it gets its credential, then its state changes. All other
//! positions are everyday work of agents that exist by then.

use agentidp_domain::agent::AgentStatus;
use agentidp_domain::audit::{Action, EventSubject, Metadata, Outcome as End};
use agentidp_domain::time::Timestamp;

use crate::Outcome;
use crate::agents::{Sketch, agent, expiry};
use crate::plan::{Plan, Tenant};
use crate::random::{Purpose, Seeded};

/// Clients that are at work in the same hour; they come back, as clients do.
const AT_WORK: u64 = 32;
const HOUR_MILLIS: i64 = 3_600_000;

/// An event without its place in the log.
pub struct Happening {
    /// What happened.
    pub action: Action,
    /// How it ended.
    pub outcome: End,
    /// To whom.
    pub subject: EventSubject,
    /// Further facts.
    pub metadata: Metadata,
}

impl Happening {
    fn new(action: Action, subject: impl Into<EventSubject>, metadata: Metadata) -> Self {
        Self {
            action,
            outcome: End::Success,
            subject: subject.into(),
            metadata,
        }
    }
}

/// What happened at `position` of a log, at `time`.
///
/// # Errors
///
/// Does not happen: every value is valid.
pub fn happening(
    plan: &Plan,
    tenant: &Tenant,
    position: u64,
    time: Timestamp,
    draw: &Seeded,
) -> Outcome<Happening> {
    let every = tenant.every();
    let number = position.checked_div(every).unwrap_or(0);
    let step = position.checked_rem(every).unwrap_or(0);
    if position == 0 {
        let metadata = Metadata::new()
            .text("slug", tenant.slug())
            .text("planTier", tenant.tier().as_str());
        let action = Action::OrganizationCreated;
        return Ok(Happening::new(action, EventSubject::NONE, metadata));
    }
    if number < tenant.agents
        && let Some(beginning) = beginning(plan, tenant, number, step)?
    {
        return Ok(beginning);
    }
    let known = (number + u64::from(step > 1)).min(tenant.agents);
    Ok(work(&at_work(plan, tenant, known, time, draw), time, draw))
}

/// What belongs to the beginning of an agent.
fn beginning(plan: &Plan, tenant: &Tenant, number: u64, step: u64) -> Outcome<Option<Happening>> {
    let sketch = Sketch::new(plan, tenant, number);
    let first = Sketch::new(plan, tenant, 0).id.to_string();
    Ok(match (step, sketch.credential, sketch.status) {
        (1, _, _) => {
            let agent = agent(plan, tenant, &sketch)?;
            let metadata = Metadata::new()
                .text("agentType", agent.agent_type.as_str())
                .text("owner", agent.owner.as_str())
                .text("actorAgentId", first);
            Some(Happening::new(Action::AgentCreated, sketch.id, metadata))
        }
        (2, Some(credential), _) => {
            let expiry = expiry(plan, tenant, number)?.map(|time| time.to_string());
            let metadata = Metadata::new()
                .text("credentialId", credential.to_string())
                .optional("expiresAt", expiry)
                .text("actorAgentId", first);
            Some(Happening::new(
                Action::CredentialGenerated,
                sketch.id,
                metadata,
            ))
        }
        (3, _, AgentStatus::Suspended) => {
            let metadata = Metadata::new()
                .list("updatedFields", &["status"])
                .text("actorAgentId", first);
            Some(Happening::new(Action::AgentSuspended, sketch.id, metadata))
        }
        (3, _, AgentStatus::Decommissioned) => {
            let metadata = Metadata::new().text("actorAgentId", first);
            Some(Happening::new(
                Action::AgentDecommissioned,
                sketch.id,
                metadata,
            ))
        }
        _ => None,
    })
}

/// A client among the first `known` agents; the administrator where chance
/// chose an agent that obtains no tokens.
fn at_work(plan: &Plan, tenant: &Tenant, known: u64, time: Timestamp, draw: &Seeded) -> Sketch {
    let hour = time.unix_millis().div_euclid(HOUR_MILLIS).unsigned_abs();
    let place = hour * AT_WORK + draw.below(AT_WORK);
    let hour = Seeded::new(plan.seed, Purpose::Hour, tenant.number, place);
    // Older agents work more.
    let number = hour.below(known).min(hour.below(known));
    // Every other agent has a credential.
    let chosen = Sketch::new(plan, tenant, number - number % 2);
    if chosen.is_client() {
        chosen
    } else {
        Sketch::new(plan, tenant, 0)
    }
}

fn work(client: &Sketch, time: Timestamp, draw: &Seeded) -> Happening {
    let hour = std::time::Duration::from_secs(3600);
    match draw.below(100) {
        0..70 => {
            let metadata = Metadata::new()
                .text("scope", "agents:read")
                .text("expiresAt", time.plus(hour).to_string());
            Happening::new(Action::TokenIssued, client.id, metadata)
        }
        70..85 => {
            let metadata = Metadata::new().flag("active", draw.below(20) > 0);
            Happening::new(Action::TokenIntrospected, client.id, metadata)
        }
        85..93 => {
            let metadata = Metadata::new()
                .text("reason", "invalid_secret")
                .text("clientId", client.id.to_string());
            Happening {
                outcome: End::Failure,
                ..Happening::new(Action::AuthFailed, client.id, metadata)
            }
        }
        _ => {
            let metadata = Metadata::new().list("updatedFields", &["version", "capabilities"]);
            Happening::new(Action::AgentUpdated, client.id, metadata)
        }
    }
}
