//! The feed of changes.

use agentidp_domain::change::{Change, ChangeCursor, ChangeStore};
use agentidp_domain::error::StoreError;
use async_trait::async_trait;

use super::{SqlUnitOfWork, affected, dialect, failed};
use crate::error::RowReader;
use crate::types::JsonText;

#[async_trait]
impl ChangeStore for SqlUnitOfWork {
    async fn record(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        let payloads = changes
            .iter()
            .map(|change| serde_json::to_string(change).map(JsonText))
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        dialect::record(self.conn()?, payloads)
            .await
            .map_err(failed)
    }

    async fn cursor(&mut self) -> Result<ChangeCursor, StoreError> {
        dialect::cursor(self.conn()?)
            .await
            .map(ChangeCursor)
            .map_err(failed)
    }

    async fn since(
        &mut self,
        cursor: ChangeCursor,
    ) -> Result<(Vec<Change>, ChangeCursor), StoreError> {
        // Taken before reading: what becomes visible in between is read now
        // and once more next time.
        let next = self.cursor().await?;
        let rows = dialect::since(self.conn()?, cursor.0)
            .await
            .map_err(failed)?;
        let changes = rows
            .into_iter()
            .map(|(id, payload)| {
                let reader = RowReader::new("change_feed", id);
                reader.read("payload", serde_json::from_str(&payload.0))
            })
            .collect::<Result<_, _>>()?;
        Ok((changes, next))
    }

    async fn prune(&mut self, limit: i64) -> Result<u64, StoreError> {
        dialect::prune(self.conn()?, limit)
            .await
            .map_err(failed)
            .map(affected)
    }
}
