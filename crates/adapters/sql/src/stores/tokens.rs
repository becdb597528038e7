//! Revocations and not-before markers.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{AgentId, OrganizationId, TokenId};
use agentidp_domain::time::Month;
use agentidp_domain::token::{NotBefore, RevocationRow, RevocationState, TokenStore};
use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, SelectableHelper,
};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected};
use crate::rows::RevocationDbRow;
use crate::schema::{agents, organizations, token_monthly_counts, token_revocations};
use crate::types::DbId;

/// Raises the marker of a row; whether there is such a row.
macro_rules! raise_marker {
    ($work:expr, $table:ident, $id:expr, $not_before:expr) => {{
        let behind = $table::table.find($id).filter(
            $table::tokens_not_before
                .is_null()
                .or($table::tokens_not_before.lt($not_before)),
        );
        let raised = diesel::update(behind)
            .set($table::tokens_not_before.eq($not_before))
            .run($work)
            .await?;
        if raised > 0 {
            return Ok(true);
        }
        diesel::select(exists($table::table.find($id)))
            .value($work)
            .await
    }};
}

#[async_trait]
impl TokenStore for SqlUnitOfWork {
    async fn revocation_state(
        &mut self,
        token: TokenId,
        agent: Option<AgentId>,
        organization: OrganizationId,
    ) -> Result<RevocationState, StoreError> {
        let revoked = exists(token_revocations::table.find(DbId::from(token)));
        // No row equals an absent agent.
        let agent_marker = agents::table
            .filter(agents::agent_id.nullable().eq(agent.map(DbId::from)))
            .select(agents::tokens_not_before)
            .single_value();
        let organization_marker = organizations::table
            .find(DbId::from(organization))
            .select(organizations::tokens_not_before)
            .single_value();
        let (revoked, agent_not_before, organization_not_before) =
            diesel::select((revoked, agent_marker, organization_marker))
                .value(self)
                .await?;
        Ok(RevocationState {
            revoked,
            agent_not_before,
            organization_not_before,
        })
    }

    async fn live_revocations(&mut self, now: i64) -> Result<Vec<RevocationRow>, StoreError> {
        let rows: Vec<RevocationDbRow> = token_revocations::table
            .filter(token_revocations::expires_at.gt(now))
            .select(RevocationDbRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter().map(RevocationRow::try_from).collect()
    }

    async fn not_before_markers(&mut self, after: i64) -> Result<Vec<NotBefore>, StoreError> {
        let of_agents: Vec<(DbId, Option<i64>)> = agents::table
            .filter(agents::tokens_not_before.gt(after))
            .select((agents::agent_id, agents::tokens_not_before))
            .rows(self)
            .await?;
        let of_organizations: Vec<(DbId, Option<i64>)> = organizations::table
            .filter(organizations::tokens_not_before.gt(after))
            .select((
                organizations::organization_id,
                organizations::tokens_not_before,
            ))
            .rows(self)
            .await?;
        let of_agents = of_agents
            .into_iter()
            .filter_map(|(id, marker)| Some(NotBefore::Agent(id.into(), marker?)));
        let of_organizations = of_organizations
            .into_iter()
            .filter_map(|(id, marker)| Some(NotBefore::Organization(id.into(), marker?)));
        Ok(of_agents.chain(of_organizations).collect())
    }

    async fn end_agent_tokens(
        &mut self,
        agent: AgentId,
        not_before: i64,
    ) -> Result<bool, StoreError> {
        raise_marker!(self, agents, DbId::from(agent), not_before)
    }

    async fn end_organization_tokens(
        &mut self,
        organization: OrganizationId,
        not_before: i64,
    ) -> Result<bool, StoreError> {
        raise_marker!(self, organizations, DbId::from(organization), not_before)
    }

    async fn prune_revocations(&mut self, now: i64, limit: i64) -> Result<u64, StoreError> {
        // Found first: one statement for both would be planned for any limit,
        // with a look at every row of the table.
        let expired: Vec<DbId> = token_revocations::table
            .filter(token_revocations::expires_at.lt(now))
            .order(token_revocations::expires_at)
            .limit(limit)
            .select(token_revocations::jti)
            .rows(self)
            .await?;
        diesel::delete(token_revocations::table.filter(token_revocations::jti.eq_any(expired)))
            .run(self)
            .await
            .map(affected)
    }

    async fn issued_in(
        &mut self,
        organization: OrganizationId,
        month: Month,
    ) -> Result<i64, StoreError> {
        let issued: Option<i64> = token_monthly_counts::table
            .find((DbId::from(organization), month.to_string()))
            .select(token_monthly_counts::count)
            .row(self)
            .await?;
        Ok(issued.unwrap_or(0))
    }
}
