//! Rules of stored subscriptions and events of Stripe.

use std::time::Duration;

use agentidp_domain::billing::{LastApplied, StripeEventType, Subscription, SubscriptionStatus};
use agentidp_domain::id::OrganizationId;
use tokio::time::timeout;

use super::assert_corrupt;
use crate::fixtures::{
    at, put_subscription, record_event, stored_organization, stripe_event, stripe_id,
    tenant_subscription,
};
use crate::harness::Target;

const BOUGHT: StripeEventType = StripeEventType::CheckoutCompleted;
const ENDED: StripeEventType = StripeEventType::SubscriptionDeleted;

async fn found(target: &Target, organization: OrganizationId) -> Option<Subscription> {
    let mut work = target.read().await;
    work.billing().subscription(organization).await.unwrap()
}

async fn subscriber(target: &Target, name: &str) -> Option<OrganizationId> {
    let mut work = target.read().await;
    let id = stripe_id(name);
    work.billing().subscriber(&id).await.unwrap()
}

pub async fn one_subscription_per_organization(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_organization(target).await;
    assert_eq!(found(target, own).await, None);
    assert_eq!(subscriber(target, "sub_1").await, None);

    let first = tenant_subscription(own, "sub_1");
    put_subscription(target, &first).await;
    let bare = Subscription {
        customer_id: None,
        current_period_end: None,
        ..tenant_subscription(other, "sub_9")
    };
    put_subscription(target, &bare).await;
    assert_eq!(found(target, own).await, Some(first.clone()));
    assert_eq!(found(target, other).await, Some(bare));
    assert_eq!(subscriber(target, "sub_1").await, Some(own));

    let second = Subscription {
        status: SubscriptionStatus::PastDue,
        customer_id: Some(stripe_id("cus_2")),
        subscription_id: stripe_id("sub_2"),
        current_period_end: None,
        activated_at: at(7),
        created_at: at(8),
        updated_at: at(8),
        ..first
    };
    put_subscription(target, &second).await;
    let kept = Subscription {
        created_at: at(2),
        ..second
    };
    assert_eq!(found(target, own).await, Some(kept));
    assert_eq!(subscriber(target, "sub_1").await, None);
    assert_eq!(subscriber(target, "sub_2").await, Some(own));
}

pub async fn one_organization_per_subscription(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_organization(target).await;
    put_subscription(target, &tenant_subscription(own, "sub_1")).await;
    let stolen = tenant_subscription(other, "sub_1");
    let mut work = target.write().await;
    assert!(work.billing().put_subscription(&stolen).await.is_err());
}

pub async fn events_are_noted_once(target: &Target) {
    let event = stripe_event("evt_1", BOUGHT, Some("sub_1"), 1);
    let mut work = target.write().await;
    assert!(work.billing().record_event(&event).await.unwrap());
    // Somebody else waits, and goes on when this one fails.
    let waiter = record_event(target, &event);
    tokio::pin!(waiter);
    let early = timeout(Duration::from_millis(100), &mut waiter).await;
    assert!(early.is_err(), "the second one did not wait");
    drop(work);
    assert!(waiter.await);
    assert!(!record_event(target, &event).await);
    let other = stripe_event("evt_2", BOUGHT, Some("sub_1"), 1);
    assert!(record_event(target, &other).await);
}

pub async fn the_last_event_of_a_subscription(target: &Target) {
    let last = async |name: &str| {
        let mut work = target.read().await;
        let id = stripe_id(name);
        work.billing().last_applied(&id).await.unwrap()
    };
    for event in [
        stripe_event("evt_1", BOUGHT, Some("sub_1"), 5),
        stripe_event("evt_2", StripeEventType::PaymentFailed, Some("sub_1"), 3),
        // Not applied to anything.
        stripe_event("evt_3", StripeEventType::PaymentFailed, None, 9),
        stripe_event("evt_4", ENDED, Some("sub_2"), 4),
        stripe_event("evt_5", BOUGHT, Some("sub_2"), 6),
    ] {
        assert!(record_event(target, &event).await);
    }
    let applied = |seconds, ended| {
        let created = at(seconds);
        Some(LastApplied { created, ended })
    };
    assert_eq!(last("sub_1").await, applied(5, false));
    assert_eq!(last("sub_2").await, applied(6, true));
    assert_eq!(last("sub_3").await, None);
}

pub async fn prune_is_bounded(target: &Target) {
    for (number, seconds) in [30, 10, 50, 20, 40].into_iter().enumerate() {
        // Processed five seconds later, by which they are pruned.
        let id = format!("evt_{number}");
        let event = stripe_event(&id, BOUGHT, None, seconds - 5);
        assert!(record_event(target, &event).await);
    }
    let count = "SELECT CAST(count(*) AS text) FROM stripe_events";
    for (before, limit, removed, left) in [
        (10, 9, 0, "5"),
        (40, 0, 0, "5"),
        (40, 2, 2, "3"),
        (40, 2, 1, "2"),
        (51, 9, 2, "0"),
    ] {
        let mut work = target.write().await;
        let pruned = work.billing().prune_events(at(before), limit).await;
        assert_eq!(pruned.unwrap(), removed);
        work.commit().await.unwrap();
        assert_eq!(target.raw.texts(count).await, [Some(left.to_owned())]);
    }
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let own = stored_organization(target).await;
    put_subscription(target, &tenant_subscription(own, "sub_1")).await;
    target.all_returned().await;
    for (column, value, good) in [
        ("status", "'asleep'", "'active'"),
        ("stripe_customer_id", "''", "NULL"),
        ("stripe_subscription_id", "'a b'", "'sub_1'"),
    ] {
        let set = |value| format!("UPDATE tenant_subscriptions SET {column} = {value}");
        target.raw.execute(&set(value)).await.unwrap();
        let found = target.read().await.billing().subscription(own).await;
        assert_corrupt(found, ("tenant_subscriptions", column, own.to_string()));
        target.all_returned().await;
        target.raw.execute(&set(good)).await.unwrap();
    }
}
