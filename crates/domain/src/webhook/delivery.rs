//! Deliveries.

use std::time::Duration;

use serde_json::Value;

use crate::id::{DeliveryId, SubscriptionId};
use crate::outbox::{EventType, PlatformEvent};
use crate::time::Timestamp;
use crate::wire_enum;

wire_enum! {
    /// State of a delivery.
    DeliveryStatus {
        /// Waits for the first attempt.
        Pending = "pending",
        /// The receiver took it.
        Delivered = "delivered",
        /// The last attempt failed; another one follows.
        Failed = "failed",
        /// All attempts are used up.
        DeadLetter = "dead_letter",
    }
}

/// One event on its way to one subscription.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Id, the same at every attempt.
    pub delivery_id: DeliveryId,
    /// The subscription.
    pub subscription_id: SubscriptionId,
    /// What the event tells of.
    pub event_type: EventType,
    /// The envelope.
    pub payload: Value,
    /// State.
    pub status: DeliveryStatus,
    /// Status of the last answer; `None` when there was no answer.
    pub http_status_code: Option<u16>,
    /// Attempts made.
    pub attempt_count: u32,
    /// When the next attempt is due; `None` at the end.
    pub next_retry_at: Option<Timestamp>,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
    /// Creation.
    pub created_at: Timestamp,
    /// Last attempt, or creation.
    pub updated_at: Timestamp,
}

impl Delivery {
    /// A delivery of `event`, due at once.
    #[must_use]
    pub fn new(
        delivery_id: DeliveryId,
        subscription_id: SubscriptionId,
        event: &PlatformEvent,
        now: Timestamp,
    ) -> Self {
        Self {
            delivery_id,
            subscription_id,
            event_type: event.event_type,
            payload: event.envelope(),
            status: DeliveryStatus::Pending,
            http_status_code: None,
            attempt_count: 0,
            next_retry_at: Some(now),
            delivered_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Notes an attempt that got `answer` (an HTTP status, or none at all);
    /// `wait` is the time until the next one, `None` after the last.
    pub fn attempted(&mut self, answer: Option<u16>, wait: Option<Duration>, now: Timestamp) {
        self.attempt_count = self.attempt_count.saturating_add(1);
        self.http_status_code = answer;
        self.updated_at = now;
        if answer.is_some_and(|status| (200..300).contains(&status)) {
            self.status = DeliveryStatus::Delivered;
            self.delivered_at = Some(now);
            self.next_retry_at = None;
        } else {
            self.next_retry_at = wait.map(|wait| now.plus(wait));
            self.status = match wait {
                Some(_) => DeliveryStatus::Failed,
                None => DeliveryStatus::DeadLetter,
            };
        }
    }
}

/// Which deliveries a history shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Exact state.
    pub status: Option<DeliveryStatus>,
    /// Entries at most, 1–100.
    pub limit: u32,
    /// Entries to skip.
    pub offset: u32,
}
