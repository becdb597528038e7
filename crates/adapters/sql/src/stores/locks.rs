//! Named locks and leases.

use agentidp_domain::error::StoreError;
use agentidp_domain::time::Timestamp;
use agentidp_domain::unit_of_work::LockStore;
use async_trait::async_trait;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};

use super::statement::Statement;
use super::{SqlUnitOfWork, dialect, failed};
use crate::schema::leases;
use crate::types::Micros;

#[async_trait]
impl LockStore for SqlUnitOfWork {
    async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        dialect::lock(self.conn()?, name).await.map_err(failed)
    }

    async fn try_lock(&mut self, name: &str) -> Result<bool, StoreError> {
        dialect::try_lock(self.conn()?, name).await.map_err(failed)
    }

    async fn lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let (now, until) = (Micros::from(now), Micros::from(until));
        let open = leases::holder.eq(holder).or(leases::expires_at.le(now));
        let taken = diesel::update(leases::table.find(name).filter(open))
            .set((leases::holder.eq(holder), leases::expires_at.eq(until)))
            .run(self)
            .await?;
        if taken > 0 {
            return Ok(true);
        }
        // The first one ever makes the row.
        let inserted = diesel::insert_into(leases::table)
            .values((
                leases::name.eq(name),
                leases::holder.eq(holder),
                leases::expires_at.eq(until),
            ))
            .on_conflict(leases::name)
            .do_nothing()
            .run(self)
            .await?;
        Ok(inserted > 0)
    }

    async fn release(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let own = leases::table.find(name).filter(leases::holder.eq(holder));
        diesel::update(own)
            .set(leases::expires_at.eq(Micros::from(now)))
            .run(self)
            .await?;
        Ok(())
    }
}
