//! Events that wait for the event stream.

use std::collections::HashMap;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{OrganizationId, PlatformEventId};
use agentidp_domain::outbox::{EventBatch, FailedEvent, PlatformEvent, StreamQueue};
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected, dialect, failed};
use crate::rows::{OutboxRow, QueuedRow, event_batch};
use crate::schema::event_outbox;
use crate::schema::event_stream_queue::{self, dsl};
use crate::types::{DbId, Micros};

#[async_trait]
impl StreamQueue for SqlUnitOfWork {
    async fn enqueue(&mut self, events: &[PlatformEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let rows = events.iter().map(QueuedRow::from).collect();
        dialect::enqueue(self.conn()?, rows).await.map_err(failed)
    }

    async fn is_waiting(&mut self) -> Result<bool, StoreError> {
        let first: Option<DbId> = event_stream_queue::table
            .filter(dsl::failed_at.is_null())
            .order(dsl::sequence)
            .select(dsl::event_id)
            .row(self)
            .await?;
        Ok(first.is_some())
    }

    async fn waiting(
        &mut self,
        limit: i64,
        except: &[OrganizationId],
    ) -> Result<EventBatch, StoreError> {
        let except: Vec<DbId> = except.iter().copied().map(DbId::from).collect();
        let ids: Vec<DbId> = event_stream_queue::table
            .filter(dsl::failed_at.is_null())
            .filter(dsl::organization_id.ne_all(except))
            .order(dsl::sequence)
            .limit(limit)
            .select(dsl::event_id)
            .rows(self)
            .await?;
        let rows: Vec<OutboxRow> = event_outbox::table
            .filter(event_outbox::event_id.eq_any(ids.clone()))
            .select(OutboxRow::as_select())
            .rows(self)
            .await?;
        let mut stored: HashMap<DbId, OutboxRow> =
            rows.into_iter().map(|row| (row.event_id, row)).collect();
        let mut found = Vec::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match stored.remove(&id) {
                Some(row) => found.push(row),
                None => missing.push(FailedEvent {
                    event_id: id.into(),
                    reason: "it is not in the outbox any more".to_owned(),
                }),
            }
        }
        let mut batch = event_batch(found);
        batch.unreadable.append(&mut missing);
        Ok(batch)
    }

    async fn remove(&mut self, events: &[PlatformEventId]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let ids: Vec<DbId> = events.iter().copied().map(DbId::from).collect();
        diesel::delete(event_stream_queue::table.filter(dsl::event_id.eq_any(ids)))
            .run(self)
            .await?;
        Ok(())
    }

    async fn give_up(&mut self, events: &[FailedEvent], at: Timestamp) -> Result<(), StoreError> {
        for failed in events {
            let id = DbId::from(failed.event_id);
            diesel::update(event_stream_queue::table.filter(dsl::event_id.eq(id)))
                .set((
                    dsl::failed_at.eq(Some(Micros::from(at))),
                    dsl::error.eq(Some(failed.reason.as_str())),
                ))
                .run(self)
                .await?;
        }
        Ok(())
    }

    async fn expire(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let old: Vec<i64> = event_stream_queue::table
            .filter(dsl::created_at.lt(Micros::from(before)))
            .order(dsl::sequence)
            .limit(limit)
            .select(dsl::sequence)
            .rows(self)
            .await?;
        diesel::delete(event_stream_queue::table.filter(dsl::sequence.eq_any(old)))
            .run(self)
            .await
            .map(affected)
    }
}
