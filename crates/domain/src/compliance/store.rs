//! The port to what reports and checks read, and to shared results.

use async_trait::async_trait;

use crate::agent::Agent;
use crate::compliance::{Control, ControlState};
use crate::error::StoreError;
use crate::id::{AgentId, CredentialId, OrganizationId};
use crate::time::Timestamp;

/// Agents of an organization that are not decommissioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentCounts {
    /// All of them.
    pub total: i64,
    /// Those without an identifier.
    pub without_did: i64,
}

/// A span of time in which credentials end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiryRange {
    /// They end later than this, if set.
    pub after: Option<Timestamp>,
    /// They end at this time at the latest.
    pub until: Timestamp,
}

/// An active credential with an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndingCredential {
    /// Its agent.
    pub agent_id: AgentId,
    /// Its id.
    pub credential_id: CredentialId,
    /// Its end.
    pub expires_at: Timestamp,
}

/// Counts and finds what reports and checks are about. What is said of an
/// organization concerns its agents that are not decommissioned.
#[async_trait]
pub trait ComplianceStore: Send {
    /// Numbers of agents of an organization.
    async fn count_agents(
        &mut self,
        organization: OrganizationId,
    ) -> Result<AgentCounts, StoreError>;

    /// Active agents of an organization without an identifier, in id order, at
    /// most `limit`.
    async fn agents_without_did(
        &mut self,
        organization: OrganizationId,
        limit: i64,
    ) -> Result<Vec<AgentId>, StoreError>;

    /// Active agents of an organization with an identifier, in id order, after
    /// an id, at most `limit`.
    async fn agents_with_did(
        &mut self,
        organization: OrganizationId,
        after: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<Agent>, StoreError>;

    /// Number of active credentials of an organization that end in a span of
    /// time.
    async fn count_ending(
        &mut self,
        organization: OrganizationId,
        range: ExpiryRange,
    ) -> Result<i64, StoreError>;

    /// The same credentials, the earliest end first, equal ends by id; at most
    /// `limit`.
    async fn ending(
        &mut self,
        organization: OrganizationId,
        range: ExpiryRange,
        limit: i64,
    ) -> Result<Vec<EndingCredential>, StoreError>;

    /// Over all organizations, agents with active credentials that end in a
    /// span of time, and the number of these; in id order, after an id, at
    /// most `limit` agents.
    async fn ending_by_agent(
        &mut self,
        range: ExpiryRange,
        after: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<(AgentId, u64)>, StoreError>;

    /// Whether any active credential of an active agent has ended at `now`,
    /// over all organizations.
    async fn is_any_overdue(&mut self, now: Timestamp) -> Result<bool, StoreError>;

    /// Number of webhook deliveries that became dead letters after `since`,
    /// over all organizations, counted up to `limit`.
    async fn dead_letters_since(&mut self, since: Timestamp, limit: i64)
    -> Result<i64, StoreError>;

    /// Keeps the result of a check for all replicas.
    async fn set_status(&mut self, control: Control, state: ControlState)
    -> Result<(), StoreError>;

    /// The results that are kept for these controls.
    async fn statuses(
        &mut self,
        controls: &[Control],
    ) -> Result<Vec<(Control, ControlState)>, StoreError>;
}
