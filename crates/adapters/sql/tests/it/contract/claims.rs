//! Rules of claimed deliveries and of the outcome of attempts.

use std::time::Duration;

use agentidp_domain::id::DeliveryId;
use agentidp_domain::webhook::{Delivery, DueDelivery, Subscription};
use futures_util::future::join_all;

use super::deliveries::{ALL, delete, read};
use crate::fixtures::{
    at, change_subscription, claim, delivery, found_subscription, queue, stored_subscription,
};
use crate::harness::Target;

fn ids(deliveries: &[Delivery]) -> Vec<DeliveryId> {
    deliveries.iter().map(|stored| stored.delivery_id).collect()
}

fn claimed_ids(claimed: &[DueDelivery]) -> Vec<DeliveryId> {
    claimed.iter().map(|due| due.delivery.delivery_id).collect()
}

async fn settle(target: &Target, delivery: &Delivery, claimed_until: i64) -> bool {
    let mut work = target.write().await;
    let deliveries = work.deliveries();
    let settled = deliveries.settle(delivery, at(claimed_until)).await;
    work.commit().await.unwrap();
    settled.unwrap()
}

async fn failures(target: &Target, of: &Subscription) -> i64 {
    found_subscription(target, of).await.unwrap().failure_count
}

pub async fn earliest_first(target: &Target) {
    let subscription = stored_subscription(target).await;
    let other = stored_subscription(target).await;
    let mut wanted = [30, 10, 20, 10].map(|due| delivery(&subscription, due));
    queue(target, &wanted).await;
    queue(target, &[delivery(&subscription, 31), delivery(&other, 1)]).await;
    wanted.sort_unstable_by_key(|stored| (stored.next_retry_at, stored.delivery_id));

    assert!(claim(target, &subscription, (9, 60), 9).await.is_empty());
    assert!(claim(target, &subscription, (30, 60), 0).await.is_empty());
    let claimed = claim(target, &subscription, (30, 60), 3).await;
    assert_eq!(claimed_ids(&claimed), ids(&wanted[..3]));
    for (due, stored) in claimed.iter().zip(&wanted) {
        assert_eq!(&due.delivery, stored);
        assert_eq!(due.organization_id, subscription.organization_id);
        assert_eq!(due.url, subscription.url);
        assert_eq!(due.lease_expires_at, at(60));
    }
    let claimed = claim(target, &subscription, (30, 60), 3).await;
    assert_eq!(claimed_ids(&claimed), ids(&wanted[3..]));
    assert!(claim(target, &subscription, (30, 60), 3).await.is_empty());
}

pub async fn claims_hold_until_their_end(target: &Target) {
    let subscription = stored_subscription(target).await;
    let id = subscription.subscription_id;
    let queued = delivery(&subscription, 1);
    queue(target, std::slice::from_ref(&queued)).await;
    let due_at = async |seconds| {
        let mut work = target.read().await;
        let deliveries = work.deliveries();
        let due = deliveries.due_subscriptions(None, at(seconds), 9).await;
        due.unwrap() == [id]
    };
    assert!(due_at(1).await);
    assert_eq!(claim(target, &subscription, (1, 60), 9).await.len(), 1);
    assert!(!due_at(59).await);
    assert!(claim(target, &subscription, (59, 99), 9).await.is_empty());
    assert!(due_at(60).await);
    let again = claim(target, &subscription, (60, 120), 9).await;
    assert_eq!(again[0].delivery, queued);
    assert!(!due_at(119).await);
    // A claim that is rolled back never was.
    let mut work = target.write().await;
    let deliveries = work.deliveries();
    let claimed = deliveries.claim(id, at(120), at(180), 9).await.unwrap();
    assert_eq!(claimed.len(), 1);
    drop(work);
    target.all_returned().await;
    assert!(due_at(120).await);
}

/// However many claim at the same time, each delivery is for one of them.
pub async fn claims_are_not_shared(target: &Target) {
    let subscription = stored_subscription(target).await;
    let queued: Vec<_> = (0..30).map(|due| delivery(&subscription, due)).collect();
    queue(target, &queued).await;
    let worker = async || {
        let mut seen = Vec::new();
        loop {
            let claimed = claim(target, &subscription, (50, 110), 4).await;
            if claimed.is_empty() {
                break seen;
            }
            seen.extend(claimed_ids(&claimed));
        }
    };
    let seen = join_all((0..3).map(|_| worker())).await;
    let mut seen: Vec<_> = seen.into_iter().flatten().collect();
    seen.sort_unstable();
    let mut wanted = ids(&queued);
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
}

pub async fn paused_subscriptions_are_held(target: &Target) {
    let subscription = stored_subscription(target).await;
    let queued = delivery(&subscription, 1);
    queue(target, std::slice::from_ref(&queued)).await;
    change_subscription(target, &subscription, |stored| stored.active = false).await;
    assert!(claim(target, &subscription, (9, 69), 9).await.is_empty());
    let mut work = target.read().await;
    let deliveries = work.deliveries();
    let due = deliveries.due_subscriptions(None, at(9), 9).await;
    assert!(due.unwrap().is_empty());
    drop(work);
    let (held, _) = read(target, &subscription, ALL).await;
    assert_eq!(held, std::slice::from_ref(&queued));
    change_subscription(target, &subscription, |stored| stored.active = true).await;
    let claimed = claim(target, &subscription, (9, 69), 9).await;
    assert_eq!(claimed_ids(&claimed), [queued.delivery_id]);
}

pub async fn attempts_are_counted(target: &Target) {
    let subscription = stored_subscription(target).await;
    let (mut dead, mut good) = (delivery(&subscription, 1), delivery(&subscription, 2));
    queue(target, &[dead.clone(), good.clone()]).await;
    claim(target, &subscription, (1, 900), 1).await;
    dead.attempted(Some(503), Some(Duration::from_secs(30)), at(11));
    assert!(settle(target, &dead, 900).await);
    assert_eq!(failures(target, &subscription).await, 1);
    let (stored, _) = read(target, &subscription, ALL).await;
    assert_eq!(stored, [good.clone(), dead.clone()]);

    // The claim is over, the next attempt due in its time.
    let claimed = claim(target, &subscription, (40, 900), 9).await;
    assert_eq!(claimed_ids(&claimed), [good.delivery_id]);
    let claimed = claim(target, &subscription, (41, 901), 9).await;
    assert_eq!(claimed[0].delivery, dead);
    dead.attempted(None, None, at(50));
    assert!(settle(target, &dead, 901).await);
    assert_eq!(failures(target, &subscription).await, 2);
    for _ in 0..2 {
        good.attempted(Some(200), None, at(60));
        assert!(settle(target, &good, 900).await);
        assert_eq!(failures(target, &subscription).await, 0);
        // As if it had been claimed once more.
        let lease = target.raw.time(at(900).unix_millis() * 1000);
        let key = target.raw.id(good.delivery_id.uuid());
        let sql =
            format!("UPDATE webhook_deliveries SET lease_expires_at = {lease} WHERE id = {key}");
        target.raw.execute(&sql).await.unwrap();
    }
    let (stored, _) = read(target, &subscription, ALL).await;
    assert_eq!(stored, [good, dead]);
    assert!(
        claim(target, &subscription, (9_999, 10_999), 9)
            .await
            .is_empty()
    );
    // Attempts are no change by the owner.
    let found = found_subscription(target, &subscription).await;
    assert_eq!(found, Some(subscription));
}

pub async fn lost_claims_settle_nothing(target: &Target) {
    let subscription = stored_subscription(target).await;
    let queued = delivery(&subscription, 1);
    queue(target, std::slice::from_ref(&queued)).await;
    let mut late = queued.clone();
    late.attempted(Some(500), Some(Duration::from_secs(30)), at(62));
    // Never claimed.
    assert!(!settle(target, &late, 60).await);
    claim(target, &subscription, (1, 60), 1).await;
    claim(target, &subscription, (60, 120), 1).await;
    assert!(!settle(target, &late, 60).await);
    let (stored, _) = read(target, &subscription, ALL).await;
    assert_eq!(stored, std::slice::from_ref(&queued));
    assert_eq!(failures(target, &subscription).await, 0);

    let mut good = queued;
    good.attempted(Some(200), None, at(63));
    assert!(settle(target, &good, 120).await);
    // It is settled once only.
    assert!(!settle(target, &late, 120).await);
    let (stored, _) = read(target, &subscription, ALL).await;
    assert_eq!(stored, [good]);
    assert_eq!(failures(target, &subscription).await, 0);
}

pub async fn deleted_subscriptions_settle_nothing(target: &Target) {
    let subscription = stored_subscription(target).await;
    let mut queued = delivery(&subscription, 1);
    queue(target, std::slice::from_ref(&queued)).await;
    claim(target, &subscription, (1, 60), 1).await;
    delete(target, &subscription).await;
    queued.attempted(Some(200), None, at(2));
    assert!(!settle(target, &queued, 60).await);
    assert_eq!(read(target, &subscription, ALL).await, (Vec::new(), 0));
}
