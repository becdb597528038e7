//! Organizations and their members.

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::organization::{
    AgentSlot, Limit, Member, Organization, OrganizationStatus, OrganizationStore, Role,
};
use agentidp_domain::page::{Page, PageRequest};
use agentidp_domain::tier::TierChange;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork, tiers};
use crate::error::{RowReader, require_inserted, require_met};
use crate::rows::{MemberRow, OrganizationRow, limit_columns};
use crate::schema::organizations::{self, dsl};
use crate::schema::{audit_log_heads, organization_members};
use crate::types::{DbId, Micros};

fn matching(status: Option<OrganizationStatus>) -> organizations::BoxedQuery<'static, Backend> {
    let mut query = organizations::table.into_boxed();
    if let Some(status) = status {
        query = query.filter(dsl::status.eq(status.as_str()));
    }
    query
}

/// The tier that an administrator gave an organization.
fn tier_of(organization: &Organization) -> TierChange {
    TierChange {
        organization_id: organization.organization_id,
        tier: organization.plan_tier,
        subscription_id: None,
        at: organization.updated_at,
    }
}

#[async_trait]
impl OrganizationStore for SqlUnitOfWork {
    async fn insert(&mut self, organization: &Organization) -> Result<(), StoreError> {
        let row = OrganizationRow::from(organization);
        let inserted = diesel::insert_into(organizations::table)
            .values(&row)
            .on_conflict(dsl::slug)
            .do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::OrganizationSlug)?;
        tiers::write(self, &tier_of(organization)).await
    }

    async fn find(&mut self, id: OrganizationId) -> Result<Option<Organization>, StoreError> {
        organizations::table
            .find(DbId::from(id))
            .select(OrganizationRow::as_select())
            .row(self)
            .await?
            .map(Organization::try_from)
            .transpose()
    }

    async fn find_for_update(
        &mut self,
        id: OrganizationId,
    ) -> Result<Option<Organization>, StoreError> {
        let query = organizations::table
            .find(DbId::from(id))
            .select(OrganizationRow::as_select());
        for_update!(query)
            .row(self)
            .await?
            .map(Organization::try_from)
            .transpose()
    }

    async fn list(
        &mut self,
        status: Option<OrganizationStatus>,
        page: PageRequest,
    ) -> Result<Page<Organization>, StoreError> {
        let total = matching(status).count().value(self).await?;
        let rows: Vec<OrganizationRow> = matching(status)
            .select(OrganizationRow::as_select())
            .order((dsl::created_at.desc(), dsl::organization_id.desc()))
            .limit(i64::from(page.limit()))
            .offset(page.offset())
            .rows(self)
            .await?;
        let items = rows
            .into_iter()
            .map(Organization::try_from)
            .collect::<Result<_, _>>()?;
        Ok(Page {
            items,
            total,
            request: page,
        })
    }

    async fn update(&mut self, organization: &Organization) -> Result<(), StoreError> {
        let (max_agents, max_agents_set) = limit_columns(organization.max_agents);
        let (max_tokens, max_tokens_set) = limit_columns(organization.max_tokens_per_month);
        let (rate_limit, rate_limit_set) = limit_columns(organization.rate_limit_per_minute);
        let id = DbId::from(organization.organization_id);
        let updated = diesel::update(organizations::table.find(id))
            .set((
                dsl::name.eq(organization.name.as_str()),
                dsl::max_agents.eq(max_agents),
                dsl::max_agents_set.eq(max_agents_set),
                dsl::max_tokens_per_month.eq(max_tokens),
                dsl::max_tokens_per_month_set.eq(max_tokens_set),
                dsl::rate_limit_per_minute.eq(rate_limit),
                dsl::rate_limit_per_minute_set.eq(rate_limit_set),
                dsl::status.eq(organization.status.as_str()),
                dsl::tokens_not_before.eq(organization.tokens_not_before),
                dsl::updated_at.eq(Micros::from(organization.updated_at)),
            ))
            .run(self)
            .await?;
        require_met(updated)?;
        tiers::write(self, &tier_of(organization)).await
    }

    async fn reserve_agent(
        &mut self,
        organization: OrganizationId,
        limit: Limit,
    ) -> Result<AgentSlot, StoreError> {
        let id = DbId::from(organization);
        let room = limit.count().unwrap_or(i64::MAX);
        let with_room = organizations::table
            .find(id)
            .filter(dsl::agent_count.lt(room));
        let updated = diesel::update(with_room)
            .set(dsl::agent_count.eq(dsl::agent_count + 1))
            .run(self)
            .await?;
        if updated > 0 {
            return Ok(AgentSlot::Reserved);
        }
        let current: Option<i64> = organizations::table
            .find(id)
            .select(dsl::agent_count)
            .row(self)
            .await?;
        current
            .map(|current| AgentSlot::Full { current })
            .ok_or(StoreError::Stale)
    }

    async fn live_agents(&mut self, organization: OrganizationId) -> Result<i64, StoreError> {
        let agents: Option<i64> = organizations::table
            .find(DbId::from(organization))
            .select(dsl::agent_count)
            .row(self)
            .await?;
        agents.ok_or(StoreError::Stale)
    }

    async fn release_agent(&mut self, organization: OrganizationId) -> Result<(), StoreError> {
        let counted = organizations::table
            .find(DbId::from(organization))
            .filter(dsl::agent_count.gt(0));
        let updated = diesel::update(counted)
            .set(dsl::agent_count.eq(dsl::agent_count - 1))
            .run(self)
            .await?;
        require_met(updated)
    }

    async fn add_member(&mut self, member: &Member) -> Result<(), StoreError> {
        use organization_members::dsl::{agent_id, organization_id};

        let row = MemberRow::from(member);
        let inserted = diesel::insert_into(organization_members::table)
            .values(&row)
            .on_conflict((organization_id, agent_id))
            .do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::OrganizationMember)
    }

    async fn role(
        &mut self,
        organization: OrganizationId,
        agent: AgentId,
    ) -> Result<Option<Role>, StoreError> {
        use organization_members::dsl::{agent_id, member_id, organization_id, role};

        let found: Option<(DbId, String)> = organization_members::table
            .filter(organization_id.eq(DbId::from(organization)))
            .filter(agent_id.eq(DbId::from(agent)))
            .select((member_id, role))
            .row(self)
            .await?;
        found
            .map(|(id, word)| RowReader::new("organization_members", id).parse("role", &word))
            .transpose()
    }

    async fn ids_after(
        &mut self,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        use audit_log_heads::dsl::organization_id;

        let mut query = audit_log_heads::table
            .select(organization_id)
            .order(organization_id)
            .limit(limit)
            .into_boxed::<Backend>();
        if let Some(after) = after {
            query = query.filter(organization_id.gt(DbId::from(after)));
        }
        let ids: Vec<DbId> = query.rows(self).await?;
        Ok(ids.into_iter().map(OrganizationId::from).collect())
    }
}
