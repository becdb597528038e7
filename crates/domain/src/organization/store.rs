//! The port to stored organizations.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::organization::{Limit, Member, Organization, OrganizationStatus, Role};
use crate::page::{Page, PageRequest};

/// Outcome of asking for room for one more agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentSlot {
    /// Counted; the agent may be inserted in the same transaction.
    Reserved,
    /// The organization is at its limit.
    Full {
        /// Agents it has.
        current: i64,
    },
}

/// Stored organizations and members.
#[async_trait]
pub trait OrganizationStore: Send {
    /// Adds an organization.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::OrganizationSlug`] when the
    /// slug is taken.
    ///
    /// [`Constraint::OrganizationSlug`]: crate::error::Constraint::OrganizationSlug
    async fn insert(&mut self, organization: &Organization) -> Result<(), StoreError>;

    /// The organization with this id.
    async fn find(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// The organization with this id, locked until the end of the
    /// transaction.
    async fn find_for_update(
        &mut self,
        id: OrganizationId,
    ) -> Result<Option<Organization>, StoreError>;

    /// Organizations, newest first, equal times by id descending.
    async fn list(
        &mut self,
        status: Option<OrganizationStatus>,
        page: PageRequest,
    ) -> Result<Page<Organization>, StoreError>;

    /// Writes all mutable fields; a new tier also into its history.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such row.
    async fn update(&mut self, organization: &Organization) -> Result<(), StoreError>;

    /// Counts one more live agent if `limit` leaves room, by one conditional
    /// statement, so that the limit is exact under concurrency.
    async fn reserve_agent(
        &mut self,
        organization: OrganizationId,
        limit: Limit,
    ) -> Result<AgentSlot, StoreError>;

    /// Agents that are not decommissioned, as they count against the limit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when there is no such organization.
    async fn live_agents(&mut self, organization: OrganizationId) -> Result<i64, StoreError>;

    /// Counts one live agent less.
    async fn release_agent(&mut self, organization: OrganizationId) -> Result<(), StoreError>;

    /// Adds a member.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] on [`Constraint::OrganizationMember`] when the
    /// agent is a member already.
    ///
    /// [`Constraint::OrganizationMember`]: crate::error::Constraint::OrganizationMember
    async fn add_member(&mut self, member: &Member) -> Result<(), StoreError>;

    /// Role of an agent in an organization.
    async fn role(
        &mut self,
        organization: OrganizationId,
        agent: AgentId,
    ) -> Result<Option<Role>, StoreError>;

    /// Ids of all organizations that have an audit log, in order, after
    /// `after`, at most `limit`.
    async fn ids_after(
        &mut self,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError>;
}
