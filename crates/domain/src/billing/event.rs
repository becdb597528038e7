//! Stripe's events, as far as something follows from them. What is not needed
//! is not looked at, so that new versions of Stripe's API do no harm.

use serde_json::Value;

use crate::billing::{StripeEventType, StripeId};
use crate::id::OrganizationId;
use crate::organization::PlanTier;
use crate::time::Timestamp;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StripeEvent {
    /// Its id.
    pub event_id: StripeId,
    /// Its type.
    pub event_type: StripeEventType,
    /// When it happened, by Stripe's clock.
    pub created: Timestamp,
    /// What it says.
    pub notice: Notice,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A subscription was bought.
    Completed(CompletedCheckout),
    /// A subscription ended.
    Ended {
        /// The subscription.
        subscription_id: StripeId,
        /// End of the period that is paid for.
        current_period_end: Option<Timestamp>,
    },
    /// A subscription could not be paid.
    Unpaid {
        /// The subscription.
        subscription_id: StripeId,
    },
    /// Its type is one that is handled, but it is not about a subscription of
    /// this product: what is missing.
    Foreign(&'static str),
    /// Nothing follows from its type.
    Unhandled,
}

/// A subscription that was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedCheckout {
    /// Who bought, from the metadata.
    pub organization_id: OrganizationId,
    /// What was bought, from the metadata; never `free`.
    pub tier: PlanTier,
    /// The subscription.
    pub subscription_id: StripeId,
    /// The customer.
    pub customer_id: Option<StripeId>,
}

impl Notice {
    /// The subscription it is about.
    #[must_use]
    pub fn subscription_id(&self) -> Option<&StripeId> {
        match self {
            Self::Completed(checkout) => Some(&checkout.subscription_id),
            Self::Ended {
                subscription_id, ..
            }
            | Self::Unpaid { subscription_id } => Some(subscription_id),
            Self::Foreign(_) | Self::Unhandled => None,
        }
    }
}

impl StripeEvent {
    /// Reads an event whose signature was verified; `None` when it has no id,
    /// type or time.
    #[must_use]
    pub fn decode(body: &[u8]) -> Option<Self> {
        let event: Value = serde_json::from_slice(body).ok()?;
        let name = event.get("type")?.as_str()?;
        let event_type = name.parse().unwrap_or(StripeEventType::Other);
        let object = event.pointer("/data/object").unwrap_or(&Value::Null);
        let notice = match event_type {
            StripeEventType::CheckoutCompleted => completed(object),
            StripeEventType::SubscriptionDeleted => ended(object),
            StripeEventType::PaymentFailed => unpaid(object),
            StripeEventType::Other => Ok(Notice::Unhandled),
        };
        Some(Self {
            event_id: id(&event, "/id")?,
            event_type,
            created: time(&event, "/created")?,
            notice: notice.unwrap_or_else(Notice::Foreign),
        })
    }
}

fn completed(session: &Value) -> Result<Notice, &'static str> {
    let metadata = |name: &str| session.get("metadata")?.get(name)?.as_str();
    let organization = metadata("organization_id").and_then(|text| text.parse().ok());
    let tier = metadata("target_tier").and_then(|text| text.parse().ok());
    Ok(Notice::Completed(CompletedCheckout {
        organization_id: organization.ok_or("metadata.organization_id")?,
        tier: tier
            .filter(|tier| *tier != PlanTier::Free)
            .ok_or("metadata.target_tier")?,
        subscription_id: id(session, "/subscription").ok_or("subscription")?,
        customer_id: id(session, "/customer"),
    }))
}

fn ended(subscription: &Value) -> Result<Notice, &'static str> {
    // Periods moved from the subscription to its items with 2025-03-31.basil.
    let end = time(subscription, "/items/data/0/current_period_end")
        .or_else(|| time(subscription, "/current_period_end"));
    Ok(Notice::Ended {
        subscription_id: id(subscription, "/id").ok_or("id")?,
        current_period_end: end,
    })
}

fn unpaid(invoice: &Value) -> Result<Notice, &'static str> {
    // The subscription moved below `parent` with 2025-03-31.basil.
    let subscription = id(invoice, "/parent/subscription_details/subscription")
        .or_else(|| id(invoice, "/subscription"));
    Ok(Notice::Unpaid {
        subscription_id: subscription.ok_or("subscription")?,
    })
}

fn id(value: &Value, pointer: &str) -> Option<StripeId> {
    StripeId::new(value.pointer(pointer)?.as_str()?).ok()
}

/// Unix seconds.
fn time(value: &Value, pointer: &str) -> Option<Timestamp> {
    let seconds = value.pointer(pointer)?.as_i64()?;
    let time = Timestamp::from_unix_millis(seconds.checked_mul(1000)?)?;
    (seconds >= 0 && time <= Timestamp::MAX).then_some(time)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ORGANIZATION: &str = "22222222-2222-4222-8222-222222222222";

    fn decode(event_type: &str, object: &Value) -> Option<StripeEvent> {
        let event = json!({
            "id": "evt_1", "object": "event", "type": event_type, "created": 1_700_000_000,
            "livemode": false, "data": {"object": object},
        });
        StripeEvent::decode(event.to_string().as_bytes())
    }

    fn notice(event_type: &str, object: &Value) -> Notice {
        decode(event_type, object).unwrap().notice
    }

    fn session() -> Value {
        json!({
            "id": "cs_1", "mode": "subscription", "customer": "cus_1", "subscription": "sub_1",
            "metadata": {"organization_id": ORGANIZATION, "target_tier": "pro", "more": "x"},
        })
    }

    #[test]
    fn a_checkout_names_buyer_and_tier() {
        let event = decode("checkout.session.completed", &session()).unwrap();
        assert_eq!(event.event_id.as_str(), "evt_1");
        assert_eq!(event.created.unix_seconds(), 1_700_000_000);
        let Notice::Completed(checkout) = event.notice else {
            panic!("{:?}", event.notice)
        };
        assert_eq!(checkout.organization_id.to_string(), ORGANIZATION);
        assert_eq!(checkout.tier, PlanTier::Pro);
        assert_eq!(checkout.subscription_id.as_str(), "sub_1");
        assert_eq!(checkout.customer_id.unwrap().as_str(), "cus_1");
    }

    #[test]
    fn a_checkout_of_something_else_is_told_by_what_is_missing() {
        for (pointer, bad, missing) in [
            ("/subscription", Value::Null, "subscription"),
            ("/metadata", Value::Null, "metadata.organization_id"),
            (
                "/metadata/organization_id",
                json!("acme"),
                "metadata.organization_id",
            ),
            (
                "/metadata/target_tier",
                json!("gold"),
                "metadata.target_tier",
            ),
            (
                "/metadata/target_tier",
                json!("free"),
                "metadata.target_tier",
            ),
            ("/metadata/target_tier", json!(1), "metadata.target_tier"),
        ] {
            let mut session = session();
            *session.pointer_mut(pointer).unwrap() = bad;
            let found = notice("checkout.session.completed", &session);
            assert_eq!(found, Notice::Foreign(missing), "{pointer}");
        }
    }

    #[test]
    fn both_forms_of_periods_and_invoices_are_read() {
        let end = Timestamp::from_unix_millis(1_800_000_000_000);
        let items = json!({"data": [{"current_period_end": 1_800_000_000}]});
        for (object, wanted) in [
            (json!({"id": "sub_1"}), None),
            (json!({"id": "sub_1", "items": items}), end),
            (
                json!({"id": "sub_1", "current_period_end": 1_800_000_000}),
                end,
            ),
        ] {
            let Notice::Ended {
                subscription_id,
                current_period_end,
            } = notice("customer.subscription.deleted", &object)
            else {
                panic!("{object}")
            };
            assert_eq!(subscription_id.as_str(), "sub_1");
            assert_eq!(current_period_end, wanted);
        }
        let parent = json!({"parent": {"subscription_details": {"subscription": "sub_1"}}});
        for invoice in [json!({"subscription": "sub_1"}), parent] {
            let found = notice("invoice.payment_failed", &invoice);
            assert_eq!(found.subscription_id().unwrap().as_str(), "sub_1");
        }
        let found = notice("invoice.payment_failed", &json!({"id": "in_1"}));
        assert_eq!(found, Notice::Foreign("subscription"));
    }

    #[test]
    fn unknown_types_are_events_and_other_documents_are_not() {
        for name in ["invoice.paid", "other", "x"] {
            let event = decode(name, &Value::Null).unwrap();
            assert_eq!(event.event_type, StripeEventType::Other);
            assert_eq!(event.notice, Notice::Unhandled);
        }
        for body in [
            "",
            "{",
            "[]",
            "7",
            r#"{"id":"evt_1","type":"invoice.paid"}"#,
            r#"{"id":"evt_1","created":1}"#,
            r#"{"type":"invoice.paid","created":1}"#,
            r#"{"id":"","type":"invoice.paid","created":1}"#,
            r#"{"id":"evt_1","type":"invoice.paid","created":-1}"#,
            r#"{"id":"evt_1","type":"invoice.paid","created":9223372036854775807}"#,
        ] {
            assert_eq!(StripeEvent::decode(body.as_bytes()), None, "{body}");
        }
    }
}
