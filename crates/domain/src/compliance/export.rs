//! The export of agent cards, a page at a time.

use crate::did::{AgentCard, Identities};
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::turns::Turns;
use crate::unit_of_work::Scope;

/// Agents read at once.
const PAGE: i64 = 500;

/// Cards of the active agents of an organization that have an identifier, by
/// agent id. All of them were made at the same time.
///
/// A page takes a turn and a transaction of its own: between two pages, while
/// somebody receives the first slowly, the export keeps nothing but that page.
/// So an agent that changes meanwhile may be in it as before or as after.
pub struct CardExport {
    ports: Ports,
    identities: Identities,
    turns: Turns,
    organization: OrganizationId,
    now: Timestamp,
    /// The last agent that was read.
    after: Option<AgentId>,
    /// No agent is left to read.
    done: bool,
    /// The first page, until somebody takes it.
    first: Option<Vec<AgentCard>>,
}

impl CardExport {
    /// Begins an export: whether the store answers is known then.
    pub(super) async fn begin(
        ports: Ports,
        identities: Identities,
        turns: Turns,
        organization: OrganizationId,
    ) -> Result<Self, StoreError> {
        let mut export = Self {
            now: ports.now(),
            ports,
            identities,
            turns,
            organization,
            after: None,
            done: false,
            first: None,
        };
        export.first = Some(export.read().await?);
        Ok(export)
    }

    /// The next cards; `None` at the end.
    ///
    /// # Errors
    ///
    /// A failing store; the export is incomplete then.
    pub async fn next_page(&mut self) -> Result<Option<Vec<AgentCard>>, StoreError> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None if self.done => Ok(None),
            None => self.read().await.map(Some),
        }
    }

    async fn read(&mut self) -> Result<Vec<AgentCard>, StoreError> {
        let _turn = self.turns.take().await?;
        let scope = Scope::Organization(self.organization);
        let mut work = self.ports.read(scope).await?;
        let page = work
            .compliance()
            .agents_with_did(self.organization, self.after, PAGE)
            .await?;
        work.commit().await?;
        self.done = i64::try_from(page.len()).is_ok_and(|read| read < PAGE);
        if let Some(last) = page.last() {
            self.after = Some(last.agent_id);
        }
        let naming = self.identities.naming();
        let cards = page.iter().filter_map(|agent| {
            let did = agent.did.as_deref()?;
            Some(AgentCard::new(naming, agent, did, self.now))
        });
        Ok(cards.collect())
    }
}
