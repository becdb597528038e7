//! The port to stored agents.

use async_trait::async_trait;

use crate::agent::{Agent, AgentFilter};
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::page::{Page, PageRequest};
use crate::time::Timestamp;

/// Stored agents.
#[async_trait]
pub trait AgentStore: Send {
    /// Adds an agent.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::AgentEmail`] when the address
    /// is taken, compared without regard to case.
    ///
    /// [`Constraint::AgentEmail`]: crate::error::Constraint::AgentEmail
    async fn insert(&mut self, agent: &Agent) -> Result<(), StoreError>;

    /// The agent with this id.
    async fn find(&mut self, id: AgentId) -> Result<Option<Agent>, StoreError>;

    /// The agent with this id, locked until the end of the transaction.
    async fn find_for_update(&mut self, id: AgentId) -> Result<Option<Agent>, StoreError>;

    /// The agent with this address, without regard to case.
    async fn find_by_email(&mut self, email: &str) -> Result<Option<Agent>, StoreError>;

    /// Agents of an organization, newest first, equal times by id descending.
    async fn list(
        &mut self,
        organization: OrganizationId,
        filter: &AgentFilter,
        page: PageRequest,
    ) -> Result<Page<Agent>, StoreError>;

    /// Writes all mutable fields, `status`, `tokens_not_before` and
    /// `updated_at` included.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such row.
    async fn update(&mut self, agent: &Agent) -> Result<(), StoreError>;

    /// Writes `did` and `did_created_at`, which no update touches.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such row.
    async fn set_identity(&mut self, agent: &Agent) -> Result<(), StoreError>;

    /// Suspends at most `limit` active agents of an organization, newest first;
    /// returns them, in id order. Whoever suspends all asks until there are
    /// none: fewer than `limit` need not be the last ones.
    async fn suspend_active(
        &mut self,
        organization: OrganizationId,
        at: Timestamp,
        limit: i64,
    ) -> Result<Vec<Agent>, StoreError>;

    /// Number of agents with status `active` over all organizations, whatever
    /// the scope. The store keeps it per organization and counts no agents.
    async fn count_active(&mut self) -> Result<i64, StoreError>;
}
