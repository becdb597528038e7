//! Rules of stored audit logs.

use agentidp_domain::audit::{Action, AuditFilter, Outcome};
use agentidp_domain::id::{EventId, OrganizationId};

use crate::fixtures::{append, append_in, at, event, head_after, page, stored_organization, uuid};
use crate::harness::Target;

pub async fn heads_are_created_and_ordered(target: &Target) {
    let mut logs = Vec::new();
    for _ in 0..4 {
        logs.push(stored_organization(target).await);
    }
    append(target, logs[2], 1).await;
    let mut work = target.write().await;
    let heads = work.audit().lock_heads(&logs).await.unwrap();
    logs.sort_unstable();
    let seen: Vec<_> = heads.iter().map(|head| head.organization_id).collect();
    assert_eq!(seen, logs);
    let started = heads.iter().filter(|head| head.next_sequence == 1).count();
    assert_eq!(started, 1);
    let empty = heads.iter().find(|head| head.next_sequence == 0).unwrap();
    assert_eq!((empty.last_hash.as_str(), empty.last_timestamp), ("", None));
}

pub async fn append_and_read_back(target: &Target) {
    let log = stored_organization(target).await;
    let other = stored_organization(target).await;
    let mut work = target.write().await;
    work.audit().lock_heads(&[log, other]).await.unwrap();
    let mut records: Vec<_> = (0..3).map(|sequence| event(log, sequence)).collect();
    let heads = [head_after(&records[2]), head_after(&event(other, 0))];
    records.push(event(other, 0));
    work.audit().append(&records, &heads).await.unwrap();
    work.commit().await.unwrap();

    let mut work = target.read().await;
    let store = work.audit();
    assert_eq!(store.head(log).await.unwrap().as_ref(), Some(&heads[0]));
    assert_eq!(store.head(OrganizationId::new(uuid())).await.unwrap(), None);
    assert_eq!(store.range(log, 0, 10).await.unwrap(), records[..3]);
    assert_eq!(store.range(log, 1, 1).await.unwrap(), records[1..2]);
    let id = records[1].event_id;
    assert_eq!(
        store.find(log, id).await.unwrap().as_ref(),
        Some(&records[1])
    );
    assert_eq!(store.find(other, id).await.unwrap(), None);
    assert_eq!(store.find(log, EventId::new(uuid())).await.unwrap(), None);
}

async fn sequences(
    target: &Target,
    log: OrganizationId,
    filter: &AuditFilter,
    (number, limit): (u32, u32),
) -> (Vec<i64>, i64) {
    let mut work = target.read().await;
    let page = work
        .audit()
        .query(log, filter, page(number, limit))
        .await
        .unwrap();
    (
        page.records.iter().map(|record| record.sequence).collect(),
        page.total,
    )
}

pub async fn query_without_filter(target: &Target) {
    let log = stored_organization(target).await;
    let all = AuditFilter::default();
    assert_eq!(sequences(target, log, &all, (1, 20)).await, (vec![], 0));
    append(target, log, 10).await;
    assert_eq!(
        sequences(target, log, &all, (1, 3)).await,
        (vec![9, 8, 7], 10)
    );
    assert_eq!(sequences(target, log, &all, (4, 3)).await, (vec![0], 10));
    assert_eq!(sequences(target, log, &all, (5, 3)).await, (vec![], 10));
    let middle = AuditFilter {
        from: Some(at(3)),
        to: Some(at(6)),
        ..AuditFilter::default()
    };
    assert_eq!(
        sequences(target, log, &middle, (1, 20)).await,
        (vec![6, 5, 4, 3], 4)
    );
    assert_eq!(sequences(target, log, &middle, (2, 3)).await, (vec![3], 4));
    for (from, to) in [
        (Some(at(10)), None),
        (None, Some(at(-1))),
        (Some(at(6)), Some(at(5))),
    ] {
        let nothing = AuditFilter {
            from,
            to,
            ..AuditFilter::default()
        };
        assert_eq!(sequences(target, log, &nothing, (1, 20)).await, (vec![], 0));
    }
}

pub async fn query_with_filters(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 10).await;
    let agent = AuditFilter {
        agent_id: Some("agent-1".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(
        sequences(target, log, &agent, (1, 2)).await,
        (vec![7, 4], 3)
    );
    assert_eq!(sequences(target, log, &agent, (2, 2)).await, (vec![1], 3));
    let late = AuditFilter {
        from: Some(at(4)),
        ..agent
    };
    assert_eq!(
        sequences(target, log, &late, (1, 20)).await,
        (vec![7, 4], 2)
    );
    let issued = AuditFilter {
        action: Some(Action::TokenIssued),
        ..AuditFilter::default()
    };
    assert_eq!(sequences(target, log, &issued, (1, 1)).await, (vec![9], 10));
    let failed = AuditFilter {
        outcome: Some(Outcome::Failure),
        ..AuditFilter::default()
    };
    assert_eq!(sequences(target, log, &failed, (1, 20)).await, (vec![], 0));
}

pub async fn query_by_outcome(target: &Target) {
    let log = stored_organization(target).await;
    let mut work = target.write().await;
    work.audit().lock_heads(&[log]).await.unwrap();
    let mut records: Vec<_> = (0..10).map(|sequence| event(log, sequence)).collect();
    for failed in [2, 3, 7] {
        records[failed].outcome = Outcome::Failure.as_str().to_owned();
    }
    let head = head_after(&records[9]);
    work.audit().append(&records, &[head]).await.unwrap();
    work.commit().await.unwrap();

    let of = |outcome| AuditFilter {
        outcome: Some(outcome),
        ..AuditFilter::default()
    };
    let (failed, succeeded) = (of(Outcome::Failure), of(Outcome::Success));
    assert_eq!(
        sequences(target, log, &failed, (1, 2)).await,
        (vec![7, 3], 3)
    );
    assert_eq!(sequences(target, log, &failed, (2, 2)).await, (vec![2], 3));
    assert_eq!(
        sequences(target, log, &succeeded, (3, 3)).await,
        (vec![0], 7)
    );
    // Within a time, and of one agent.
    let early = AuditFilter {
        to: Some(at(3)),
        ..succeeded.clone()
    };
    assert_eq!(
        sequences(target, log, &early, (1, 20)).await,
        (vec![1, 0], 2)
    );
    let of_agent = AuditFilter {
        agent_id: Some("agent-1".to_owned()),
        ..succeeded
    };
    assert_eq!(
        sequences(target, log, &of_agent, (1, 20)).await,
        (vec![4, 1], 2)
    );
}

pub async fn positions(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 5).await;
    let mut work = target.read().await;
    let store = work.audit();
    assert_eq!(
        store.first_at_or_after(log, at(-100)).await.unwrap(),
        Some(0)
    );
    assert_eq!(store.first_at_or_after(log, at(2)).await.unwrap(), Some(2));
    assert_eq!(store.first_at_or_after(log, at(5)).await.unwrap(), None);
    assert_eq!(
        store.last_at_or_before(log, at(100)).await.unwrap(),
        Some(4)
    );
    assert_eq!(store.last_at_or_before(log, at(2)).await.unwrap(), Some(2));
    assert_eq!(store.last_at_or_before(log, at(-1)).await.unwrap(), None);
}

pub async fn verified_never_falls(target: &Target) {
    let log = stored_organization(target).await;
    append(target, log, 5).await;
    for (set, wanted) in [(3, 3), (2, 3), (5, 5)] {
        let mut work = target.write().await;
        work.audit().set_verified(log, set).await.unwrap();
        work.commit().await.unwrap();
        let head = target
            .read()
            .await
            .audit()
            .head(log)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(head.verified_sequence, wanted);
    }
    append(target, log, 1).await;
    let head = target
        .read()
        .await
        .audit()
        .head(log)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((head.next_sequence, head.verified_sequence), (6, 5));
}

pub async fn concurrent_appends_leave_no_gap(target: &Target) {
    let logs = [
        stored_organization(target).await,
        stored_organization(target).await,
    ];
    let writers = (0..20).map(|number| async move {
        let mut work = target.write().await;
        append_in(work.as_mut(), logs[number % 2], 3).await;
        work.commit().await.unwrap();
    });
    futures_util::future::join_all(writers).await;
    let mut work = target.read().await;
    for log in logs {
        let records = work.audit().range(log, 0, 100).await.unwrap();
        let seen: Vec<_> = records.iter().map(|record| record.sequence).collect();
        assert_eq!(seen, (0..30).collect::<Vec<_>>());
    }
}

pub async fn events_are_immutable(target: &Target) {
    let log = stored_organization(target).await;
    let records = append(target, log, 2).await;
    for sql in [
        "UPDATE audit_events SET action = 'x'",
        "UPDATE audit_events SET hash = hash WHERE sequence = 1",
        "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE sequence = 1",
    ] {
        let error = target.raw.execute(sql).await.unwrap_err();
        assert!(error.contains("immutable"), "{sql}: {error}");
    }
    assert_eq!(
        target.read().await.audit().range(log, 0, 10).await.unwrap(),
        records
    );
}

pub async fn altered_times_are_seen_exactly(target: &Target) {
    let log = stored_organization(target).await;
    let record = append(target, log, 1).await.remove(0);
    assert_eq!(record.timestamp(), Some(at(0)));
    target.raw.execute(target.raw.unlock_audit()).await.unwrap();
    let altered = record.timestamp_micros + 1;
    let sql = format!(
        "UPDATE audit_events SET timestamp = {}",
        target.raw.time(altered)
    );
    target.raw.execute(&sql).await.unwrap();
    let found = target
        .read()
        .await
        .audit()
        .range(log, 0, 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(found.timestamp_micros, altered);
    assert_eq!(found.timestamp(), None);
}
