//! Webhooks: endpoints of organizations that are told of platform events by a
//! signed `POST`, again and again until they take it or all attempts are used
//! up.

mod backoff;
mod delivery;
mod error;
mod model;
mod relay;
mod secret;
mod sender;
mod service;
mod store;
mod worker;

pub use backoff::Backoff;
pub use delivery::{Delivery, DeliveryFilter, DeliveryStatus};
pub use error::WebhookError;
pub use model::{
    MAX_SUBSCRIPTIONS, NewSubscription, Subscription, SubscriptionEvents, SubscriptionName,
    SubscriptionPatch, WebhookTargets,
};
pub use relay::Relay;
pub use secret::SigningSecret;
pub use sender::{WebhookRequest, WebhookSender};
pub use service::{CreatedSubscription, WebhookService};
pub use store::{DeliveryStore, DueDelivery, SubscriptionStore};
pub use worker::DeliveryWorker;
