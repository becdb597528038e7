//! Operator actions on tokens.

use crate::change::Change;
use crate::error::StoreError;
use crate::id::{AgentId, OrganizationId};
use crate::ports::Ports;
use crate::unit_of_work::Scope;

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
        let not_before = self.ports.now().unix_seconds();
        let mut work = self.ports.write(Scope::System).await?;
        if !work.tokens().end_agent_tokens(agent_id, not_before).await? {
            return Ok(false);
        }
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
        let not_before = self.ports.now().unix_seconds();
        let mut work = self.ports.write(Scope::System).await?;
        let tokens = work.tokens();
        if !tokens
            .end_organization_tokens(organization_id, not_before)
            .await?
        {
            return Ok(false);
        }
        let change = Change::OrganizationTokensEnded {
            organization_id,
            not_before,
        };
        self.ports.changes.commit(work, &[change]).await?;
        Ok(true)
    }
}
