//! Named locks.

use agentidp_domain::error::StoreError;
use agentidp_domain::unit_of_work::LockStore;
use async_trait::async_trait;

use super::{SqlUnitOfWork, dialect, failed};

#[async_trait]
impl LockStore for SqlUnitOfWork {
    async fn lock(&mut self, name: &str) -> Result<(), StoreError> {
        dialect::lock(self.conn()?, name).await.map_err(failed)
    }

    async fn try_lock(&mut self, name: &str) -> Result<bool, StoreError> {
        dialect::try_lock(self.conn()?, name).await.map_err(failed)
    }
}
