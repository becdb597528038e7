//! Deliveries to webhook subscriptions.
//!
//! Whoever locks a subscription and its deliveries begins with the
//! subscription, as deleting it does. Claims and the clean-up lock deliveries
//! only and wait for nobody.

use std::collections::HashSet;

use agentidp_domain::error::StoreError;
use agentidp_domain::id::SubscriptionId;
use agentidp_domain::time::Timestamp;
use agentidp_domain::webhook::{
    Delivery, DeliveryFilter, DeliveryStatus, DeliveryStore, DueDelivery,
};
use async_trait::async_trait;
use diesel::dsl::exists;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork, affected, dialect, failed};
use crate::rows::{DeliveryRow, ReceiverRow};
use crate::schema::webhook_deliveries::{self, dsl};
use crate::schema::webhook_subscriptions::{self, dsl as subscriptions};
use crate::types::{DbId, Micros};

/// Subscriptions that one statement names at most.
const PER_STATEMENT: usize = 1_000;

/// Whether a delivery is due and nobody has claimed it.
macro_rules! due_at {
    ($now:expr) => {
        dsl::next_retry_at.le($now).and(
            dsl::lease_expires_at
                .is_null()
                .or(dsl::lease_expires_at.le($now)),
        )
    };
}

fn matching(
    subscription: SubscriptionId,
    status: Option<DeliveryStatus>,
) -> webhook_deliveries::BoxedQuery<'static, Backend> {
    let mut query = webhook_deliveries::table
        .filter(dsl::subscription_id.eq(DbId::from(subscription)))
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(dsl::status.eq(status.as_str()));
    }
    query
}

impl SqlUnitOfWork {
    /// Those of the subscriptions that exist; they stay until the transaction
    /// ends.
    async fn keep_subscriptions(
        &mut self,
        mut ids: Vec<DbId>,
    ) -> Result<HashSet<DbId>, StoreError> {
        ids.sort_unstable();
        ids.dedup();
        let mut kept = HashSet::with_capacity(ids.len());
        for ids in ids.chunks(PER_STATEMENT) {
            let query = webhook_subscriptions::table
                .filter(subscriptions::subscription_id.eq_any(ids))
                .order(subscriptions::subscription_id)
                .select(subscriptions::subscription_id);
            let found: Vec<DbId> = for_key_share!(query).rows(self).await?;
            kept.extend(found);
        }
        Ok(kept)
    }

    async fn claim_due(
        &mut self,
        subscription: DbId,
        now: Micros,
        until: Micros,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let query = webhook_deliveries::table
            .filter(dsl::subscription_id.eq(subscription))
            .filter(due_at!(now))
            .order((dsl::next_retry_at, dsl::delivery_id))
            .limit(limit)
            .select(DeliveryRow::as_select());
        let rows: Vec<DeliveryRow> = skip_locked!(query).rows(self).await?;
        let ids: Vec<DbId> = rows.iter().map(|row| row.delivery_id).collect();
        if !ids.is_empty() {
            diesel::update(webhook_deliveries::table.filter(dsl::delivery_id.eq_any(ids)))
                .set(dsl::lease_expires_at.eq(Some(until)))
                .run(self)
                .await?;
        }
        Ok(rows)
    }

    /// Counts an attempt on the subscription. While nothing fails there is
    /// nothing to write.
    async fn count_attempt(
        &mut self,
        subscription: DbId,
        delivered: bool,
    ) -> Result<(), StoreError> {
        let subscription = webhook_subscriptions::table.find(subscription);
        if delivered {
            diesel::update(subscription.filter(subscriptions::failure_count.ne(0)))
                .set(subscriptions::failure_count.eq(0))
                .run(self)
                .await?;
        } else {
            diesel::update(subscription)
                .set(subscriptions::failure_count.eq(subscriptions::failure_count + 1))
                .run(self)
                .await?;
        }
        Ok(())
    }
}

#[async_trait]
impl DeliveryStore for SqlUnitOfWork {
    async fn queue(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        let ids = deliveries
            .iter()
            .map(|delivery| DbId::from(delivery.subscription_id))
            .collect();
        let kept = self.keep_subscriptions(ids).await?;
        let rows: Vec<DeliveryRow> = deliveries
            .iter()
            .filter(|delivery| kept.contains(&DbId::from(delivery.subscription_id)))
            .map(DeliveryRow::from)
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        dialect::queue(self.conn()?, rows).await.map_err(failed)
    }

    async fn history(
        &mut self,
        subscription: SubscriptionId,
        filter: DeliveryFilter,
    ) -> Result<(Vec<Delivery>, i64), StoreError> {
        let total = matching(subscription, filter.status)
            .count()
            .value(self)
            .await?;
        // The ids first, from an index alone: a page far behind would read
        // every row before it else.
        let ids: Vec<DbId> = matching(subscription, filter.status)
            .select(dsl::delivery_id)
            .order((dsl::created_at.desc(), dsl::delivery_id.desc()))
            .limit(i64::from(filter.limit))
            .offset(i64::from(filter.offset))
            .rows(self)
            .await?;
        let rows: Vec<DeliveryRow> = webhook_deliveries::table
            .filter(dsl::delivery_id.eq_any(ids))
            .select(DeliveryRow::as_select())
            .order((dsl::created_at.desc(), dsl::delivery_id.desc()))
            .rows(self)
            .await?;
        let deliveries = rows
            .into_iter()
            .map(Delivery::try_from)
            .collect::<Result<_, _>>()?;
        Ok((deliveries, total))
    }

    async fn due_subscriptions(
        &mut self,
        after: Option<SubscriptionId>,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<SubscriptionId>, StoreError> {
        let now = Micros::from(now);
        let after = after.map(DbId::from).unwrap_or_default();
        let due = webhook_deliveries::table
            .filter(dsl::subscription_id.eq(subscriptions::subscription_id))
            .filter(due_at!(now));
        let ids: Vec<DbId> = webhook_subscriptions::table
            .filter(subscriptions::active.eq(true))
            .filter(subscriptions::subscription_id.gt(after))
            .filter(exists(due))
            .order(subscriptions::subscription_id)
            .limit(limit)
            .select(subscriptions::subscription_id)
            .rows(self)
            .await?;
        Ok(ids.into_iter().map(SubscriptionId::from).collect())
    }

    async fn claim(
        &mut self,
        subscription: SubscriptionId,
        now: Timestamp,
        lease_expires_at: Timestamp,
        limit: i64,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let id = DbId::from(subscription);
        let receiver: Option<ReceiverRow> = webhook_subscriptions::table
            .find(id)
            .filter(subscriptions::active.eq(true))
            .select(ReceiverRow::as_select())
            .row(self)
            .await?;
        let Some(receiver) = receiver else {
            return Ok(Vec::new());
        };
        let (now, until) = (Micros::from(now), Micros::from(lease_expires_at));
        let rows = self.claim_due(id, now, until, limit).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let secret = receiver.secret(&self.cipher)?;
        rows.into_iter()
            .map(|row| {
                Ok(DueDelivery {
                    delivery: row.try_into()?,
                    organization_id: receiver.organization_id.into(),
                    url: receiver.url.clone(),
                    secret: secret.clone(),
                    lease_expires_at,
                })
            })
            .collect()
    }

    async fn settle(
        &mut self,
        delivery: &Delivery,
        claimed_until: Timestamp,
    ) -> Result<bool, StoreError> {
        let subscription = DbId::from(delivery.subscription_id);
        let query = webhook_subscriptions::table
            .find(subscription)
            .select(subscriptions::subscription_id);
        let locked: Option<DbId> = for_update!(query).row(self).await?;
        if locked.is_none() {
            return Ok(false);
        }
        let claimed = webhook_deliveries::table
            .find(DbId::from(delivery.delivery_id))
            .filter(dsl::lease_expires_at.eq(Micros::from(claimed_until)));
        let settled = diesel::update(claimed)
            .set((
                dsl::status.eq(delivery.status.as_str()),
                dsl::http_status_code.eq(delivery.http_status_code.map(i64::from)),
                dsl::attempt_count.eq(i64::from(delivery.attempt_count)),
                dsl::next_retry_at.eq(delivery.next_retry_at.map(Micros::from)),
                dsl::lease_expires_at.eq(None::<Micros>),
                dsl::delivered_at.eq(delivery.delivered_at.map(Micros::from)),
                dsl::updated_at.eq(Micros::from(delivery.updated_at)),
            ))
            .run(self)
            .await?;
        if settled == 0 {
            return Ok(false);
        }
        let delivered = delivery.status == DeliveryStatus::Delivered;
        self.count_attempt(subscription, delivered).await?;
        Ok(true)
    }

    async fn prune(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let query = webhook_deliveries::table
            .filter(dsl::created_at.lt(Micros::from(before)))
            .order(dsl::created_at)
            .limit(limit)
            .select(dsl::delivery_id);
        // Waits for nobody: deleting a subscription removes the same rows in
        // another order.
        let ids: Vec<DbId> = skip_locked!(query).rows(self).await?;
        diesel::delete(webhook_deliveries::table.filter(dsl::delivery_id.eq_any(ids)))
            .run(self)
            .await
            .map(affected)
    }
}
