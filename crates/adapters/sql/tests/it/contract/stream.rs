//! Rules of the stored queue of the event stream, and of leases.

use agentidp_domain::id::{OrganizationId, PlatformEventId};
use agentidp_domain::outbox::{EventBatch, FailedEvent, PlatformEvent};

use crate::fixtures::{at, platform_event, store_events, uuid};
use crate::harness::Target;

/// Events of one moment, in the outbox and in the queue.
async fn queued(target: &Target, count: usize, seconds: i64) -> Vec<PlatformEvent> {
    let events: Vec<_> = (0..count)
        .map(|_| platform_event(OrganizationId::SYSTEM, seconds))
        .collect();
    let mut work = target.write().await;
    work.outbox().add(&events).await.unwrap();
    work.stream().enqueue(&events).await.unwrap();
    work.commit().await.unwrap();
    events
}

async fn batch(target: &Target, limit: i64) -> EventBatch {
    let mut work = target.write().await;
    let batch = work.stream().waiting(limit, &[]).await.unwrap();
    work.commit().await.unwrap();
    batch
}

async fn waiting(target: &Target, limit: i64) -> Vec<PlatformEvent> {
    let batch = batch(target, limit).await;
    assert!(batch.unreadable.is_empty(), "{:?}", batch.unreadable);
    batch.events
}

async fn is_waiting(target: &Target) -> bool {
    target.read().await.stream().is_waiting().await.unwrap()
}

async fn remove(target: &Target, events: &[PlatformEventId]) {
    let mut work = target.write().await;
    work.stream().remove(events).await.unwrap();
    work.commit().await.unwrap();
}

fn ids(events: &[PlatformEvent]) -> Vec<PlatformEventId> {
    events.iter().map(|event| event.event_id).collect()
}

/// Neither time nor id of the events decides.
pub async fn the_order_is_that_of_entry(target: &Target) {
    assert!(!is_waiting(target).await);
    let mut events = queued(target, 20, 5).await;
    events.extend(queued(target, 20, 1).await);
    let mut work = target.write().await;
    work.stream().enqueue(&[]).await.unwrap();
    work.commit().await.unwrap();
    assert!(is_waiting(target).await);
    assert_eq!(waiting(target, 99).await, events);
    assert_eq!(waiting(target, 7).await, events[..7]);
    assert!(waiting(target, 0).await.is_empty());
}

pub async fn organizations_can_be_left_out(target: &Target) {
    let system = queued(target, 3, 1).await;
    let other = OrganizationId::new(uuid());
    let event = platform_event(other, 1);
    let mut work = target.write().await;
    work.outbox()
        .add(std::slice::from_ref(&event))
        .await
        .unwrap();
    let queue = work.stream();
    queue.enqueue(std::slice::from_ref(&event)).await.unwrap();
    work.commit().await.unwrap();
    for (except, expected) in [
        (vec![OrganizationId::SYSTEM], vec![event.clone()]),
        (vec![other], system[..2].to_vec()),
        (vec![other, OrganizationId::SYSTEM], vec![]),
    ] {
        let mut work = target.write().await;
        let batch = work.stream().waiting(2, &except).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(batch.events, expected);
    }
}

pub async fn an_event_outside_the_queue_does_not_wait(target: &Target) {
    store_events(target, &[platform_event(OrganizationId::SYSTEM, 1)]).await;
    assert!(!is_waiting(target).await);
    assert!(waiting(target, 9).await.is_empty());
}

pub async fn entries_of_a_change_that_did_not_happen_are_gone(target: &Target) {
    let events = [platform_event(OrganizationId::SYSTEM, 1)];
    let mut work = target.write().await;
    work.outbox().add(&events).await.unwrap();
    work.stream().enqueue(&events).await.unwrap();
    drop(work);
    target.all_returned().await;
    assert!(!is_waiting(target).await);
}

pub async fn removed_entries_stay_away(target: &Target) {
    let events = queued(target, 4, 1).await;
    let done = [events[0].event_id, events[2].event_id];
    let mut work = target.write().await;
    work.stream().remove(&done).await.unwrap();
    drop(work);
    target.all_returned().await;
    assert_eq!(waiting(target, 9).await, events);
    remove(target, &done).await;
    remove(target, &[PlatformEventId::new(uuid())]).await;
    remove(target, &[]).await;
    let rest = [events[1].clone(), events[3].clone()];
    assert_eq!(waiting(target, 9).await, rest);
    remove(target, &ids(&rest)).await;
    assert!(!is_waiting(target).await);
    // New ones come after all that there ever were.
    let newer = queued(target, 1, 0).await;
    assert_eq!(waiting(target, 9).await, newer);
}

pub async fn entries_given_up_stay_away(target: &Target) {
    let events = queued(target, 2, 1).await;
    let failed = |event: &PlatformEvent| FailedEvent {
        event_id: event.event_id,
        reason: "too \"large\"".to_owned(),
    };
    for (event, left) in [(&events[0], true), (&events[1], false)] {
        let mut work = target.write().await;
        let stream = work.stream();
        stream.give_up(&[failed(event)], at(9)).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(is_waiting(target).await, left);
    }
    assert!(waiting(target, 9).await.is_empty());
    let noted = "SELECT error FROM event_stream_queue WHERE failed_at IS NOT NULL";
    let reason = Some("too \"large\"".to_owned());
    assert_eq!(
        target.raw.texts(noted).await,
        [reason.clone(), reason.clone()]
    );
}

pub async fn unreadable_and_missing_events_are_told_apart(target: &Target) {
    let events = queued(target, 3, 1).await;
    let key = |event: &PlatformEvent| target.raw.id(event.event_id.uuid());
    for sql in [
        format!(
            "UPDATE event_outbox SET payload = '[]' WHERE id = {}",
            key(&events[0])
        ),
        format!("DELETE FROM event_outbox WHERE id = {}", key(&events[1])),
    ] {
        target.raw.execute(&sql).await.unwrap();
    }
    let batch = batch(target, 9).await;
    assert_eq!(batch.len(), 3);
    assert_eq!(batch.events, events[2..]);
    let [corrupt, missing] = &batch.unreadable[..] else {
        panic!("{:?}", batch.unreadable)
    };
    assert_eq!(corrupt.event_id, events[0].event_id);
    assert!(corrupt.reason.contains("event_outbox.payload"));
    assert_eq!(missing.event_id, events[1].event_id);
    assert!(missing.reason.contains("not in the outbox"));
}

/// An event is kept until all who want it have had it.
pub async fn queued_events_are_not_pruned(target: &Target) {
    let events = queued(target, 2, 1).await;
    let mut work = target.write().await;
    let all = ids(&events);
    work.outbox().processed(&all, at(2)).await.unwrap();
    work.commit().await.unwrap();
    let prune = async || {
        let mut work = target.write().await;
        let pruned = work.outbox().prune(at(3), 9).await.unwrap();
        work.commit().await.unwrap();
        pruned
    };
    assert_eq!(prune().await, 0);
    remove(target, &all[..1]).await;
    assert_eq!(prune().await, 1);
    assert_eq!(waiting(target, 9).await, events[1..]);
    remove(target, &all[1..]).await;
    assert_eq!(prune().await, 1);
}

pub async fn expiry_is_bounded(target: &Target) {
    let mut events = Vec::new();
    for seconds in [30, 10, 50, 20] {
        events.extend(queued(target, 1, seconds).await);
    }
    let given_up = FailedEvent {
        event_id: events[3].event_id,
        reason: "x".to_owned(),
    };
    let mut work = target.write().await;
    work.stream().give_up(&[given_up], at(60)).await.unwrap();
    work.commit().await.unwrap();
    for (before, limit, removed) in [(10, 9, 0), (40, 0, 0), (40, 2, 2), (40, 2, 1), (40, 2, 0)] {
        let mut work = target.write().await;
        let expired = work.stream().expire(at(before), limit).await.unwrap();
        assert_eq!(expired, removed, "{before} {limit}");
        work.commit().await.unwrap();
    }
    assert_eq!(waiting(target, 9).await, events[2..3]);
}

pub async fn a_lease_has_one_holder(target: &Target) {
    let lease = async |name: &str, holder: &str, (now, until): (i64, i64)| {
        let mut work = target.write().await;
        let locks = work.locks();
        let taken = locks.lease(name, holder, at(now), at(until)).await.unwrap();
        work.commit().await.unwrap();
        taken
    };
    let release = async |name: &str, holder: &str, now: i64| {
        let mut work = target.write().await;
        work.locks().release(name, holder, at(now)).await.unwrap();
        work.commit().await.unwrap();
    };
    assert!(lease("a", "first", (0, 10)).await);
    assert!(!lease("a", "second", (9, 20)).await);
    assert!(lease("b", "second", (9, 20)).await, "another lease");
    assert!(lease("a", "first", (9, 30)).await, "renewed");
    assert!(!lease("a", "second", (29, 40)).await);
    assert!(lease("a", "second", (30, 40)).await, "the time was over");
    assert!(!lease("a", "first", (31, 40)).await);
    release("a", "first", 31).await;
    assert!(!lease("a", "first", (31, 40)).await, "not its own");
    release("a", "second", 31).await;
    assert!(lease("a", "first", (31, 40)).await);
    release("unknown", "first", 31).await;
}
