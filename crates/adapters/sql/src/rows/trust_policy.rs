//! `oidc_trust_policies`.

use agentidp_domain::agent::{AgentStatus, Grant};
use agentidp_domain::error::StoreError;
use agentidp_domain::workload::{Branch, PolicyCandidate, Repository, TrustPolicy};
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::schema::{agents, oidc_trust_policies, organizations};
use crate::types::{DbId, Micros, TextList};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = oidc_trust_policies, check_for_backend(Pg, Sqlite))]
pub(crate) struct TrustPolicyRow {
    policy_id: DbId,
    organization_id: DbId,
    provider: String,
    repository: String,
    branch: Option<String>,
    agent_id: Option<DbId>,
    repository_id: Option<String>,
    repository_owner_id: Option<String>,
    created_at: Micros,
    updated_at: Micros,
}

impl From<&TrustPolicy> for TrustPolicyRow {
    fn from(policy: &TrustPolicy) -> Self {
        let branch = policy.branch.as_ref();
        Self {
            policy_id: policy.policy_id.into(),
            organization_id: policy.organization_id.into(),
            provider: policy.provider.to_string(),
            repository: policy.repository.as_str().to_owned(),
            branch: branch.map(|branch| branch.as_str().to_owned()),
            agent_id: policy.agent_id.map(DbId::from),
            repository_id: policy.repository_id.clone(),
            repository_owner_id: policy.repository_owner_id.clone(),
            created_at: policy.created_at.into(),
            updated_at: policy.updated_at.into(),
        }
    }
}

/// An altered branch must not turn into any branch, nor into another one.
fn branch(reader: &RowReader, stored: &str) -> Result<Branch, StoreError> {
    let branch = reader.read("branch", Branch::read(stored))?;
    let unchanged = branch.filter(|branch| branch.as_str() == stored);
    reader.require("branch", unchanged)
}

impl TryFrom<TrustPolicyRow> for TrustPolicy {
    type Error = StoreError;

    fn try_from(row: TrustPolicyRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("oidc_trust_policies", row.policy_id);
        let stored = row.branch.as_deref();
        Ok(Self {
            policy_id: row.policy_id.into(),
            organization_id: row.organization_id.into(),
            provider: reader.parse("provider", &row.provider)?,
            repository: reader.read("repository", Repository::new(&row.repository))?,
            branch: stored.map(|text| branch(&reader, text)).transpose()?,
            agent_id: row.agent_id.map(Into::into),
            repository_id: row.repository_id,
            repository_owner_id: row.repository_owner_id,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}

/// What a candidate needs of the organization of its policy.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = organizations, check_for_backend(Pg, Sqlite))]
pub(crate) struct PolicyOrganizationRow {
    organization_id: DbId,
    plan_tier: String,
    tokens_not_before: Option<i64>,
}

/// What a candidate needs of the agent of its policy.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = agents, check_for_backend(Pg, Sqlite))]
pub(crate) struct PolicyAgentRow {
    agent_id: DbId,
    status: String,
    allowed_scopes: TextList,
    tokens_not_before: Option<i64>,
}

impl PolicyAgentRow {
    fn state(&self) -> Result<(AgentStatus, Grant), StoreError> {
        let reader = RowReader::new("agents", self.agent_id);
        let scopes = reader.require("allowed_scopes", self.allowed_scopes.0.as_ref())?;
        Ok((
            reader.parse("status", &self.status)?,
            reader.read("allowed_scopes", Grant::from_names(scopes))?,
        ))
    }
}

/// A policy with its organization and its agent.
pub(crate) type CandidateRow = (
    TrustPolicyRow,
    PolicyOrganizationRow,
    Option<PolicyAgentRow>,
);

pub(crate) fn candidate(row: CandidateRow) -> Result<PolicyCandidate, StoreError> {
    let (policy, organization, agent) = row;
    let reader = RowReader::new("organizations", organization.organization_id);
    let agent_marker = agent.as_ref().and_then(|agent| agent.tokens_not_before);
    Ok(PolicyCandidate {
        policy: policy.try_into()?,
        plan_tier: reader.parse("plan_tier", &organization.plan_tier)?,
        agent: agent.as_ref().map(PolicyAgentRow::state).transpose()?,
        not_before: agent_marker.max(organization.tokens_not_before),
    })
}
