//! The port to stored trust policies.

use async_trait::async_trait;

use crate::agent::{AgentStatus, Grant};
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId, TrustPolicyId};
use crate::organization::PlanTier;
use crate::time::Timestamp;
use crate::workload::{Provider, Repository, TrustPolicy};

/// A policy that names a repository, with what decides whether it can be
/// used. Its organization is active.
#[derive(Clone, Debug)]
pub struct PolicyCandidate {
    /// The policy.
    pub policy: TrustPolicy,
    /// Plan of its organization.
    pub plan_tier: PlanTier,
    /// State and grant of its agent, if it has one.
    pub agent: Option<(AgentStatus, Grant)>,
    /// Latest not-before marker of agent and organization, Unix seconds.
    pub not_before: Option<i64>,
}

/// Stored trust policies.
#[async_trait]
pub trait TrustPolicyStore: Send {
    /// Adds a policy.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::TrustPolicy`] when the
    /// organization has one with the same provider, repository, branch and
    /// agent, absent values counted as equal.
    ///
    /// [`Constraint::TrustPolicy`]: crate::error::Constraint::TrustPolicy
    async fn insert(&mut self, policy: &TrustPolicy) -> Result<(), StoreError>;

    /// Policies of an organization, newest first, equal times by id
    /// descending; only those of `agent`, if given.
    async fn list(
        &mut self,
        organization: OrganizationId,
        agent: Option<AgentId>,
    ) -> Result<Vec<TrustPolicy>, StoreError>;

    /// Removes a policy of an organization and returns it.
    async fn delete(
        &mut self,
        organization: OrganizationId,
        id: TrustPolicyId,
    ) -> Result<Option<TrustPolicy>, StoreError>;

    /// At most `limit` policies of active organizations for a repository, in
    /// id order; only those of `organization`, if given.
    async fn candidates(
        &mut self,
        provider: Provider,
        repository: &Repository,
        organization: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<PolicyCandidate>, StoreError>;

    /// Notes the immutable ids of the repository, as far as none are noted
    /// yet, and returns the ids that stand in the row afterwards; `None` when
    /// there is no such policy.
    async fn pin(
        &mut self,
        id: TrustPolicyId,
        repository_id: Option<&str>,
        repository_owner_id: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<(Option<String>, Option<String>)>, StoreError>;
}
