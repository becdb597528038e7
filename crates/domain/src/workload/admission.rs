//! Which policy admits a workflow: matching of claims, without I/O.

use crate::id::{AgentId, OrganizationId};
use crate::wire_enum;
use crate::workload::{ExchangeError, PolicyCandidate, WorkloadIdentity};

wire_enum! {
    /// What an exchange gives.
    Mode {
        /// A token of an existing agent.
        Agent = "agent",
        /// A token that registers an agent.
        Bootstrap = "bootstrap",
    }
}

/// A workflow and the policy that admits it.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The policy with the state of its agent.
    pub candidate: PolicyCandidate,
    /// What it gives.
    pub mode: Mode,
}

/// Chooses the one policy among the `candidates` for the repository of
/// `identity`.
///
/// An exact branch wins over any branch; a bootstrap policy over those of
/// agents, unless the request names an agent. Without a wanted organization,
/// policies of several organizations admit nothing, whatever their branches: a
/// workflow is never served by a policy that another tenant planted beside
/// those of its own.
///
/// # Errors
///
/// The refusals of the exchange that concern policies.
pub fn admit(
    candidates: Vec<PolicyCandidate>,
    identity: &WorkloadIdentity,
    agent: Option<AgentId>,
) -> Result<Admission, ExchangeError> {
    let wanted: Vec<PolicyCandidate> = candidates
        .into_iter()
        .filter(|candidate| agent.is_none() || candidate.policy.agent_id == agent)
        .collect();
    let organization_id = single_organization(&wanted)?;
    let (matching, others): (Vec<_>, Vec<_>) = wanted
        .into_iter()
        .filter(|candidate| is_same_repository(candidate, identity))
        .partition(|candidate| admits_branch(candidate, identity));
    if matching.is_empty() {
        return Err(mismatch(organization_id, &others, identity));
    }
    let (bootstrap, linked): (Vec<_>, Vec<_>) = matching
        .into_iter()
        .partition(|candidate| candidate.policy.agent_id.is_none());
    let (mode, mut best) = if bootstrap.is_empty() {
        (Mode::Agent, best_level(linked))
    } else {
        (Mode::Bootstrap, best_level(bootstrap))
    };
    let candidate = best.pop().ok_or(ExchangeError::NoPolicy)?;
    if best.is_empty() {
        Ok(Admission { candidate, mode })
    } else {
        Err(ExchangeError::AgentRequired { organization_id })
    }
}

/// Whether a policy that was used before was used by this very repository.
fn is_same_repository(candidate: &PolicyCandidate, identity: &WorkloadIdentity) -> bool {
    let policy = &candidate.policy;
    let same = |noted: &Option<String>, claimed: &Option<String>| {
        noted.is_none() || noted.as_deref() == claimed.as_deref()
    };
    policy.repository == identity.repository
        && same(&policy.repository_id, &identity.repository_id)
        && same(&policy.repository_owner_id, &identity.repository_owner_id)
}

fn admits_branch(candidate: &PolicyCandidate, identity: &WorkloadIdentity) -> bool {
    let branch = candidate.policy.branch.as_ref();
    branch.is_none_or(|branch| *branch == identity.branch)
}

/// What the policies of an organization admit instead, if anything.
fn mismatch(
    organization_id: OrganizationId,
    others: &[PolicyCandidate],
    identity: &WorkloadIdentity,
) -> ExchangeError {
    if others.is_empty() {
        return ExchangeError::NoPolicy;
    }
    let mut allowed: Vec<&str> = others
        .iter()
        .filter_map(|candidate| Some(candidate.policy.branch.as_ref()?.as_str()))
        .collect();
    allowed.sort_unstable();
    allowed.dedup();
    ExchangeError::BranchMismatch {
        organization_id,
        allowed: allowed.join(", "),
        provided: identity.branch.as_str().to_owned(),
    }
}

fn single_organization(candidates: &[PolicyCandidate]) -> Result<OrganizationId, ExchangeError> {
    let mut organizations = candidates.iter().map(|c| c.policy.organization_id);
    let first = organizations.next().ok_or(ExchangeError::NoPolicy)?;
    if organizations.all(|organization| organization == first) {
        Ok(first)
    } else {
        Err(ExchangeError::NoPolicy)
    }
}

/// Those that name the branch; all, when none does.
fn best_level(candidates: Vec<PolicyCandidate>) -> Vec<PolicyCandidate> {
    let (exact, any): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|candidate| candidate.policy.branch.is_some());
    if exact.is_empty() { any } else { exact }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
