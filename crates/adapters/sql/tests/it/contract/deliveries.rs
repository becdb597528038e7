//! Rules of stored deliveries: queueing, history, clean-up.

use std::time::Duration;

use agentidp_domain::id::SubscriptionId;
use agentidp_domain::outbox::EventType;
use agentidp_domain::webhook::{Delivery, DeliveryFilter, DeliveryStatus, Subscription};
use tokio::time::timeout;

use super::assert_corrupt;
use crate::fixtures::{
    at, claim, delivery, queue, store_subscription, stored_subscription, subscription, uuid,
};
use crate::harness::Target;

pub const ALL: DeliveryFilter = DeliveryFilter {
    status: None,
    limit: 100,
    offset: 0,
};

pub async fn read(
    target: &Target,
    of: &Subscription,
    filter: DeliveryFilter,
) -> (Vec<Delivery>, i64) {
    let mut work = target.read().await;
    let history = work.deliveries().history(of.subscription_id, filter).await;
    history.unwrap()
}

pub async fn delete(target: &Target, subscription: &Subscription) {
    let mut work = target.write_in(subscription.organization_id).await;
    let deleted = work
        .subscriptions()
        .delete(subscription.subscription_id)
        .await;
    assert!(deleted.unwrap());
    work.commit().await.unwrap();
}

pub async fn round_trip(target: &Target) {
    let subscription = stored_subscription(target).await;
    let new = delivery(&subscription, 5);
    let mut delivered = delivery(&subscription, 4);
    delivered.attempted(Some(204), None, at(14));
    let mut failed = delivery(&subscription, 3);
    failed.attempted(Some(500), Some(Duration::from_secs(30)), at(13));
    let mut dead = delivery(&subscription, 2);
    dead.attempted(None, Some(Duration::from_secs(30)), at(12));
    dead.attempted(None, None, at(42));
    let extreme = Delivery {
        event_type: EventType::AgentDecommissioned,
        http_status_code: Some(u16::MAX),
        attempt_count: u32::MAX,
        ..delivery(&subscription, 1)
    };
    let wanted = [new, delivered, failed, dead, extreme];
    queue(target, &wanted).await;
    queue(target, &[]).await;
    let (read, total) = read(target, &subscription, ALL).await;
    assert_eq!(read, wanted);
    assert_eq!(total, 5);
}

pub async fn queue_leaves_out_deleted_subscriptions(target: &Target) {
    let kept = stored_subscription(target).await;
    let gone = stored_subscription(target).await;
    let mut unknown = gone.clone();
    unknown.subscription_id = SubscriptionId::new(uuid());
    delete(target, &gone).await;
    let first = [
        delivery(&gone, 1),
        delivery(&kept, 1),
        delivery(&unknown, 1),
    ];
    let second = delivery(&kept, 2);
    // The transaction goes on being usable.
    let mut work = target.write().await;
    let deliveries = work.deliveries();
    deliveries.queue(&first).await.unwrap();
    deliveries.queue(&first[..1]).await.unwrap();
    let last = std::slice::from_ref(&second);
    deliveries.queue(last).await.unwrap();
    work.commit().await.unwrap();
    let (read_back, total) = read(target, &kept, ALL).await;
    assert_eq!(read_back, [second, first[1].clone()]);
    assert_eq!(total, 2);
    assert_eq!(read(target, &gone, ALL).await, (Vec::new(), 0));
}

/// A subscription is not deleted under a delivery that is just being queued.
pub async fn queued_subscriptions_stay(target: &Target) {
    let subscription = stored_subscription(target).await;
    let queued = [delivery(&subscription, 1)];
    let mut work = target.write().await;
    work.deliveries().queue(&queued).await.unwrap();
    let deletion = delete(target, &subscription);
    tokio::pin!(deletion);
    let early = timeout(Duration::from_millis(100), &mut deletion).await;
    assert!(early.is_err(), "the subscription was not locked");
    work.commit().await.unwrap();
    timeout(Duration::from_secs(10), deletion)
        .await
        .expect("the lock stayed");
    assert_eq!(read(target, &subscription, ALL).await, (Vec::new(), 0));
}

pub async fn history(target: &Target) {
    let subscription = stored_subscription(target).await;
    let other = stored_subscription(target).await;
    queue(target, &[delivery(&other, 9)]).await;
    let mut wanted = [1, 3, 2, 3, 1].map(|created| delivery(&subscription, created));
    wanted[1].status = DeliveryStatus::DeadLetter;
    wanted[4].status = DeliveryStatus::DeadLetter;
    queue(target, &wanted).await;
    wanted.sort_unstable_by_key(|stored| (stored.created_at, stored.delivery_id));
    wanted.reverse();
    let mut seen = Vec::new();
    for offset in [0, 2, 4, 6] {
        let page = DeliveryFilter {
            limit: 2,
            offset,
            ..ALL
        };
        let (deliveries, total) = read(target, &subscription, page).await;
        assert_eq!(total, 5);
        seen.extend(deliveries);
    }
    assert_eq!(seen, wanted);
    for (status, count) in [
        (DeliveryStatus::DeadLetter, 2),
        (DeliveryStatus::Pending, 3),
        (DeliveryStatus::Failed, 0),
    ] {
        let filter = DeliveryFilter {
            status: Some(status),
            ..ALL
        };
        let (deliveries, total) = read(target, &subscription, filter).await;
        let mut wanted = wanted.to_vec();
        wanted.retain(|stored| stored.status == status);
        assert_eq!(deliveries, wanted);
        assert_eq!(total, count);
        // A page behind the first.
        let behind = DeliveryFilter {
            offset: 1,
            limit: 1,
            ..filter
        };
        let (page, total) = read(target, &subscription, behind).await;
        let second: Vec<_> = wanted.into_iter().skip(1).take(1).collect();
        assert_eq!((page, total), (second, count));
    }
}

pub async fn due_subscriptions(target: &Target) {
    let mut wanted = Vec::new();
    for _ in 0..5 {
        let subscription = stored_subscription(target).await;
        queue(target, &[1, 2].map(|due| delivery(&subscription, due))).await;
        wanted.push(subscription.subscription_id);
    }
    wanted.sort_unstable();
    // Nothing is due for these: later, paused, all claimed, empty.
    let later = stored_subscription(target).await;
    queue(target, &[delivery(&later, 11)]).await;
    let mut paused = subscription(later.organization_id);
    paused.active = false;
    store_subscription(target, &paused).await;
    queue(target, &[delivery(&paused, 1)]).await;
    let claimed = stored_subscription(target).await;
    queue(target, &[delivery(&claimed, 1)]).await;
    claim(target, &claimed, (1, 60), 1).await;
    stored_subscription(target).await;

    let mut seen: Vec<SubscriptionId> = Vec::new();
    for size in [2, 2, 1, 0] {
        let mut work = target.read().await;
        let after = seen.last().copied();
        let deliveries = work.deliveries();
        let page = deliveries
            .due_subscriptions(after, at(10), 2)
            .await
            .unwrap();
        assert_eq!(page.len(), size);
        seen.extend(page);
    }
    assert_eq!(seen, wanted);
}

pub async fn prune_is_bounded(target: &Target) {
    let subscription = stored_subscription(target).await;
    for created in [30, 10, 50, 20, 40] {
        let mut stored = delivery(&subscription, created);
        // Only the age of the row counts.
        if created > 20 {
            stored.attempted(Some(200), None, at(-created));
        }
        queue(target, &[stored]).await;
    }
    for (before, limit, removed, wanted) in [
        (10, 9, 0, vec![50, 40, 30, 20, 10]),
        (40, 0, 0, vec![50, 40, 30, 20, 10]),
        (40, 2, 2, vec![50, 40, 30]),
        (40, 2, 1, vec![50, 40]),
        (40, 2, 0, vec![50, 40]),
        (51, 9, 2, vec![]),
    ] {
        let mut work = target.write().await;
        let pruned = work.deliveries().prune(at(before), limit).await;
        assert_eq!(pruned.unwrap(), removed, "{before} {limit}");
        work.commit().await.unwrap();
        let (kept, _) = read(target, &subscription, ALL).await;
        let kept: Vec<_> = kept.iter().map(|stored| stored.created_at).collect();
        let wanted: Vec<_> = wanted.into_iter().map(at).collect();
        assert_eq!(kept, wanted, "{before} {limit}");
    }
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let subscription = stored_subscription(target).await;
    let stored = delivery(&subscription, 1);
    queue(target, std::slice::from_ref(&stored)).await;
    for (column, value, old) in [
        ("event_type", "'agent.asleep'", "'token.issued'"),
        ("status", "'lost'", "'pending'"),
        ("http_status_code", "65536", "NULL"),
        ("attempt_count", "-1", "0"),
    ] {
        let set = |value| format!("UPDATE webhook_deliveries SET {column} = {value}");
        target.raw.execute(&set(value)).await.unwrap();
        let mut work = target.read().await;
        let deliveries = work.deliveries();
        let read = deliveries.history(subscription.subscription_id, ALL).await;
        let place = ("webhook_deliveries", column, stored.delivery_id.to_string());
        assert_corrupt(read, place);
        drop(work);
        target.raw.execute(&set(old)).await.unwrap();
    }
    let (found, _) = read(target, &subscription, ALL).await;
    assert_eq!(found, [stored]);
}
