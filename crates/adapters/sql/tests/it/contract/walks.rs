//! Walks over stored audit logs, event by event.

use std::ops::ControlFlow;

use agentidp_domain::audit::AuditRecord;

use crate::fixtures::{append, stored_organization};
use crate::harness::Target;

pub async fn show_every_event_in_order(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 5).await;
    let mut seen = Vec::new();
    let mut note = |record: AuditRecord| {
        seen.push(record);
        ControlFlow::Continue(())
    };
    let mut work = target.read().await;
    work.audit().walk(log, 1, 3, &mut note).await.unwrap();
    assert_eq!(seen, work.audit().range(log, 1, 3).await.unwrap());
    let positions: Vec<_> = seen.iter().map(|record| record.sequence).collect();
    assert_eq!(positions, [1, 2, 3]);
}

pub async fn end_when_enough_was_seen_and_the_transaction_goes_on(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 3_000).await;
    let mut seen = 0;
    let mut count = |_: AuditRecord| {
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
