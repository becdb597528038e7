//! What compliance reports and checks read, and the results replicas share.
//!
//! States are compared in the words of the partial indexes, without
//! parameters: else SQLite does not use these indexes.

use agentidp_domain::agent::{Agent, AgentStatus};
use agentidp_domain::compliance::{
    AgentCounts, ComplianceStore, Control, ControlState, EndingCredential, ExpiryRange,
};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::dsl::{count_star, exists, not, sql};
use diesel::sql_types::Text;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork};
use crate::error::RowReader;
use crate::rows::AgentRow;
use crate::schema::{agents, compliance_status, credentials, webhook_deliveries};
use crate::types::{DbId, Micros};

/// States of agents that are not decommissioned. Listed, since an index finds
/// what is equal to one of them.
fn in_use() -> Vec<&'static str> {
    let all = AgentStatus::ALL.iter();
    let others = all.filter(|status| **status != AgentStatus::Decommissioned);
    others.map(|status| status.as_str()).collect()
}

/// Agents of an organization that are not decommissioned.
fn population(organization: OrganizationId) -> agents::BoxedQuery<'static, Backend> {
    agents::table
        .filter(agents::organization_id.eq(DbId::from(organization)))
        .filter(agents::status.eq_any(in_use()))
        .into_boxed()
}

/// Active credentials of these agents that end in a span of time: those of all
/// agents without those of the few that are decommissioned, which are found
/// through their index instead of one by one.
fn ending(
    organization: OrganizationId,
    range: ExpiryRange,
) -> credentials::BoxedQuery<'static, Backend> {
    let gone = agents::table
        .filter(agents::organization_id.eq(DbId::from(organization)))
        .filter(agents::status.eq(AgentStatus::Decommissioned.as_str()))
        .filter(agents::agent_id.eq(credentials::client_id));
    let mut query = credentials::table
        .filter(credentials::organization_id.eq(DbId::from(organization)))
        .filter(credentials::status.eq(sql::<Text>("'active'")))
        .filter(credentials::expires_at.le(Micros::from(range.until)))
        .filter(not(exists(gone)))
        .into_boxed();
    if let Some(after) = range.after {
        query = query.filter(credentials::expires_at.gt(Micros::from(after)));
    }
    query
}

#[async_trait]
impl ComplianceStore for SqlUnitOfWork {
    async fn count_agents(
        &mut self,
        organization: OrganizationId,
    ) -> Result<AgentCounts, StoreError> {
        Ok(AgentCounts {
            total: population(organization).count().value(self).await?,
            without_did: population(organization)
                .filter(agents::did.is_null())
                .count()
                .value(self)
                .await?,
        })
    }

    async fn agents_without_did(
        &mut self,
        organization: OrganizationId,
        limit: i64,
    ) -> Result<Vec<AgentId>, StoreError> {
        let ids: Vec<DbId> = agents::table
            .filter(agents::organization_id.eq(DbId::from(organization)))
            .filter(agents::status.eq(sql::<Text>("'active'")))
            .filter(agents::did.is_null())
            .order(agents::agent_id)
            .limit(limit)
            .select(agents::agent_id)
            .rows(self)
            .await?;
        Ok(ids.into_iter().map(AgentId::from).collect())
    }

    async fn agents_with_did(
        &mut self,
        organization: OrganizationId,
        after: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<Agent>, StoreError> {
        let after = after.map(DbId::from).unwrap_or_default();
        let rows: Vec<AgentRow> = agents::table
            .filter(agents::organization_id.eq(DbId::from(organization)))
            .filter(agents::status.eq(sql::<Text>("'active'")))
            .filter(agents::did.is_not_null())
            .filter(agents::agent_id.gt(after))
            .order(agents::agent_id)
            .limit(limit)
            .select(AgentRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter().map(Agent::try_from).collect()
    }

    async fn count_ending(
        &mut self,
        organization: OrganizationId,
        range: ExpiryRange,
    ) -> Result<i64, StoreError> {
        ending(organization, range).count().value(self).await
    }

    async fn ending(
        &mut self,
        organization: OrganizationId,
        range: ExpiryRange,
        limit: i64,
    ) -> Result<Vec<EndingCredential>, StoreError> {
        let rows: Vec<(DbId, DbId, Option<Micros>)> = ending(organization, range)
            .order((credentials::expires_at, credentials::credential_id))
            .limit(limit)
            .select((
                credentials::client_id,
                credentials::credential_id,
                credentials::expires_at,
            ))
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|(agent, credential, expires_at)| {
                let reader = RowReader::new("credentials", credential);
                let expires_at = reader.require("expires_at", expires_at)?;
                Ok(EndingCredential {
                    agent_id: agent.into(),
                    credential_id: credential.into(),
                    expires_at: reader.time("expires_at", expires_at)?,
                })
            })
            .collect()
    }

    async fn ending_by_agent(
        &mut self,
        range: ExpiryRange,
        after: Option<AgentId>,
        limit: i64,
    ) -> Result<Vec<(AgentId, u64)>, StoreError> {
        let later_than = range.after.map_or(Micros(i64::MIN), Micros::from);
        let after = after.map(DbId::from).unwrap_or_default();
        let rows: Vec<(DbId, i64)> = credentials::table
            .filter(credentials::status.eq(sql::<Text>("'active'")))
            .filter(credentials::expires_at.gt(later_than))
            .filter(credentials::expires_at.le(Micros::from(range.until)))
            .filter(credentials::client_id.gt(after))
            .group_by(credentials::client_id)
            .select((credentials::client_id, count_star()))
            .order(credentials::client_id)
            .limit(limit)
            .rows(self)
            .await?;
        let counted = rows
            .into_iter()
            .map(|(agent, count)| (agent.into(), u64::try_from(count).unwrap_or_default()));
        Ok(counted.collect())
    }

    async fn is_any_overdue(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let agent = agents::table
            .filter(agents::agent_id.eq(credentials::client_id))
            .filter(agents::status.eq(AgentStatus::Active.as_str()));
        let overdue: Option<DbId> = credentials::table
            .filter(credentials::status.eq(sql::<Text>("'active'")))
            .filter(credentials::expires_at.le(Micros::from(now)))
            .filter(exists(agent))
            .select(credentials::credential_id)
            // Leads to the index: mostly nothing is overdue, and the planner
            // does not know that.
            .order(credentials::expires_at)
            .row(self)
            .await?;
        Ok(overdue.is_some())
    }

    async fn dead_letters_since(
        &mut self,
        since: Timestamp,
        limit: i64,
    ) -> Result<i64, StoreError> {
        let found: Vec<DbId> = webhook_deliveries::table
            .filter(webhook_deliveries::status.eq(sql::<Text>("'dead_letter'")))
            .filter(webhook_deliveries::updated_at.gt(Micros::from(since)))
            .limit(limit)
            .select(webhook_deliveries::delivery_id)
            .rows(self)
            .await?;
        Ok(i64::try_from(found.len()).unwrap_or(limit))
    }

    async fn set_status(
        &mut self,
        control: Control,
        state: ControlState,
    ) -> Result<(), StoreError> {
        let (status, at) = (state.status.as_str(), Micros::from(state.last_checked));
        diesel::insert_into(compliance_status::table)
            .values((
                compliance_status::control_id.eq(control.as_str()),
                compliance_status::status.eq(status),
                compliance_status::last_checked.eq(at),
            ))
            .on_conflict(compliance_status::control_id)
            .do_update()
            .set((
                compliance_status::status.eq(status),
                compliance_status::last_checked.eq(at),
            ))
            .run(self)
            .await?;
        Ok(())
    }

    async fn statuses(
        &mut self,
        controls: &[Control],
    ) -> Result<Vec<(Control, ControlState)>, StoreError> {
        let ids: Vec<&str> = controls.iter().map(|control| control.as_str()).collect();
        let rows: Vec<(String, String, Micros)> = compliance_status::table
            .filter(compliance_status::control_id.eq_any(ids))
            .order(compliance_status::control_id)
            .select((
                compliance_status::control_id,
                compliance_status::status,
                compliance_status::last_checked,
            ))
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|(control, status, last_checked)| {
                let reader = RowReader::new("compliance_status", &control);
                let state = ControlState {
                    status: reader.parse("status", &status)?,
                    last_checked: reader.time("last_checked", last_checked)?,
                };
                Ok((reader.parse("control_id", &control)?, state))
            })
            .collect()
    }
}
