//! Trust policies.

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::{AgentId, OrganizationId, TrustPolicyId};
use agentidp_domain::organization::OrganizationStatus;
use agentidp_domain::time::Timestamp;
use agentidp_domain::workload::{
    PolicyCandidate, Provider, Repository, TrustPolicy, TrustPolicyStore,
};
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork};
use crate::error::require_inserted;
use crate::rows::{CandidateRow, TrustPolicyRow, candidate};
use crate::schema::oidc_trust_policies::{self, dsl};
use crate::schema::{agents, organizations};
use crate::types::{DbId, Micros};

/// Ids of a repository and of its owner.
type RepositoryIds = (Option<String>, Option<String>);

#[async_trait]
impl TrustPolicyStore for SqlUnitOfWork {
    async fn insert(&mut self, policy: &TrustPolicy) -> Result<(), StoreError> {
        let row = TrustPolicyRow::from(policy);
        // The unique index is over expressions, which cannot be named here.
        let inserted = diesel::insert_into(oidc_trust_policies::table)
            .values(&row)
            .on_conflict_do_nothing()
            .run(self)
            .await?;
        require_inserted(inserted, Constraint::TrustPolicy)
    }

    async fn list(
        &mut self,
        organization: OrganizationId,
        agent: Option<AgentId>,
    ) -> Result<Vec<TrustPolicy>, StoreError> {
        let mut query = oidc_trust_policies::table
            .filter(dsl::organization_id.eq(DbId::from(organization)))
            .order((dsl::created_at.desc(), dsl::policy_id.desc()))
            .select(TrustPolicyRow::as_select())
            .into_boxed::<Backend>();
        if let Some(agent) = agent {
            query = query.filter(dsl::agent_id.eq(DbId::from(agent)));
        }
        let rows = query.rows(self).await?;
        rows.into_iter().map(TrustPolicy::try_from).collect()
    }

    async fn delete(
        &mut self,
        organization: OrganizationId,
        id: TrustPolicyId,
    ) -> Result<Option<TrustPolicy>, StoreError> {
        let own = oidc_trust_policies::table
            .find(DbId::from(id))
            .filter(dsl::organization_id.eq(DbId::from(organization)));
        diesel::delete(own)
            .returning(TrustPolicyRow::as_returning())
            .rows(self)
            .await?
            .pop()
            .map(TrustPolicy::try_from)
            .transpose()
    }

    async fn candidates(
        &mut self,
        provider: Provider,
        repository: &Repository,
        organization: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<PolicyCandidate>, StoreError> {
        let mut query = oidc_trust_policies::table
            .inner_join(organizations::table)
            .left_join(agents::table)
            .filter(dsl::provider.eq(provider.as_str()))
            .filter(dsl::repository.eq(repository.as_str()))
            .filter(organizations::status.eq(OrganizationStatus::Active.as_str()))
            .order(dsl::policy_id)
            .limit(limit)
            .select(CandidateRow::as_select())
            .into_boxed::<Backend>();
        if let Some(organization) = organization {
            query = query.filter(dsl::organization_id.eq(DbId::from(organization)));
        }
        let rows = query.rows(self).await?;
        rows.into_iter().map(candidate).collect()
    }

    async fn pin(
        &mut self,
        id: TrustPolicyId,
        repository_id: Option<&str>,
        repository_owner_id: Option<&str>,
        at: Timestamp,
    ) -> Result<Option<RepositoryIds>, StoreError> {
        let policy = oidc_trust_policies::table.find(DbId::from(id));
        let query = policy.select((dsl::repository_id, dsl::repository_owner_id));
        let stored: Option<RepositoryIds> = for_update!(query).row(self).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let given = (repository_id, repository_owner_id);
        let Some(pinned) = completed(&stored, given) else {
            return Ok(Some(stored));
        };
        diesel::update(policy)
            .set((
                dsl::repository_id.eq(&pinned.0),
                dsl::repository_owner_id.eq(&pinned.1),
                dsl::updated_at.eq(Micros::from(at)),
            ))
            .run(self)
            .await?;
        Ok(Some(pinned))
    }
}

/// What the row has to say after an exchange with the `given` ids; `None` when
/// it stays as it is. Ids of two repositories are never mixed.
fn completed(stored: &RepositoryIds, given: (Option<&str>, Option<&str>)) -> Option<RepositoryIds> {
    let noted = (stored.0.as_deref(), stored.1.as_deref());
    let other = |noted: Option<&str>, given| noted.is_some() && noted != given;
    if noted == given || other(noted.0, given.0) || other(noted.1, given.1) {
        return None;
    }
    Some((given.0.map(str::to_owned), given.1.map(str::to_owned)))
}
