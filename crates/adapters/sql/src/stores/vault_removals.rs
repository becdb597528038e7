//! Secrets to remove from Vault.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::VaultRemovalId;
use agentidp_domain::vault::{VaultRemoval, VaultRemovalStore};
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl};

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::schema::vault_removals::{self, dsl};
use crate::types::DbId;

#[async_trait]
impl VaultRemovalStore for SqlUnitOfWork {
    async fn add(&mut self, removals: &[VaultRemoval]) -> Result<(), StoreError> {
        // Few: at most the credentials of one agent.
        for removal in removals {
            diesel::insert_into(vault_removals::table)
                .values((
                    dsl::removal_id.eq(DbId::from(removal.removal_id)),
                    dsl::place.eq(&removal.place),
                ))
                .run(self)
                .await?;
        }
        Ok(())
    }

    async fn listed(
        &mut self,
        after: Option<VaultRemovalId>,
        limit: i64,
    ) -> Result<Vec<VaultRemoval>, StoreError> {
        let after = after.map(DbId::from).unwrap_or_default();
        let rows: Vec<(DbId, String)> = vault_removals::table
            .filter(dsl::removal_id.gt(after))
            .order(dsl::removal_id)
            .limit(limit)
            .select((dsl::removal_id, dsl::place))
            .rows(self)
            .await?;
        let removals = rows.into_iter().map(|(id, place)| VaultRemoval {
            removal_id: id.into(),
            place,
        });
        Ok(removals.collect())
    }

    async fn strike(&mut self, removals: &[VaultRemovalId]) -> Result<(), StoreError> {
        let ids: Vec<DbId> = removals.iter().copied().map(DbId::from).collect();
        diesel::delete(vault_removals::table.filter(dsl::removal_id.eq_any(ids)))
            .run(self)
            .await?;
        Ok(())
    }
}
