//! Webhook subscriptions.

use agentidp_domain::error::StoreError;
use agentidp_domain::id::{OrganizationId, SubscriptionId};
use agentidp_domain::vault::Kept;
use agentidp_domain::webhook::{MAX_SUBSCRIPTIONS, SigningSecret, Subscription, SubscriptionStore};
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::SqlUnitOfWork;
use super::statement::Statement;
use crate::error::require_met;
use crate::rows::{NewSubscriptionRow, SubscriptionRow};
use crate::schema::webhook_subscriptions::{self, dsl};
use crate::types::DbId;

#[async_trait]
impl SubscriptionStore for SqlUnitOfWork {
    async fn insert(
        &mut self,
        subscription: &Subscription,
        secret: &Kept<SigningSecret>,
    ) -> Result<(), StoreError> {
        let row = NewSubscriptionRow::encrypt(&self.cipher, subscription, secret)?;
        diesel::insert_into(webhook_subscriptions::table)
            .values(&row)
            .run(self)
            .await?;
        Ok(())
    }

    async fn list(
        &mut self,
        organization: OrganizationId,
    ) -> Result<Vec<Subscription>, StoreError> {
        let rows: Vec<SubscriptionRow> = webhook_subscriptions::table
            .filter(dsl::organization_id.eq(DbId::from(organization)))
            .order((dsl::created_at.desc(), dsl::subscription_id.desc()))
            .limit(MAX_SUBSCRIPTIONS)
            .select(SubscriptionRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter().map(Subscription::try_from).collect()
    }

    async fn count(&mut self, organization: OrganizationId) -> Result<i64, StoreError> {
        webhook_subscriptions::table
            .filter(dsl::organization_id.eq(DbId::from(organization)))
            .count()
            .value(self)
            .await
    }

    async fn find(
        &mut self,
        organization: OrganizationId,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, StoreError> {
        let query = webhook_subscriptions::table
            .find(DbId::from(id))
            .filter(dsl::organization_id.eq(DbId::from(organization)))
            .select(SubscriptionRow::as_select());
        row_locked_if_writing!(self, query)?
            .map(|row: SubscriptionRow| row.try_into())
            .transpose()
    }

    async fn update(&mut self, subscription: &Subscription) -> Result<(), StoreError> {
        let row = SubscriptionRow::from(subscription);
        let updated = diesel::update(webhook_subscriptions::table.find(row.subscription_id))
            .set((
                dsl::name.eq(row.name),
                dsl::url.eq(row.url),
                dsl::events.eq(row.events),
                dsl::active.eq(row.active),
                dsl::updated_at.eq(row.updated_at),
            ))
            .run(self)
            .await?;
        require_met(updated)
    }

    async fn delete(&mut self, id: SubscriptionId) -> Result<bool, StoreError> {
        // Its deliveries go with it.
        let deleted = diesel::delete(webhook_subscriptions::table.find(DbId::from(id)))
            .run(self)
            .await?;
        Ok(deleted > 0)
    }

    async fn active(
        &mut self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<Subscription>, StoreError> {
        let ids: Vec<DbId> = organizations.iter().copied().map(DbId::from).collect();
        let rows: Vec<SubscriptionRow> = webhook_subscriptions::table
            .filter(dsl::organization_id.eq_any(ids))
            .filter(dsl::active.eq(true))
            .order(dsl::subscription_id)
            .select(SubscriptionRow::as_select())
            .rows(self)
            .await?;
        rows.into_iter().map(Subscription::try_from).collect()
    }

    async fn organizations_after(
        &mut self,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let after = after.map(DbId::from).unwrap_or_default();
        let ids: Vec<DbId> = webhook_subscriptions::table
            .filter(dsl::organization_id.gt(after))
            .select(dsl::organization_id)
            .distinct()
            .order(dsl::organization_id)
            .limit(limit)
            .rows(self)
            .await?;
        Ok(ids.into_iter().map(OrganizationId::from).collect())
    }
}
