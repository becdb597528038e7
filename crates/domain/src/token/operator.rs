//! Operator actions on tokens.

use crate::audit;
use crate::change::Change;
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::ports::Ports;
use crate::unit_of_work::{Scope, UnitOfWork};

/// Ends outstanding tokens; new ones can still be obtained.
#[derive(Clone)]
pub struct TokenOperator {
    ports: Ports,
}

impl TokenOperator {
    /// Acts through `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Ends all tokens of an agent; `false` when there is no such agent.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn end_agent_tokens(&self, agent_id: AgentId) -> Result<bool, StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        let Some(agent) = work.agents().find(agent_id).await? else {
            return Ok(false);
        };
        let not_before = self.end_now(work.as_mut(), agent.organization_id).await?;
        work.tokens().end_agent_tokens(agent_id, not_before).await?;
        let change = Change::AgentTokensEnded {
            agent_id,
            not_before,
        };
        self.ports.changes.commit(work, &[change]).await?;
        Ok(true)
    }

    /// Ends all tokens of an organization; `false` when there is no such
    /// organization.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn end_organization_tokens(
        &self,
        organization_id: OrganizationId,
    ) -> Result<bool, StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        if work.organizations().find(organization_id).await?.is_none() {
            return Ok(false);
        }
        let not_before = self.end_now(work.as_mut(), organization_id).await?;
        work.tokens()
            .end_organization_tokens(organization_id, not_before)
            .await?;
        let change = Change::OrganizationTokensEnded {
            organization_id,
            not_before,
        };
        self.ports.changes.commit(work, &[change]).await?;
        Ok(true)
    }

    async fn end_now(
        &self,
        work: &mut dyn UnitOfWork,
        log: OrganizationId,
    ) -> Result<i64, StoreError> {
        audit::lock_and_end_tokens(work.audit(), log, self.ports.clock.as_ref()).await
    }
}
