//! What the issuance journal reads and writes per batch.

use agentidp_domain::agent::AgentStatus;
use agentidp_domain::credential::{CredentialStatus, Selector};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::{CredentialId, OrganizationId, TokenId, TrustPolicyId};
use agentidp_domain::organization::Organization;
use agentidp_domain::time::Month;
use agentidp_domain::token::{BatchRows, CredentialState, JournalStore, Quota, RevocationRow};
use async_trait::async_trait;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl,
    SelectableHelper,
};

use super::statement::Statement;
use super::{SqlUnitOfWork, dialect, failed};
use crate::error::RowReader;
use crate::rows::{OrganizationRow, RevocationDbRow};
use crate::schema::{
    agents, credentials, oidc_trust_policies, organizations, token_monthly_counts,
};
use crate::types::DbId;

#[async_trait]
impl JournalStore for SqlUnitOfWork {
    async fn credential_states(
        &mut self,
        credentials: &[CredentialId],
    ) -> Result<Vec<CredentialState>, StoreError> {
        let ids: Vec<DbId> = credentials.iter().copied().map(DbId::from).collect();
        let rows: Vec<(DbId, String, String, String)> = credentials::table
            .inner_join(agents::table)
            .filter(credentials::credential_id.eq_any(ids))
            .select((
                credentials::credential_id,
                credentials::selector,
                credentials::status,
                agents::status,
            ))
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|(id, selector, status, agent_status)| {
                let reader = RowReader::new("credentials", id);
                let status: CredentialStatus = reader.parse("status", &status)?;
                Ok(CredentialState {
                    credential_id: id.into(),
                    selector: Selector::from_stored(selector),
                    active: status == CredentialStatus::Active
                        && agent_status == AgentStatus::Active.as_str(),
                })
            })
            .collect()
    }

    async fn usable_policies(
        &mut self,
        policies: &[TrustPolicyId],
    ) -> Result<Vec<TrustPolicyId>, StoreError> {
        let ids: Vec<DbId> = policies.iter().copied().map(DbId::from).collect();
        let active = agents::status
            .nullable()
            .eq(AgentStatus::Active.as_str())
            .or(oidc_trust_policies::agent_id.is_null());
        let usable: Vec<DbId> = oidc_trust_policies::table
            .left_join(agents::table)
            .filter(oidc_trust_policies::policy_id.eq_any(ids))
            .filter(active)
            .select(oidc_trust_policies::policy_id)
            .rows(self)
            .await?;
        Ok(usable.into_iter().map(TrustPolicyId::from).collect())
    }

    async fn quotas(
        &mut self,
        organizations: &[OrganizationId],
        month: Month,
    ) -> Result<Vec<Quota>, StoreError> {
        let ids: Vec<DbId> = organizations.iter().copied().map(DbId::from).collect();
        let of_month = token_monthly_counts::organization_id
            .eq(organizations::organization_id)
            .and(token_monthly_counts::month.eq(month.to_string()));
        let rows: Vec<(OrganizationRow, Option<i64>)> = organizations::table
            .left_join(token_monthly_counts::table.on(of_month))
            .filter(organizations::organization_id.eq_any(ids))
            .select((
                OrganizationRow::as_select(),
                token_monthly_counts::count.nullable(),
            ))
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|(row, issued)| {
                Ok(Quota {
                    organization: Organization::try_from(row)?,
                    issued: issued.unwrap_or(0),
                })
            })
            .collect()
    }

    async fn write(&mut self, rows: BatchRows<'_>) -> Result<(), StoreError> {
        dialect::write_batch(self.conn()?, rows.into())
            .await
            .map_err(failed)
    }

    async fn add_revocations(
        &mut self,
        revocations: &[RevocationRow],
    ) -> Result<Vec<TokenId>, StoreError> {
        if revocations.is_empty() {
            return Ok(Vec::new());
        }
        let rows = revocations.iter().map(RevocationDbRow::from).collect();
        let added = dialect::add_revocations(self.conn()?, rows)
            .await
            .map_err(failed)?;
        Ok(added.into_iter().map(TokenId::from).collect())
    }
}
