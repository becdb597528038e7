//! Subscriptions at Stripe and its events.

use agentidp_domain::billing::{
    BillingStore, EventRecord, LastApplied, StripeEventType, StripeId, Subscription,
};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{SqlUnitOfWork, affected};
use crate::error::RowReader;
use crate::rows::TenantSubscriptionRow;
use crate::schema::stripe_events::{self, dsl as events};
use crate::schema::tenant_subscriptions::{self, dsl};
use crate::types::{DbId, Micros};

#[async_trait]
impl BillingStore for SqlUnitOfWork {
    async fn record_event(&mut self, event: &EventRecord) -> Result<bool, StoreError> {
        let inserted = diesel::insert_into(stripe_events::table)
            .values((
                events::event_id.eq(event.event_id.as_str()),
                events::event_type.eq(event.event_type.as_str()),
                events::created.eq(Micros::from(event.created)),
                events::applied_to.eq(event.applied_to.as_ref().map(StripeId::as_str)),
                events::processed_at.eq(Micros::from(event.processed_at)),
            ))
            .on_conflict(events::event_id)
            .do_nothing()
            .run(self)
            .await?;
        Ok(inserted > 0)
    }

    async fn last_applied(
        &mut self,
        subscription: &StripeId,
    ) -> Result<Option<LastApplied>, StoreError> {
        let latest: Option<(String, Micros)> = stripe_events::table
            .filter(events::applied_to.eq(subscription.as_str()))
            .order(events::created.desc())
            .select((events::event_id, events::created))
            .row(self)
            .await?;
        let Some((event, created)) = latest else {
            return Ok(None);
        };
        let end: Option<String> = stripe_events::table
            .filter(events::applied_to.eq(subscription.as_str()))
            .filter(events::event_type.eq(StripeEventType::SubscriptionDeleted.as_str()))
            .select(events::event_id)
            .row(self)
            .await?;
        Ok(Some(LastApplied {
            created: RowReader::new("stripe_events", event).time("created", created)?,
            ended: end.is_some(),
        }))
    }

    async fn subscriber(
        &mut self,
        subscription: &StripeId,
    ) -> Result<Option<OrganizationId>, StoreError> {
        let found: Option<DbId> = tenant_subscriptions::table
            .filter(dsl::subscription_id.eq(subscription.as_str()))
            .select(dsl::organization_id)
            .row(self)
            .await?;
        Ok(found.map(OrganizationId::from))
    }

    async fn subscription(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Option<Subscription>, StoreError> {
        tenant_subscriptions::table
            .find(DbId::from(organization))
            .select(TenantSubscriptionRow::as_select())
            .row(self)
            .await?
            .map(Subscription::try_from)
            .transpose()
    }

    async fn put_subscription(&mut self, subscription: &Subscription) -> Result<(), StoreError> {
        let row = TenantSubscriptionRow::from(subscription);
        diesel::insert_into(tenant_subscriptions::table)
            .values(&row)
            .on_conflict(dsl::organization_id)
            .do_update()
            .set((
                dsl::status.eq(row.status.as_str()),
                dsl::customer_id.eq(row.customer_id.as_deref()),
                dsl::subscription_id.eq(row.subscription_id.as_str()),
                dsl::current_period_end.eq(row.current_period_end),
                dsl::activated_at.eq(row.activated_at),
                dsl::updated_at.eq(row.updated_at),
            ))
            .run(self)
            .await?;
        Ok(())
    }

    async fn prune_events(&mut self, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let old = diesel::alias!(stripe_events as old);
        let processed = old
            .filter(old.field(events::processed_at).lt(Micros::from(before)))
            .order(old.field(events::processed_at))
            .limit(limit)
            .select(old.field(events::event_id));
        diesel::delete(stripe_events::table.filter(events::event_id.eq_any(processed)))
            .run(self)
            .await
            .map(affected)
    }
}
