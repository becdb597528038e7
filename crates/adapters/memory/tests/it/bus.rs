//! The bus within one process.

use std::sync::Arc;

use agentidp_domain::change::{Change, ChangeBus};
use agentidp_memory::LocalBus;
use tokio::time::Instant;

use crate::bus_recorder::{Event, Replica, changes};

#[tokio::test]
async fn changes_reach_every_subscriber_in_order() {
    let bus = Arc::new(LocalBus::new());
    let mut replicas = [
        Replica::start(bus.clone(), 0),
        Replica::start(bus.clone(), 0),
    ];
    for replica in &mut replicas {
        assert_eq!(replica.next().await, Event::Subscribed);
    }
    let changes = changes(10);
    for change in &changes {
        bus.publish(std::slice::from_ref(change)).await;
    }
    for replica in &mut replicas {
        for change in &changes {
            assert_eq!(
                replica.next_but_confirmed().await,
                Event::Received(vec![change.clone()])
            );
        }
    }
}

#[tokio::test]
async fn heartbeats_are_confirmed_again_and_again() {
    let started = Instant::now();
    let mut replica = Replica::start(Arc::new(LocalBus::new()), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    let mut last = started;
    for _ in 0..3 {
        let Event::Confirmed(sent_at) = replica.next().await else {
            panic!("no confirmation");
        };
        assert!(sent_at >= last && sent_at <= Instant::now());
        last = sent_at;
    }
}

#[tokio::test]
async fn what_was_published_before_a_confirmed_heartbeat_arrived_before_it() {
    let bus = Arc::new(LocalBus::new());
    let mut replica = Replica::start(bus.clone(), 0);
    assert_eq!(replica.next().await, Event::Subscribed);
    bus.publish(&[Change::SigningKeysChanged]).await;
    let published = Instant::now();
    let mut arrived = false;
    loop {
        match replica.next().await {
            Event::Received(_) => arrived = true,
            Event::Confirmed(sent_at) if sent_at >= published => break,
            _ => {}
        }
    }
    assert!(arrived);
}

#[tokio::test]
async fn a_failed_catch_up_is_tried_again() {
    let mut replica = Replica::start(Arc::new(LocalBus::new()), 2);
    assert_eq!(replica.next().await, Event::Failed);
    assert_eq!(replica.next().await, Event::Failed);
    assert_eq!(replica.next().await, Event::Subscribed);
    assert!(matches!(replica.next().await, Event::Confirmed(_)));
}

#[tokio::test]
async fn the_end_of_a_subscription_is_told_and_disturbs_nobody() {
    let bus = Arc::new(LocalBus::new());
    let mut leaving = Replica::start(bus.clone(), 0);
    let mut staying = Replica::start(bus.clone(), 0);
    assert_eq!(leaving.next().await, Event::Subscribed);
    assert_eq!(staying.next().await, Event::Subscribed);
    leaving.task.abort();
    assert_eq!(leaving.next_but_confirmed().await, Event::Lost);
    bus.publish(&[Change::SigningKeysChanged]).await;
    assert_eq!(
        staying.next_but_confirmed().await,
        Event::Received(vec![Change::SigningKeysChanged])
    );
}
