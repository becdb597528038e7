//! From the outbox to deliveries, over a real store.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::change::{Changes, NoBus};
use agentidp_domain::id::PlatformEventId;
use agentidp_domain::metrics::NoMetrics;
use agentidp_domain::ports::Ports;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::time::SystemClock;
use agentidp_domain::vault::SecretKeeper;
use agentidp_domain::webhook::{DeliveryFilter, Relay, Subscription};
use tokio::time::timeout;

use crate::fixtures::{platform_event, store_events, stored_subscription};
use crate::harness::Target;

fn relay(target: &Target) -> Relay {
    Relay::new(Ports {
        store: Arc::clone(&target.store),
        secrets: SecretKeeper::in_rows(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        changes: Arc::new(Changes::new(Arc::new(NoBus))),
        metrics: Arc::new(NoMetrics),
        streaming: false,
    })
}

/// The events that deliveries of a subscription tell of.
async fn told(target: &Target, subscription: &Subscription) -> Vec<PlatformEventId> {
    let filter = DeliveryFilter {
        status: None,
        limit: 100,
        offset: 0,
    };
    let id = subscription.subscription_id;
    let mut work = target.read().await;
    let (deliveries, _) = work.deliveries().history(id, filter).await.unwrap();
    let mut told: Vec<PlatformEventId> = deliveries
        .iter()
        .map(|delivery| {
            let id = delivery.payload["id"].as_str().unwrap();
            PlatformEventId::new(id.parse().unwrap())
        })
        .collect();
    told.sort_unstable();
    told
}

pub async fn unreadable_events_hold_up_nobody(target: &Target) {
    let [first, second] = [
        stored_subscription(target).await,
        stored_subscription(target).await,
    ];
    let mut expected = Vec::new();
    for subscription in [&first, &second] {
        let organization = subscription.organization_id;
        let [good, corrupt, later] = [1, 2, 3].map(|time| platform_event(organization, time));
        let events = [good, corrupt, later];
        store_events(target, &events).await;
        let id = target.raw.id(events[1].event_id.uuid());
        let corrupt = format!("UPDATE event_outbox SET payload = '[]' WHERE id = {id}");
        target.raw.execute(&corrupt).await.unwrap();
        let mut rest = vec![events[0].event_id, events[2].event_id];
        rest.sort_unstable();
        expected.push(rest);
    }

    assert_eq!(relay(target).run().await.unwrap(), 4);
    assert_eq!(told(target, &first).await, expected[0]);
    assert_eq!(told(target, &second).await, expected[1]);
    let kept = "SELECT error FROM event_outbox WHERE failed_at IS NOT NULL";
    let kept = target.raw.texts(kept).await;
    assert_eq!(kept.len(), 2);
    for reason in kept {
        let reason = reason.unwrap();
        assert!(reason.contains("event_outbox.payload"), "{reason}");
    }
    assert_eq!(relay(target).run().await.unwrap(), 0);
}

pub async fn without_events_nothing_is_written(target: &Target) {
    // On the embedded store nobody else can write now.
    let writer = target.write().await;
    let run = timeout(Duration::from_secs(5), relay(target).run()).await;
    assert_eq!(run.expect("it waited for the writer").unwrap(), 0);
    writer.commit().await.unwrap();
}
