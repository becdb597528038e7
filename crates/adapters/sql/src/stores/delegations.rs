//! Delegations and their keys.

use agentidp_domain::delegation::{
    ChainWithParties, DelegationChain, DelegationKey, DelegationStore,
};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::ChainId;
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected};
use crate::error::RowReader;
use crate::rows::{DelegationKeyRow, DelegationRow};
use crate::schema::delegation_chains::{self, dsl};
use crate::schema::delegation_keys::{self, dsl as keys};
use crate::schema::{agents, organizations};
use crate::types::{DbId, Micros};

#[async_trait]
impl DelegationStore for SqlUnitOfWork {
    async fn insert(&mut self, chain: &DelegationChain) -> Result<(), StoreError> {
        diesel::insert_into(delegation_chains::table)
            .values(DelegationRow::from(chain))
            .run(self)
            .await?;
        Ok(())
    }

    async fn find(&mut self, id: ChainId) -> Result<Option<DelegationChain>, StoreError> {
        let query = delegation_chains::table
            .find(DbId::from(id))
            .select(DelegationRow::as_select());
        row_locked_if_writing!(self, query)?
            .map(|row: DelegationRow| row.try_into())
            .transpose()
    }

    async fn find_with_parties(
        &mut self,
        id: ChainId,
    ) -> Result<Option<ChainWithParties>, StoreError> {
        let chain: Option<DelegationRow> = delegation_chains::table
            .find(DbId::from(id))
            .select(DelegationRow::as_select())
            .row(self)
            .await?;
        let Some(chain) = chain else {
            return Ok(None);
        };
        let parties = [chain.delegator_agent_id, chain.delegatee_agent_id];
        let states: Vec<(DbId, String)> = agents::table
            .filter(agents::agent_id.eq_any(parties))
            .select((agents::agent_id, agents::status))
            .rows(self)
            .await?;
        let organization: Option<String> = organizations::table
            .find(chain.organization_id)
            .select(organizations::status)
            .row(self)
            .await?;
        with_parties(chain, &states, organization).map(Some)
    }

    async fn revoke(&mut self, id: ChainId, at: Timestamp) -> Result<bool, StoreError> {
        let valid = delegation_chains::table
            .find(DbId::from(id))
            .filter(dsl::revoked_at.is_null());
        let revoked = diesel::update(valid)
            .set(dsl::revoked_at.eq(Some(Micros::from(at))))
            .run(self)
            .await?;
        Ok(revoked > 0)
    }

    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let old = diesel::alias!(delegation_chains as old);
        let expired = old
            .filter(old.field(dsl::expires_at).lt(Micros::from(before)))
            .order(old.field(dsl::expires_at))
            .limit(limit)
            .select(old.field(dsl::chain_id));
        diesel::delete(delegation_chains::table.filter(dsl::chain_id.eq_any(expired)))
            .run(self)
            .await
            .map(affected)
    }

    async fn keys(&mut self) -> Result<Vec<DelegationKey>, StoreError> {
        let rows: Vec<DelegationKeyRow> = delegation_keys::table
            .order((keys::created_at.desc(), keys::key_id.desc()))
            .select(DelegationKeyRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter()
            .map(|row| row.decrypt(&self.cipher))
            .collect()
    }

    async fn insert_key(&mut self, key: &DelegationKey) -> Result<(), StoreError> {
        let row = DelegationKeyRow::encrypt(&self.cipher, key)?;
        diesel::insert_into(delegation_keys::table)
            .values(&row)
            .run(self)
            .await?;
        Ok(())
    }
}

fn with_parties(
    chain: DelegationRow,
    states: &[(DbId, String)],
    organization: Option<String>,
) -> Result<ChainWithParties, StoreError> {
    let agent = |id: DbId| {
        let reader = RowReader::new("agents", id);
        let found = states.iter().find(|(agent, _)| *agent == id);
        let (_, status) = reader.require("status", found)?;
        reader.parse("status", status)
    };
    let organizations = RowReader::new("organizations", chain.organization_id);
    let organization = organizations.require("status", organization)?;
    Ok(ChainWithParties {
        delegator: agent(chain.delegator_agent_id)?,
        delegatee: agent(chain.delegatee_agent_id)?,
        organization: organizations.parse("status", &organization)?,
        chain: chain.try_into()?,
    })
}
