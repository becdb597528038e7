//! Agents.

use agentidp_domain::agent::{Agent, AgentFilter, AgentStatus, AgentStore};
use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::marketplace::search_text;
use agentidp_domain::page::{Page, PageRequest};
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork};
use crate::error::{require_inserted, require_met};
use crate::rows::AgentRow;
use crate::schema::agents::{self, dsl};
use crate::schema::organizations;
use crate::types::{DbId, Micros};

fn matching(organization: OrganizationId, filter: &AgentFilter) -> agents::BoxedQuery<'_, Backend> {
    let mut query = agents::table
        .filter(dsl::organization_id.eq(DbId::from(organization)))
        .into_boxed();
    if let Some(owner) = &filter.owner {
        query = query.filter(dsl::owner.eq(owner));
    }
    if let Some(agent_type) = filter.agent_type {
        query = query.filter(dsl::agent_type.eq(agent_type.as_str()));
    }
    if let Some(status) = filter.status {
        query = query.filter(dsl::status.eq(status.as_str()));
    }
    query
}

/// Number of agents that match. By state alone the database keeps it in the
/// record of the organization; everything else is counted in an index.
async fn total(
    work: &mut SqlUnitOfWork,
    organization: OrganizationId,
    filter: &AgentFilter,
) -> Result<i64, StoreError> {
    if filter.owner.is_some() || filter.agent_type.is_some() {
        return matching(organization, filter).count().value(work).await;
    }
    let kept: Option<(i64, i64, i64)> = organizations::table
        .find(DbId::from(organization))
        .select((
            organizations::active_agents,
            organizations::suspended_agents,
            organizations::decommissioned_agents,
        ))
        .row(work)
        .await?;
    let (active, suspended, decommissioned) = kept.unwrap_or_default();
    Ok(match filter.status {
        None => active + suspended + decommissioned,
        Some(AgentStatus::Active) => active,
        Some(AgentStatus::Suspended) => suspended,
        Some(AgentStatus::Decommissioned) => decommissioned,
    })
}

#[async_trait]
impl AgentStore for SqlUnitOfWork {
    async fn insert(&mut self, agent: &Agent) -> Result<(), StoreError> {
        let row = AgentRow::from(agent);
        let inserted = diesel::insert_into(agents::table)
            .values((&row, dsl::search_text.eq(search_text(agent))))
            .on_conflict(dsl::email_folded)
            .do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::AgentEmail)
    }

    async fn find(&mut self, id: AgentId) -> Result<Option<Agent>, StoreError> {
        agents::table
            .find(DbId::from(id))
            .select(AgentRow::as_select())
            .row(self)
            .await?
            .map(Agent::try_from)
            .transpose()
    }

    async fn find_for_update(&mut self, id: AgentId) -> Result<Option<Agent>, StoreError> {
        let query = agents::table
            .find(DbId::from(id))
            .select(AgentRow::as_select());
        for_update!(query)
            .row(self)
            .await?
            .map(Agent::try_from)
            .transpose()
    }

    async fn find_by_email(&mut self, email: &str) -> Result<Option<Agent>, StoreError> {
        agents::table
            .filter(dsl::email_folded.eq(email.to_lowercase()))
            .select(AgentRow::as_select())
            .row(self)
            .await?
            .map(Agent::try_from)
            .transpose()
    }

    async fn list(
        &mut self,
        organization: OrganizationId,
        filter: &AgentFilter,
        page: PageRequest,
    ) -> Result<Page<Agent>, StoreError> {
        let total = total(self, organization, filter).await?;
        // The ids first, from an index alone, and from its nearer end: a page far
        // behind would read every row before it else.
        let ids = matching(organization, filter).select(dsl::agent_id);
        let ids = match page.from_end(total) {
            Some((behind, entries)) => ids
                .order((dsl::created_at.asc(), dsl::agent_id.asc()))
                .limit(entries)
                .offset(behind),
            None => ids
                .order((dsl::created_at.desc(), dsl::agent_id.desc()))
                .limit(i64::from(page.limit()))
                .offset(page.offset()),
        };
        let ids: Vec<DbId> = ids.rows(self).await?;
        let rows: Vec<AgentRow> = agents::table
            .filter(dsl::agent_id.eq_any(ids))
            .select(AgentRow::as_select())
            .order((dsl::created_at.desc(), dsl::agent_id.desc()))
            .rows(self)
            .await?;
        let items = rows
            .into_iter()
            .map(Agent::try_from)
            .collect::<Result<_, _>>()?;
        Ok(Page {
            items,
            total,
            request: page,
        })
    }

    async fn update(&mut self, agent: &Agent) -> Result<(), StoreError> {
        let row = AgentRow::from(agent);
        let updated = diesel::update(agents::table.find(row.agent_id))
            .set((
                dsl::agent_type.eq(row.agent_type),
                dsl::version.eq(row.version),
                dsl::capabilities.eq(row.capabilities),
                dsl::owner.eq(row.owner),
                dsl::deployment_env.eq(row.deployment_env),
                dsl::status.eq(row.status),
                dsl::allowed_scopes.eq(row.allowed_scopes),
                dsl::is_public.eq(row.is_public),
                dsl::published_at.eq(row.published_at),
                dsl::tokens_not_before.eq(row.tokens_not_before),
                dsl::updated_at.eq(row.updated_at),
                dsl::search_text.eq(search_text(agent)),
            ))
            .run(self)
            .await?;
        require_met(updated)
    }

    async fn set_identity(&mut self, agent: &Agent) -> Result<(), StoreError> {
        let updated = diesel::update(agents::table.find(DbId::from(agent.agent_id)))
            .set((
                dsl::did.eq(agent.did.as_deref()),
                dsl::did_created_at.eq(agent.did_created_at.map(Micros::from)),
            ))
            .run(self)
            .await?;
        require_met(updated)
    }

    async fn suspend_active(
        &mut self,
        organization: OrganizationId,
        at: Timestamp,
        limit: i64,
    ) -> Result<Vec<Agent>, StoreError> {
        // In the order of an index. Locked: who changed one of them meanwhile
        // is waited for, and the agent left out if it is not active any more.
        let query = agents::table
            .filter(dsl::organization_id.eq(DbId::from(organization)))
            .filter(dsl::status.eq(AgentStatus::Active.as_str()))
            .order((dsl::created_at.desc(), dsl::agent_id.desc()))
            .limit(limit)
            .select(dsl::agent_id);
        let active: Vec<DbId> = for_update!(query).rows(self).await?;
        let found = agents::table.filter(dsl::agent_id.eq_any(active));
        let mut rows: Vec<AgentRow> = diesel::update(found)
            .set((
                dsl::status.eq(AgentStatus::Suspended.as_str()),
                dsl::updated_at.eq(Micros::from(at)),
            ))
            .returning(AgentRow::as_returning())
            .rows(self)
            .await?;
        rows.sort_unstable_by_key(|row| row.agent_id);
        rows.into_iter().map(Agent::try_from).collect()
    }

    async fn count_active(&mut self) -> Result<i64, StoreError> {
        // The empty sum is no number; that of many is, on PostgreSQL, one of
        // any size.
        let sum = "CAST(COALESCE(SUM(organizations.active_agents), 0) AS BIGINT)";
        organizations::table
            .select(sql::<BigInt>(sum))
            .value(self)
            .await
    }
}
