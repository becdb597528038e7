//! `webhook_subscriptions` and `webhook_deliveries`.

use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::vault::Kept;
use agentidp_domain::webhook::{
    Delivery, SigningSecret, Subscription, SubscriptionEvents, SubscriptionName,
};
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::rows::{EncryptedColumn, KeptColumns};
use crate::schema::{webhook_deliveries, webhook_subscriptions};
use crate::types::{DbId, JsonText, Micros, TextList};

pub(crate) const SIGNING_SECRET: EncryptedColumn = EncryptedColumn {
    table: "webhook_subscriptions",
    column: "signing_secret",
};

pub(crate) const SIGNING_SECRET_VAULT_PATH: EncryptedColumn = EncryptedColumn {
    table: "webhook_subscriptions",
    column: "vault_secret_path",
};

const SECRET: KeptColumns = KeptColumns {
    secret: SIGNING_SECRET,
    vault_path: SIGNING_SECRET_VAULT_PATH,
};

/// Without the secret, which tenants may not read.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = webhook_subscriptions, check_for_backend(Pg, Sqlite))]
pub(crate) struct SubscriptionRow {
    pub(crate) subscription_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) events: TextList,
    pub(crate) active: bool,
    pub(crate) failure_count: i64,
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
}

impl From<&Subscription> for SubscriptionRow {
    fn from(subscription: &Subscription) -> Self {
        let events = subscription.events.as_slice();
        Self {
            subscription_id: subscription.subscription_id.into(),
            organization_id: subscription.organization_id.into(),
            name: subscription.name.as_str().to_owned(),
            url: subscription.url.clone(),
            events: events.iter().map(|event| event.as_str()).collect(),
            active: subscription.active,
            failure_count: subscription.failure_count,
            created_at: subscription.created_at.into(),
            updated_at: subscription.updated_at.into(),
        }
    }
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = StoreError;

    fn try_from(row: SubscriptionRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("webhook_subscriptions", row.subscription_id);
        Ok(Self {
            subscription_id: row.subscription_id.into(),
            organization_id: row.organization_id.into(),
            name: reader.read("name", SubscriptionName::new(&row.name))?,
            url: row.url,
            events: subscribed(row.subscription_id, row.events)?,
            active: row.active,
            failure_count: row.failure_count,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}

/// What the subscription `id` wants to hear of.
pub(crate) fn subscribed(id: DbId, stored: TextList) -> Result<SubscriptionEvents, StoreError> {
    let reader = RowReader::new("webhook_subscriptions", id);
    let names = reader.require("events", stored.0)?;
    reader.read("events", SubscriptionEvents::from_names(&names))
}

/// A subscription with its secret; only ever written as a whole.
#[derive(Insertable)]
#[diesel(table_name = webhook_subscriptions)]
pub(crate) struct NewSubscriptionRow {
    #[diesel(embed)]
    subscription: SubscriptionRow,
    signing_secret: Option<String>,
    vault_secret_path: Option<String>,
}

impl NewSubscriptionRow {
    pub(crate) fn encrypt(
        cipher: &FieldCipher,
        subscription: &Subscription,
        secret: &Kept<SigningSecret>,
    ) -> Result<Self, StoreError> {
        let row = subscription.subscription_id.to_string();
        let secret = secret.clone().map(SigningSecret::into_inner);
        let (signing_secret, vault_secret_path) = SECRET.encrypt(cipher, &row, &secret)?;
        Ok(Self {
            subscription: subscription.into(),
            signing_secret,
            vault_secret_path,
        })
    }
}

/// What sending to a subscription takes.
#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_subscriptions, check_for_backend(Pg, Sqlite))]
pub(crate) struct ReceiverRow {
    subscription_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) url: String,
    signing_secret: Option<String>,
    vault_secret_path: Option<String>,
}

impl ReceiverRow {
    pub(crate) fn secret(&self, cipher: &FieldCipher) -> Result<Kept<SigningSecret>, StoreError> {
        let id = self.subscription_id.to_string();
        let stored = (
            self.signing_secret.as_deref(),
            self.vault_secret_path.as_deref(),
        );
        let secret = SECRET.decrypt(cipher, &id, stored)?;
        Ok(secret.map(SigningSecret::from))
    }
}

/// Without the lease, which only claims look at.
#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = webhook_deliveries, check_for_backend(Pg, Sqlite))]
pub(crate) struct DeliveryRow {
    pub(crate) delivery_id: DbId,
    pub(crate) subscription_id: DbId,
    pub(crate) event_type: String,
    pub(crate) payload: JsonText,
    pub(crate) status: String,
    pub(crate) http_status_code: Option<i64>,
    pub(crate) attempt_count: i64,
    pub(crate) next_retry_at: Option<Micros>,
    pub(crate) delivered_at: Option<Micros>,
    pub(crate) created_at: Micros,
    pub(crate) updated_at: Micros,
}

impl From<&Delivery> for DeliveryRow {
    fn from(delivery: &Delivery) -> Self {
        Self {
            delivery_id: delivery.delivery_id.into(),
            subscription_id: delivery.subscription_id.into(),
            event_type: delivery.event_type.to_string(),
            payload: JsonText::from(&delivery.payload),
            status: delivery.status.to_string(),
            http_status_code: delivery.http_status_code.map(i64::from),
            attempt_count: delivery.attempt_count.into(),
            next_retry_at: delivery.next_retry_at.map(Micros::from),
            delivered_at: delivery.delivered_at.map(Micros::from),
            created_at: delivery.created_at.into(),
            updated_at: delivery.updated_at.into(),
        }
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("webhook_deliveries", row.delivery_id);
        let answer = row.http_status_code.map(u16::try_from).transpose();
        Ok(Self {
            delivery_id: row.delivery_id.into(),
            subscription_id: row.subscription_id.into(),
            event_type: reader.parse("event_type", &row.event_type)?,
            payload: reader.parse("payload", &row.payload.0)?,
            status: reader.parse("status", &row.status)?,
            http_status_code: reader.read("http_status_code", answer)?,
            attempt_count: reader.read("attempt_count", u32::try_from(row.attempt_count))?,
            next_retry_at: reader.optional_time("next_retry_at", row.next_retry_at)?,
            delivered_at: reader.optional_time("delivered_at", row.delivered_at)?,
            created_at: reader.time("created_at", row.created_at)?,
            updated_at: reader.time("updated_at", row.updated_at)?,
        })
    }
}
