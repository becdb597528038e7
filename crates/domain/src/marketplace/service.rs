//! Use cases of the marketplace.

use crate::did::{DidDocument, Identities, key_of};
use crate::error::StoreError;
use crate::id::AgentId;
use crate::marketplace::totals::Totals;
use crate::marketplace::{MarketplaceError, MarketplaceQuery, PublicAgent, PublicAgentDetail};
use crate::page::Page;
use crate::ports::Ports;
use crate::turns::Turns;
use crate::unit_of_work::Scope;

/// Searches at the same time at most, per replica: strangers choose the words,
/// and short ones lead through all public agents.
const SEARCHES: usize = 4;

/// Shows public agents to everybody.
#[derive(Clone)]
pub struct MarketplaceService {
    ports: Ports,
    identities: Identities,
    searches: Turns,
    totals: Totals,
}

impl MarketplaceService {
    /// The service over `ports`; documents are named as `identities` names
    /// agents.
    #[must_use]
    pub fn new(ports: Ports, identities: Identities) -> Self {
        Self {
            ports,
            identities,
            searches: Turns::new(SEARCHES),
            totals: Totals::new(),
        }
    }

    /// Public agents that match. The total of matches that fill a page may be
    /// ten seconds old: every agent that matches counts, so a common word takes
    /// far longer to count than to show.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn list(
        &self,
        query: &MarketplaceQuery,
    ) -> Result<Page<PublicAgent>, MarketplaceError> {
        let items = self.search(query).await?;
        let total = match query.page.total_of_last(items.len()) {
            Some(total) => total,
            None => {
                // Whoever waits here keeps neither turn nor connection.
                let place = self.totals.place(query);
                let counted = *place.get_or_try_init(|| self.count(query)).await?;
                // Since then there may be more, and this page shows them.
                counted.max(query.page.seen(items.len()))
            }
        };
        Ok(Page {
            items,
            total,
            request: query.page,
        })
    }

    async fn search(&self, query: &MarketplaceQuery) -> Result<Vec<PublicAgent>, StoreError> {
        let _turn = self.searches.take().await?;
        let mut work = self.ports.read(Scope::System).await?;
        let items = work.marketplace().search(query).await?;
        work.commit().await?;
        Ok(items)
    }

    async fn count(&self, query: &MarketplaceQuery) -> Result<i64, StoreError> {
        let _turn = self.searches.take().await?;
        let mut work = self.ports.read(Scope::System).await?;
        let count = work.marketplace().count(query).await?;
        work.commit().await?;
        Ok(count)
    }

    /// One public agent. An agent from before identifiers existed has no
    /// document; reading it here makes none.
    ///
    /// # Errors
    ///
    /// [`MarketplaceError::NotFound`], also for an agent that is not shown.
    pub async fn get(&self, id: AgentId) -> Result<PublicAgentDetail, MarketplaceError> {
        let mut work = self.ports.read(Scope::System).await?;
        let found = work.marketplace().find(id).await?;
        let agent = found.ok_or(MarketplaceError::NotFound)?;
        let did_document = match &agent.did {
            None => None,
            Some(did) => {
                let jwk = key_of(work.as_mut(), id).await?;
                let document = DidDocument::of_key(self.identities.naming(), did, &jwk);
                Some(document.into_minimal())
            }
        };
        work.commit().await?;
        Ok(PublicAgentDetail {
            agent,
            did_document,
        })
    }
}
