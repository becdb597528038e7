//! Rules of stored audit logs.

use agentidp_domain::audit::{
    Action, AuditFilter, AuditRecord, DateRange, Outcome, Predicate, RecordPage, Totals,
};
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

async fn ask(
    target: &Target,
    totals: &Totals,
    log: OrganizationId,
    filter: &AuditFilter,
    (number, limit): (u32, u32),
) -> RecordPage {
    let range = DateRange {
        from: filter.from,
        to: filter.to,
    };
    let mut tally = totals.recall(log, filter.predicate());
    let mut work = target.read().await;
    let found = tally
        .page(work.audit(), range, page(number, limit))
        .await
        .unwrap();
    work.commit().await.unwrap();
    totals.keep(tally);
    found
}

fn places(page: &RecordPage) -> (Vec<i64>, i64) {
    let records = page.records.iter();
    (records.map(|record| record.sequence).collect(), page.total)
}

async fn sequences(
    target: &Target,
    log: OrganizationId,
    filter: &AuditFilter,
    wanted: (u32, u32),
) -> (Vec<i64>, i64) {
    places(&ask(target, &Totals::new(), log, filter, wanted).await)
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

/// Appends events of which some are refusals; runs of both occur.
async fn append_mixed(target: &Target, log: OrganizationId, count: usize) {
    let mut work = target.write().await;
    let heads = work.audit().lock_heads(&[log]).await.unwrap();
    let mut records: Vec<AuditRecord> = (heads[0].next_sequence..)
        .take(count)
        .map(|sequence| event(log, sequence))
        .collect();
    for record in &mut records {
        if record.sequence % 5 == 1 || (20..34).contains(&record.sequence) {
            record.outcome = Outcome::Failure.as_str().to_owned();
        }
        if record.sequence % 4 == 1 {
            record.action = Action::AuthFailed.as_str().to_owned();
        }
    }
    let head = head_after(records.last().unwrap());
    work.audit().append(&records, &[head]).await.unwrap();
    work.commit().await.unwrap();
}

fn meets(record: &AuditRecord, predicate: &Predicate) -> bool {
    let Predicate {
        agent_id,
        action,
        outcome,
    } = predicate;
    agent_id.as_ref().is_none_or(|id| *id == record.agent_id)
        && action.is_none_or(|action| action.as_str() == record.action)
        && outcome.is_none_or(|outcome| outcome.as_str() == record.outcome)
}

fn every_filter() -> Vec<AuditFilter> {
    let mut filters = Vec::new();
    for agent in [None, Some("agent-1")] {
        for action in [None, Some(Action::AuthFailed), Some(Action::AgentCreated)] {
            for outcome in [None, Some(Outcome::Success), Some(Outcome::Failure)] {
                filters.push(AuditFilter {
                    agent_id: agent.map(str::to_owned),
                    action,
                    outcome,
                    ..AuditFilter::default()
                });
            }
        }
    }
    filters
}

pub async fn totals_stay_exact(target: &Target) {
    let log = stored_organization(target).await;
    let totals = Totals::with_stride(4);
    // The log grows, the retention boundary moves along it.
    for (count, first) in [(3, 0), (9, 0), (2, 2), (30, 3), (1, 3), (25, 40), (1, 68)] {
        append_mixed(target, log, count).await;
        let all = target.read().await.audit().range(log, 0, 100).await;
        let all = all.unwrap();
        for filter in every_filter() {
            let filter = AuditFilter {
                from: Some(at(first)),
                ..filter
            };
            let expected: Vec<i64> = all
                .iter()
                .rev()
                .filter(|record| record.sequence >= first)
                .filter(|record| meets(record, &filter.predicate()))
                .map(|record| record.sequence)
                .collect();
            let total = i64::try_from(expected.len()).unwrap();
            // The last page first: its rank is reached from afar.
            for number in (1..=expected.len().div_ceil(3).max(1)).rev() {
                let number = u32::try_from(number).unwrap();
                let found = ask(target, &totals, log, &filter, (number, 3)).await;
                let wanted = expected.chunks(3).nth(usize::try_from(number - 1).unwrap());
                let wanted = wanted.unwrap_or_default().to_vec();
                assert_eq!(places(&found), (wanted, total), "{filter:?}, page {number}");
            }
        }
    }
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
