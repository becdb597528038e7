//! Fixed words of webhooks in the API description, taken from the domain.

use std::borrow::Cow;

use agentidp_domain::outbox::EventType;
use agentidp_domain::webhook::DeliveryStatus;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Describes [`EventType`].
pub struct EventTypeSchema;

impl PartialSchema for EventTypeSchema {
    fn schema() -> RefOr<Schema> {
        let words = EventType::ALL.iter().map(|event| event.as_str());
        one_of("What an event tells of.", words)
    }
}

impl ToSchema for EventTypeSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("WebhookEventType")
    }
}

/// Describes [`DeliveryStatus`].
pub struct DeliveryStatusSchema;

impl PartialSchema for DeliveryStatusSchema {
    fn schema() -> RefOr<Schema> {
        let words = DeliveryStatus::ALL.iter().map(|status| status.as_str());
        one_of("State of a delivery.", words)
    }
}

impl ToSchema for DeliveryStatusSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("WebhookDeliveryStatus")
    }
}

fn one_of(description: &str, words: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(words))
        .into()
}
