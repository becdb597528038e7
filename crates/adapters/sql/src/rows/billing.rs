//! `tenant_subscriptions`.

use agentidp_domain::billing::{StripeId, Subscription};
use agentidp_domain::error::StoreError;
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::schema::tenant_subscriptions;
use crate::types::{DbId, Micros};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = tenant_subscriptions, check_for_backend(Pg, Sqlite))]
pub(crate) struct TenantSubscriptionRow {
    organization_id: DbId,
    pub(crate) status: String,
    pub(crate) customer_id: Option<String>,
    pub(crate) subscription_id: String,
    pub(crate) current_period_end: Option<Micros>,
    pub(crate) activated_at: Micros,
    created_at: Micros,
    pub(crate) updated_at: Micros,
}

impl From<&Subscription> for TenantSubscriptionRow {
    fn from(subscription: &Subscription) -> Self {
        Self {
            organization_id: subscription.organization_id.into(),
            status: subscription.status.to_string(),
            customer_id: subscription.customer_id.as_ref().map(ToString::to_string),
            subscription_id: subscription.subscription_id.to_string(),
            current_period_end: subscription.current_period_end.map(Micros::from),
            activated_at: subscription.activated_at.into(),
            created_at: subscription.created_at.into(),
            updated_at: subscription.updated_at.into(),
        }
    }
}

impl TryFrom<TenantSubscriptionRow> for Subscription {
    type Error = StoreError;

    fn try_from(row: TenantSubscriptionRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("tenant_subscriptions", row.organization_id);
        let customer = row.customer_id.as_deref().map(StripeId::new).transpose();
        let subscription = StripeId::new(&row.subscription_id);
        Ok(Self {
            organization_id: row.organization_id.into(),
            status: reader.parse("status", &row.status)?,
            customer_id: reader.read("stripe_customer_id", customer)?,
            subscription_id: reader.read("stripe_subscription_id", subscription)?,
            current_period_end: reader
                .optional_time("current_period_end", row.current_period_end)?,
            activated_at: reader.time("activated_at", row.activated_at)?,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}
