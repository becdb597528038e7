//! The port to stored public agents.

use async_trait::async_trait;

use crate::error::StoreError;
use crate::id::AgentId;
use crate::marketplace::{MarketplaceQuery, PublicAgent};

/// Public agents of all organizations: those with `is_public` and status
/// `active` whose organization is `active`. There are no others here.
#[async_trait]
pub trait MarketplaceStore: Send {
    /// The agents of one page that match, the last published first, equal
    /// times by id.
    async fn search(&mut self, query: &MarketplaceQuery) -> Result<Vec<PublicAgent>, StoreError>;

    /// Number of agents that match, over all pages.
    async fn count(&mut self, query: &MarketplaceQuery) -> Result<i64, StoreError>;

    /// The agent with this id, if it is shown.
    async fn find(&mut self, id: AgentId) -> Result<Option<PublicAgent>, StoreError>;
}
