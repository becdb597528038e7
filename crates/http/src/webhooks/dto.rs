//! Subscriptions and deliveries on the wire; all names in snake_case but
//! `signingSecret` and what is inside of `data`.

use agentidp_domain::outbox::EventType;
use agentidp_domain::time::Timestamp;
use agentidp_domain::validation::Invalid;
use agentidp_domain::webhook::{
    CreatedSubscription, Delivery, DeliveryFilter, DeliveryStatus, NewSubscription, Subscription,
    SubscriptionEvents, SubscriptionName, SubscriptionPatch, WebhookTargets,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::input::{JsonBody, QueryReader, boolean, string, strings};
use crate::webhooks::vocabulary::{DeliveryStatusSchema, EventTypeSchema};

/// A subscription; its secret is never shown again.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSubscription)]
pub struct SubscriptionBody {
    /// Id.
    #[schema(format = Uuid)]
    id: String,
    /// Owner.
    #[schema(format = Uuid)]
    organization_id: String,
    /// Label.
    #[schema(value_type = String, example = "inventory")]
    name: SubscriptionName,
    /// The receiver.
    #[schema(format = "uri", example = "https://hooks.acme.example/agentidp")]
    url: String,
    /// What it wants to hear of.
    #[schema(value_type = Vec<EventTypeSchema>, min_items = 1, example = json!(["agent.created", "token.revoked"]))]
    events: SubscriptionEvents,
    /// `false` pauses deliveries.
    #[schema(example = true)]
    active: bool,
    /// Failed attempts since the last success.
    #[schema(minimum = 0, example = 0)]
    failure_count: i64,
    /// Creation.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created_at: Timestamp,
    /// Last change by the owner.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    updated_at: Timestamp,
}

impl From<Subscription> for SubscriptionBody {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.subscription_id.to_string(),
            organization_id: subscription.organization_id.to_string(),
            name: subscription.name,
            url: subscription.url,
            events: subscription.events,
            active: subscription.active,
            failure_count: subscription.failure_count,
            created_at: subscription.created_at,
            updated_at: subscription.updated_at,
        }
    }
}

/// A subscription with its secret, shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedWebhookSubscription)]
pub struct CreatedSubscriptionBody {
    /// The record.
    #[serde(flatten)]
    subscription: SubscriptionBody,
    /// Key of the signatures: `whsec_` and 64 hex characters.
    #[serde(rename = "signingSecret")]
    #[schema(min_length = 70, max_length = 70, pattern = "^whsec_[0-9a-f]{64}$")]
    signing_secret: String,
}

impl From<CreatedSubscription> for CreatedSubscriptionBody {
    fn from(created: CreatedSubscription) -> Self {
        Self {
            subscription: created.subscription.into(),
            signing_secret: created.secret.expose().to_owned(),
        }
    }
}

/// A new subscription.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateWebhookSubscription, example = json!({
        "name": "inventory", "url": "https://hooks.acme.example/agentidp",
        "events": ["agent.created", "token.revoked"]
    }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct CreateSubscriptionBody {
    /// Label.
    #[schema(min_length = 1, max_length = 256)]
    name: String,
    /// HTTPS URL of the receiver, outside of private networks.
    #[schema(format = "uri", max_length = 2048)]
    url: String,
    /// What it wants to hear of; repeated entries are kept once.
    #[schema(value_type = Vec<EventTypeSchema>, min_items = 1)]
    events: Vec<String>,
}

/// Partial update of a subscription; at least one field.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UpdateWebhookSubscription, example = json!({ "active": false }))]
#[expect(
    dead_code,
    reason = "describes the body, which is read member by member"
)]
pub struct UpdateSubscriptionBody {
    /// Label.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 256)]
    name: Option<String>,
    /// HTTPS URL of the receiver, outside of private networks.
    #[schema(value_type = String, required = false, format = "uri", max_length = 2048)]
    url: Option<String>,
    /// What it wants to hear of, replaced as a whole.
    #[schema(value_type = Vec<EventTypeSchema>, required = false, min_items = 1)]
    events: Option<Vec<String>>,
    /// `false` pauses deliveries, `true` resumes them.
    #[schema(value_type = bool, required = false)]
    active: Option<bool>,
}

/// Reads a new subscription.
///
/// # Errors
///
/// 400 with every bad field.
pub fn new_subscription(
    body: JsonBody,
    targets: WebhookTargets,
) -> Result<NewSubscription, ApiError> {
    let mut reader = body.reader();
    let name = reader.required("name", name);
    let url = reader.required("url", |value| targets.read(string(value)?));
    let events = reader.required("events", events);
    reader.finish()?;
    let complete = (|| {
        Some(NewSubscription {
            name: name?,
            url: url?,
            events: events?,
        })
    })();
    complete.ok_or_else(|| ApiError::internal(&"a required field was lost"))
}

/// Reads an update.
///
/// # Errors
///
/// 400 with every bad field, or for an empty body.
pub fn subscription_patch(
    body: JsonBody,
    targets: WebhookTargets,
) -> Result<SubscriptionPatch, ApiError> {
    let mut reader = body.reader();
    if reader.is_empty() {
        reader.refuse("body", "Must contain at least one field.");
    }
    reader.immutable(&[
        "id",
        "organization_id",
        "failure_count",
        "created_at",
        "updated_at",
    ]);
    let patch = SubscriptionPatch {
        name: reader.optional("name", name),
        url: reader.optional("url", |value| targets.read(string(value)?)),
        events: reader.optional("events", events),
        active: reader.optional("active", boolean),
    };
    reader.finish()?;
    Ok(patch)
}

fn name(value: &Value) -> Result<SubscriptionName, Invalid> {
    SubscriptionName::new(string(value)?)
}

fn events(value: &Value) -> Result<SubscriptionEvents, Invalid> {
    SubscriptionEvents::from_names(&strings(value)?)
}

/// What is sent to a receiver.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEnvelope)]
pub struct EnvelopeBody {
    /// Id of the event, the same in all deliveries of it.
    #[schema(format = Uuid)]
    id: String,
    /// What it tells of.
    #[schema(value_type = EventTypeSchema)]
    event: String,
    /// When it happened.
    #[schema(format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    timestamp: String,
    /// Where it happened.
    #[schema(format = Uuid)]
    organization_id: String,
    /// What happened; which members, depends on the event.
    #[schema(value_type = Object, example = json!({"agentId": "a1b2c3d4-0000-4000-8000-000000000001", "agentType": "screener", "owner": "talent-team", "deploymentEnv": "production", "status": "active"}))]
    data: Value,
}

/// One event on its way to one subscription.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryBody {
    /// Id, the same at every attempt.
    #[schema(format = Uuid)]
    id: String,
    /// The subscription.
    #[schema(format = Uuid)]
    subscription_id: String,
    /// What the event tells of.
    #[schema(value_type = EventTypeSchema)]
    event_type: EventType,
    /// What was or will be sent.
    #[schema(value_type = EnvelopeBody)]
    payload: Value,
    /// State.
    #[schema(value_type = DeliveryStatusSchema)]
    status: DeliveryStatus,
    /// Status of the last answer; null when there was none.
    #[schema(example = 204)]
    http_status_code: Option<u16>,
    /// Attempts made so far.
    #[schema(minimum = 0, example = 1)]
    attempt_count: u32,
    /// When the next attempt is due; null at the end.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_retry_at: Option<Timestamp>,
    /// When the receiver took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Timestamp>,
    /// Creation.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    created_at: Timestamp,
    /// Last attempt, or creation.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    updated_at: Timestamp,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.delivery_id.to_string(),
            subscription_id: delivery.subscription_id.to_string(),
            event_type: delivery.event_type,
            payload: delivery.payload,
            status: delivery.status,
            http_status_code: delivery.http_status_code,
            attempt_count: delivery.attempt_count,
            next_retry_at: delivery.next_retry_at,
            delivered_at: delivery.delivered_at,
            created_at: delivery.created_at,
            updated_at: delivery.updated_at,
        }
    }
}

/// A part of the history of a subscription.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryHistory)]
pub struct HistoryBody {
    /// Newest first.
    deliveries: Vec<DeliveryBody>,
    /// All that match.
    #[schema(minimum = 0, example = 1)]
    total: i64,
    /// Entries at most.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    limit: u32,
    /// Entries left out at the beginning.
    #[schema(minimum = 0, example = 0)]
    offset: u32,
}

impl HistoryBody {
    /// The wire form of what `filter` selected.
    pub fn new(deliveries: Vec<Delivery>, total: i64, filter: DeliveryFilter) -> Self {
        Self {
            deliveries: deliveries.into_iter().map(DeliveryBody::from).collect(),
            total,
            limit: filter.limit,
            offset: filter.offset,
        }
    }
}

/// Reads which part of a history is wanted.
///
/// # Errors
///
/// 400 with every bad parameter; here its text is that of bodies.
pub fn delivery_filter(mut query: QueryReader) -> Result<DeliveryFilter, ApiError> {
    let (limit, offset) = query.section();
    let status = query.optional("status", str::parse);
    query
        .into_result()
        .map_err(|violations| ApiError::invalid_body(&violations))?;
    Ok(DeliveryFilter {
        status,
        limit,
        offset,
    })
}
