//! Walks over stored audit logs, event by event.

use std::ops::ControlFlow;

use agentidp_domain::audit::{AuditRecord, StoredEvent, leaf_hash};

use crate::fixtures::{append, stored_organization};
use crate::harness::Target;

pub async fn show_every_event_in_order(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 5).await;
    let mut seen = Vec::new();
    let mut note = |event: &StoredEvent<'_>| {
        seen.push((event.sequence, leaf_hash(event).unwrap()));
        ControlFlow::Continue(())
    };
    let mut work = target.read().await;
    work.audit().walk(log, 1, 3, &mut note).await.unwrap();
    let records = work.audit().range(log, 1, 3).await.unwrap();
    let stored: Vec<_> = records.iter().map(AuditRecord::as_stored).collect();
    let hashes: Vec<_> = stored
        .iter()
        .map(|event| leaf_hash(event).unwrap())
        .collect();
    assert_eq!(seen, [1, 2, 3].into_iter().zip(hashes).collect::<Vec<_>>());
}

pub async fn end_when_enough_was_seen_and_the_transaction_goes_on(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 3_000).await;
    let mut seen = 0;
    let mut count = |_: &StoredEvent<'_>| {
        seen += 1;
        if seen < 2 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let mut work = target.read().await;
    work.audit().walk(log, 0, 3_000, &mut count).await.unwrap();
    assert_eq!(seen, 2);
    let head = work.audit().head(log).await.unwrap().unwrap();
    assert_eq!(head.next_sequence, 3_000);
    work.commit().await.unwrap();
}
