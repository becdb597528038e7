//! Subscriptions and the events about them.

use crate::id::OrganizationId;
use crate::time::Timestamp;
use crate::validation::Invalid;
use crate::wire_enum;

wire_enum! {
    /// State of a subscription, in Stripe's words.
    SubscriptionStatus {
        /// In use.
        Active = "active",
        /// A payment failed; Stripe tries again.
        PastDue = "past_due",
        /// Ended for good.
        Canceled = "canceled",
    }
}

wire_enum! {
    /// Types of events, as Stripe names them.
    StripeEventType {
        /// Somebody bought a subscription.
        CheckoutCompleted = "checkout.session.completed",
        /// A subscription ended.
        SubscriptionDeleted = "customer.subscription.deleted",
        /// A subscription could not be paid.
        PaymentFailed = "invoice.payment_failed",
        /// All others; nothing follows from them.
        Other = "other",
    }
}

wire_enum! {
    /// What became of a verified event.
    EventOutcome {
        /// Plan or subscription changed.
        Applied = "applied",
        /// Nothing follows from it.
        Ignored = "ignored",
        /// It was processed before.
        Repeated = "repeated",
        /// Something later was applied to the same subscription.
        Stale = "stale",
        /// The store failed; Stripe sends it again.
        Failed = "failed",
    }
}

/// An id that Stripe gave: 1–255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeId(String);

impl StripeId {
    /// Reads an id.
    ///
    /// # Errors
    ///
    /// Its length or characters.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let fits = (1..=255).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new(
            "Must have between 1 and 255 visible characters.",
        ))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for StripeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The present subscription of an organization. One that took its place makes
/// it forgotten: what ends later no longer concerns the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// State.
    pub status: SubscriptionStatus,
    /// Stripe's id of the customer, if it told one.
    pub customer_id: Option<StripeId>,
    /// Stripe's id of the subscription.
    pub subscription_id: StripeId,
    /// End of the period that is paid for, if Stripe told it.
    pub current_period_end: Option<Timestamp>,
    /// When its checkout was completed, by Stripe's clock.
    pub activated_at: Timestamp,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// A processed event, to recognize a repeat and what came too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// Stripe's id of the event.
    pub event_id: StripeId,
    /// Its type.
    pub event_type: StripeEventType,
    /// When it happened, by Stripe's clock.
    pub created: Timestamp,
    /// The subscription it was applied to; earlier events about that one
    /// change nothing from now on.
    pub applied_to: Option<StripeId>,
    /// When it was processed.
    pub processed_at: Timestamp,
}

/// What was applied to a subscription so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastApplied {
    /// Time of the latest event, by Stripe's clock.
    pub created: Timestamp,
    /// Whether the subscription has ended.
    pub ended: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_visible_texts() {
        for good in ["evt_1", &"x".repeat(255)] {
            assert_eq!(StripeId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\0", "é", &"x".repeat(256)] {
            assert!(StripeId::new(bad).is_err(), "{bad}");
        }
    }
}
