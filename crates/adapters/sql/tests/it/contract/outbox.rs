//! Rules of the stored outbox.

use agentidp_domain::id::{OrganizationId, PlatformEventId};
use agentidp_domain::outbox::{EventType, FailedEvent, PlatformEvent};
use futures_util::future::join_all;
use serde_json::Map;

use crate::fixtures::{
    at, platform_event, store_events, store_subscription, stored_organization, subscription,
    subscription_events, uuid,
};
use crate::harness::Target;

async fn pending(target: &Target, limit: i64) -> Vec<PlatformEvent> {
    let mut work = target.write().await;
    let batch = work.outbox().pending(limit).await.unwrap();
    work.commit().await.unwrap();
    assert!(batch.unreadable.is_empty(), "{:?}", batch.unreadable);
    batch.events
}

async fn process(target: &Target, events: &[PlatformEventId], seconds: i64) {
    let mut work = target.write().await;
    let processed = work.outbox().processed(events, at(seconds)).await;
    processed.unwrap();
    work.commit().await.unwrap();
}

pub async fn round_trip(target: &Target) {
    let organization = stored_organization(target).await;
    let mut own = Vec::new();
    for (seconds, event_type) in [
        (2, EventType::AgentCreated),
        (1, EventType::CredentialRevoked),
        (1, EventType::TokenRevoked),
    ] {
        own.push(PlatformEvent {
            event_type,
            ..platform_event(organization, seconds)
        });
    }
    let bare = PlatformEvent {
        data: Map::new(),
        ..platform_event(OrganizationId::SYSTEM, 3)
    };
    let mut work = target.write_in(organization).await;
    work.outbox().add(&own).await.unwrap();
    work.outbox().add(&[]).await.unwrap();
    work.commit().await.unwrap();
    store_events(target, std::slice::from_ref(&bare)).await;

    let mut wanted = own;
    wanted.sort_unstable_by_key(|event| (event.occurred_at, event.event_id));
    wanted.push(bare);
    assert_eq!(pending(target, 9).await, wanted);
    assert_eq!(pending(target, 2).await, wanted[..2]);
    assert!(pending(target, 0).await.is_empty());
}

pub async fn is_pending(target: &Target) {
    let is_pending = async || {
        let mut work = target.read().await;
        work.outbox().is_pending().await.unwrap()
    };
    assert!(!is_pending().await);
    let events = [1, 2].map(|seconds| platform_event(OrganizationId::SYSTEM, seconds));
    store_events(target, &events).await;
    assert!(is_pending().await);
    process(target, &[events[0].event_id], 9).await;
    assert!(is_pending().await);
    let failed = FailedEvent {
        event_id: events[1].event_id,
        reason: "x".to_owned(),
    };
    let mut work = target.write().await;
    work.outbox().set_aside(&[failed], at(9)).await.unwrap();
    work.commit().await.unwrap();
    assert!(!is_pending().await);
}

pub async fn wanted(target: &Target) {
    let mut organizations = Vec::new();
    for _ in 0..4 {
        organizations.push(stored_organization(target).await);
    }
    let [first, second, silent, other] = organizations[..] else {
        unreachable!()
    };
    let (issued, revoked) = (EventType::TokenIssued, EventType::TokenRevoked);
    let (created, updated) = (EventType::AgentCreated, EventType::AgentUpdated);
    for (organization, events, active) in [
        (first, [issued, created], true),
        (first, [created, updated], true),
        (first, [revoked, updated], false),
        (second, [revoked, issued], true),
        (silent, [revoked, issued], false),
        (other, [revoked, issued], true),
    ] {
        let mut subscription = subscription(organization);
        subscription.events = subscription_events(&events);
        subscription.active = active;
        store_subscription(target, &subscription).await;
    }
    let ask = async |organizations: &[OrganizationId]| {
        let mut work = target.read().await;
        let mut wanted = work.outbox().wanted(organizations).await.unwrap();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    };
    let mut both = vec![
        (first, issued),
        (first, created),
        (first, updated),
        (second, revoked),
        (second, issued),
    ];
    both.sort_unstable();
    let unknown = OrganizationId::new(uuid());
    assert_eq!(ask(&[first, silent, second, unknown]).await, both);
    assert!(ask(&[silent, unknown]).await.is_empty());
    assert!(ask(&[]).await.is_empty());
    // A tenant learns what it wants itself.
    let mut work = target.write_in(second).await;
    let seen = work.outbox().wanted(&[second]).await.unwrap();
    assert_eq!(seen.len(), 2);
}

pub async fn rolled_back_events_never_leave(target: &Target) {
    let mut work = target.write().await;
    let events = [platform_event(OrganizationId::SYSTEM, 1)];
    work.outbox().add(&events).await.unwrap();
    assert_eq!(work.outbox().pending(9).await.unwrap().events, events);
    drop(work);
    target.all_returned().await;
    assert!(pending(target, 9).await.is_empty());
}

pub async fn processed_events_stay_away(target: &Target) {
    let events: Vec<_> = (0..4)
        .map(|seconds| platform_event(OrganizationId::SYSTEM, seconds))
        .collect();
    store_events(target, &events).await;
    let ids = [events[0].event_id, events[2].event_id];
    let mut work = target.write().await;
    work.outbox().processed(&ids, at(9)).await.unwrap();
    drop(work);
    target.all_returned().await;
    assert_eq!(pending(target, 9).await, events);
    process(target, &ids, 9).await;
    process(target, &[PlatformEventId::new(uuid())], 9).await;
    process(target, &[], 9).await;
    let rest = [events[1].clone(), events[3].clone()];
    assert_eq!(pending(target, 9).await, rest);
}

/// However many work at the same time, each event is for one of them.
pub async fn events_are_seen_once(target: &Target) {
    let events: Vec<_> = (0..30)
        .map(|seconds| platform_event(OrganizationId::SYSTEM, seconds))
        .collect();
    store_events(target, &events).await;
    let relay = async || {
        let mut seen = Vec::new();
        loop {
            let mut work = target.write().await;
            let batch = work.outbox().pending(4).await.unwrap();
            let ids: Vec<_> = batch.events.iter().map(|event| event.event_id).collect();
            tokio::task::yield_now().await;
            work.outbox().processed(&ids, at(50)).await.unwrap();
            work.commit().await.unwrap();
            if ids.is_empty() {
                break seen;
            }
            seen.extend(ids);
        }
    };
    let seen = join_all((0..3).map(|_| relay())).await;
    let mut seen: Vec<_> = seen.into_iter().flatten().collect();
    seen.sort_unstable();
    let mut wanted: Vec<_> = events.iter().map(|event| event.event_id).collect();
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
}

pub async fn prune_is_bounded(target: &Target) {
    let mut events = Vec::new();
    for processed in [30, 10, 50, 20, 40] {
        let event = platform_event(OrganizationId::SYSTEM, -processed);
        store_events(target, std::slice::from_ref(&event)).await;
        process(target, &[event.event_id], processed).await;
        events.push((processed, event.event_id));
    }
    let waiting = [platform_event(OrganizationId::SYSTEM, -100)];
    store_events(target, &waiting).await;
    let kept = async || {
        let mut kept = Vec::new();
        for (processed, id) in &events {
            let key = target.raw.id(id.uuid());
            let sql = format!("SELECT event_type FROM event_outbox WHERE id = {key}");
            if !target.raw.texts(&sql).await.is_empty() {
                kept.push(*processed);
            }
        }
        kept
    };
    for (before, limit, removed, wanted) in [
        (10, 9, 0, vec![30, 10, 50, 20, 40]),
        (40, 0, 0, vec![30, 10, 50, 20, 40]),
        (40, 2, 2, vec![30, 50, 40]),
        (40, 2, 1, vec![50, 40]),
        (40, 2, 0, vec![50, 40]),
        (51, 9, 2, vec![]),
    ] {
        let mut work = target.write().await;
        let pruned = work.outbox().prune(at(before), limit).await;
        assert_eq!(pruned.unwrap(), removed, "{before} {limit}");
        work.commit().await.unwrap();
        assert_eq!(kept().await, wanted, "{before} {limit}");
    }
    assert_eq!(pending(target, 9).await, waiting);
}

/// Values nobody can read, by their column.
const UNREADABLE: [(&str, &str); 8] = [
    ("event_type", "agent.asleep"),
    ("payload", "[]"),
    ("payload", "{}"),
    ("payload", r#"{"data": {}}"#),
    ("payload", r#"{"timestamp": "yesterday", "data": {}}"#),
    ("payload", r#"{"timestamp": 1767225600, "data": {}}"#),
    ("payload", r#"{"timestamp": "2026-01-01T00:00:00.000Z"}"#),
    (
        "payload",
        r#"{"timestamp": "2026-01-01T00:00:00.000Z", "data": []}"#,
    ),
];

pub async fn unreadable_events_name_their_place(target: &Target) {
    let event = platform_event(OrganizationId::SYSTEM, 1);
    store_events(target, std::slice::from_ref(&event)).await;
    for (column, value) in UNREADABLE {
        let old = format!("SELECT {column} FROM event_outbox");
        let old = target.raw.texts(&old).await.pop().unwrap().unwrap();
        let set = |value: &str| format!("UPDATE event_outbox SET {column} = '{value}'");
        target.raw.execute(&set(value)).await.unwrap();
        let mut work = target.write().await;
        let batch = work.outbox().pending(9).await.unwrap();
        work.commit().await.unwrap();
        assert!(batch.events.is_empty());
        let reason = format!(
            "corrupt value in event_outbox.{column}, row {}",
            event.event_id
        );
        let event_id = event.event_id;
        assert_eq!(batch.unreadable, [FailedEvent { event_id, reason }]);
        target.raw.execute(&set(&old)).await.unwrap();
    }
    assert_eq!(pending(target, 9).await, [event]);
}

pub async fn events_set_aside_stay_away(target: &Target) {
    let events = [1, 2, 3].map(|seconds| platform_event(OrganizationId::SYSTEM, seconds));
    store_events(target, &events).await;
    let failed = FailedEvent {
        event_id: events[1].event_id,
        reason: "no \"reason\"".to_owned(),
    };
    let unknown = FailedEvent {
        event_id: PlatformEventId::new(uuid()),
        reason: "x".to_owned(),
    };
    let mut work = target.write().await;
    let outbox = work.outbox();
    outbox.set_aside(&[failed, unknown], at(9)).await.unwrap();
    outbox.set_aside(&[], at(9)).await.unwrap();
    work.commit().await.unwrap();
    let rest = [events[0].clone(), events[2].clone()];
    assert_eq!(pending(target, 9).await, rest);
    let noted = "SELECT error FROM event_outbox WHERE failed_at IS NOT NULL";
    let noted = target.raw.texts(noted).await;
    assert_eq!(noted, [Some("no \"reason\"".to_owned())]);
    let mut work = target.write().await;
    assert_eq!(work.outbox().prune(at(99), 9).await.unwrap(), 0);
}
