//! Platform events on their way out.

use std::collections::BTreeSet;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{OrganizationId, PlatformEventId};
use agentidp_domain::outbox::{EventBatch, EventType, FailedEvent, OutboxStore, PlatformEvent};
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::dsl::{exists, not};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected, dialect, failed};
use crate::rows::{OutboxRow, event_batch, subscribed};
use crate::schema::event_outbox::{self, dsl};
use crate::schema::{event_stream_queue, webhook_subscriptions};
use crate::types::{DbId, Micros, TextList};

#[async_trait]
impl OutboxStore for SqlUnitOfWork {
    async fn wanted(
        &mut self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, EventType)>, StoreError> {
        let ids: Vec<DbId> = organizations.iter().copied().map(DbId::from).collect();
        let rows: Vec<(DbId, DbId, TextList)> = webhook_subscriptions::table
            .filter(webhook_subscriptions::organization_id.eq_any(ids))
            .filter(webhook_subscriptions::active.eq(true))
            .select((
                webhook_subscriptions::subscription_id,
                webhook_subscriptions::organization_id,
                webhook_subscriptions::events,
            ))
            .rows(self)
            .await?;
        let mut wanted = BTreeSet::new();
        for (id, organization, events) in rows {
            let organization = OrganizationId::from(organization);
            let events = subscribed(id, events)?;
            wanted.extend(events.as_slice().iter().map(|event| (organization, *event)));
        }
        Ok(wanted.into_iter().collect())
    }

    async fn add(&mut self, events: &[PlatformEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let rows = events.iter().map(OutboxRow::from).collect();
        dialect::add_events(self.conn()?, rows)
            .await
            .map_err(failed)
    }

    async fn is_pending(&mut self) -> Result<bool, StoreError> {
        let first: Option<DbId> = event_outbox::table
            .filter(dsl::processed_at.is_null())
            .filter(dsl::failed_at.is_null())
            .order((dsl::created_at, dsl::event_id))
            .select(dsl::event_id)
            .row(self)
            .await?;
        Ok(first.is_some())
    }

    async fn pending(&mut self, limit: i64) -> Result<EventBatch, StoreError> {
        let query = event_outbox::table
            .filter(dsl::processed_at.is_null())
            .filter(dsl::failed_at.is_null())
            .order((dsl::created_at, dsl::event_id))
            .limit(limit)
            .select(OutboxRow::as_select());
        let rows: Vec<OutboxRow> = skip_locked!(query).rows(self).await?;
        Ok(event_batch(rows))
    }

    async fn set_aside(&mut self, events: &[FailedEvent], at: Timestamp) -> Result<(), StoreError> {
        for failed in events {
            diesel::update(event_outbox::table.find(DbId::from(failed.event_id)))
                .set((
                    dsl::failed_at.eq(Some(Micros::from(at))),
                    dsl::error.eq(Some(failed.reason.as_str())),
                ))
                .run(self)
                .await?;
        }
        Ok(())
    }

    async fn processed(
        &mut self,
        events: &[PlatformEventId],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let ids: Vec<DbId> = events.iter().copied().map(DbId::from).collect();
        diesel::update(event_outbox::table.filter(dsl::event_id.eq_any(ids)))
            .set(dsl::processed_at.eq(Some(Micros::from(at))))
            .run(self)
            .await?;
        Ok(())
    }

    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let queued = event_stream_queue::table
            .filter(event_stream_queue::event_id.eq(event_outbox::event_id));
        let done: Vec<DbId> = event_outbox::table
            .filter(dsl::processed_at.lt(Micros::from(before)))
            .filter(not(exists(queued)))
            .order(dsl::processed_at)
            .limit(limit)
            .select(dsl::event_id)
            .rows(self)
            .await?;
        diesel::delete(event_outbox::table.filter(dsl::event_id.eq_any(done)))
            .run(self)
            .await
            .map(affected)
    }
}
