//! Totals next to a naive count.

use async_trait::async_trait;
use futures_util::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::Totals;
use crate::audit::{
    Action, AuditRecord, AuditStore, DateRange, LogHead, Outcome, Predicate, RecordPage, Tally,
    Visit, Window,
};
use crate::error::StoreError;
use crate::id::{EventId, OrganizationId};
use crate::page::PageRequest;
use crate::time::Timestamp;

const LOG: OrganizationId = OrganizationId::SYSTEM;
const ACTIONS: [Action; 2] = [Action::TokenIssued, Action::AuthFailed];
const OUTCOMES: [Outcome; 2] = [Outcome::Success, Outcome::Failure];

/// What an event is: its agent, action and outcome, by number.
type Kind = (usize, usize, usize);

/// One log in a list, and what queries cost there.
#[derive(Default)]
struct List {
    records: Vec<AuditRecord>,
    /// Events that were ever appended.
    written: u128,
    /// Positions that were counted.
    counted: i64,
    /// Matches that were skipped on the way to a page.
    skipped: i64,
}

impl List {
    fn append(&mut self, kinds: &[Kind]) {
        for (agent, action, outcome) in kinds {
            self.written += 1;
            let sequence = i64::try_from(self.records.len()).unwrap();
            self.records.push(AuditRecord {
                event_id: EventId::new(uuid::Uuid::from_u128(self.written)),
                organization_id: LOG,
                sequence,
                timestamp_micros: sequence * 1000,
                action: ACTIONS[*action].as_str().to_owned(),
                outcome: OUTCOMES[*outcome].as_str().to_owned(),
                agent_id: format!("agent-{agent}"),
                ip_address: "203.0.113.7".to_owned(),
                user_agent: "curl/8.5.0".to_owned(),
                metadata: json!({}),
                previous_hash: String::new(),
                hash: format!("{:064x}", self.written),
            });
        }
    }

    fn end(&self) -> i64 {
        i64::try_from(self.records.len()).unwrap()
    }

    fn matching(&self, predicate: &Predicate, window: Window) -> Vec<&AuditRecord> {
        let Predicate {
            agent_id,
            action,
            outcome,
        } = predicate;
        let inside = |record: &&AuditRecord| {
            (window.first..=window.last).contains(&record.sequence)
                && agent_id.as_ref().is_none_or(|id| *id == record.agent_id)
                && action.is_none_or(|action| action.as_str() == record.action)
                && outcome.is_none_or(|outcome| outcome.as_str() == record.outcome)
        };
        self.records.iter().rev().filter(inside).collect()
    }
}

#[async_trait]
impl AuditStore for List {
    async fn window(
        &mut self,
        _log: OrganizationId,
        range: DateRange,
    ) -> Result<Option<Window>, StoreError> {
        let window = Window {
            first: range.from.map_or(0, Timestamp::unix_millis).max(0),
            last: range
                .to
                .map_or(i64::MAX, Timestamp::unix_millis)
                .min(self.end() - 1),
        };
        Ok((window.first <= window.last).then_some(window))
    }

    async fn count(
        &mut self,
        _log: OrganizationId,
        predicate: &Predicate,
        window: Window,
    ) -> Result<i64, StoreError> {
        self.counted += window.size();
        Ok(i64::try_from(self.matching(predicate, window).len()).unwrap())
    }

    async fn newest(
        &mut self,
        _log: OrganizationId,
        predicate: &Predicate,
        window: Window,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.skipped += offset;
        let found = self.matching(predicate, window).into_iter();
        let offset = usize::try_from(offset).unwrap();
        let limit = usize::try_from(limit).unwrap();
        Ok(found.skip(offset).take(limit).cloned().collect())
    }

    async fn walk(
        &mut self,
        _log: OrganizationId,
        _from: i64,
        _limit: i64,
        _visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        unreachable!("totals are not verified")
    }

    async fn range(
        &mut self,
        _log: OrganizationId,
        from: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let from = usize::try_from(from).unwrap();
        let limit = usize::try_from(limit).unwrap();
        Ok(self
            .records
            .iter()
            .skip(from)
            .take(limit)
            .cloned()
            .collect())
    }

    async fn lock_heads(&mut self, _: &[OrganizationId]) -> Result<Vec<LogHead>, StoreError> {
        unreachable!("queries lock nothing")
    }

    async fn head(&mut self, _: OrganizationId) -> Result<Option<LogHead>, StoreError> {
        unreachable!("queries read no head")
    }

    async fn append(&mut self, _: &[AuditRecord], _: &[LogHead]) -> Result<(), StoreError> {
        unreachable!("queries append nothing")
    }

    async fn find(
        &mut self,
        _: OrganizationId,
        _: EventId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        unreachable!("queries look for no id")
    }

    async fn first_at_or_after(
        &mut self,
        _: OrganizationId,
        _: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        unreachable!("queries ask for windows")
    }

    async fn last_at_or_before(
        &mut self,
        _: OrganizationId,
        _: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        unreachable!("queries ask for windows")
    }

    async fn set_verified(&mut self, _: OrganizationId, _: i64) -> Result<(), StoreError> {
        unreachable!("queries verify nothing")
    }
}

fn range(first: i64, last: i64) -> DateRange {
    DateRange {
        from: Timestamp::from_unix_millis(first),
        to: Timestamp::from_unix_millis(last),
    }
}

fn ask(tally: &mut Tally, log: &mut List, range: DateRange, page: PageRequest) -> RecordPage {
    let answer = tally.page(log, range, page).now_or_never();
    answer.expect("a list does not wait").unwrap()
}

/// Asks, and remembers what was learned.
fn total(totals: &Totals, log: &mut List, predicate: &Predicate, range: DateRange) -> i64 {
    let mut tally = totals.recall(LOG, predicate.clone());
    let page = ask(&mut tally, log, range, PageRequest::default());
    totals.keep(tally);
    page.total
}

fn failures() -> Predicate {
    Predicate {
        outcome: Some(Outcome::Failure),
        ..Predicate::default()
    }
}

/// A log in which every fifth event is a failure.
fn log_of(count: usize) -> List {
    let mut log = List::default();
    let kinds: Vec<Kind> = (0..count)
        .map(|n| (0, 0, usize::from(n % 5 == 0)))
        .collect();
    log.append(&kinds);
    log
}

#[test]
fn only_what_is_new_is_counted() {
    let totals = Totals::with_stride(10);
    let mut log = log_of(1000);
    let counted = |log: &mut List, first, wanted| {
        log.counted = 0;
        let range = range(first, log.end());
        assert_eq!(total(&totals, log, &failures(), range), wanted);
        log.counted
    };
    assert_eq!(counted(&mut log, 0, 200), 1000);
    assert_eq!(counted(&mut log, 0, 200), 0);
    // Newer events: few are counted each time, many once.
    log.append(&[(0, 0, 1); 7]);
    assert_eq!(counted(&mut log, 0, 207), 7);
    assert_eq!(counted(&mut log, 0, 207), 7);
    log.append(&[(0, 0, 1); 7]);
    assert_eq!(counted(&mut log, 0, 214), 14);
    assert_eq!(counted(&mut log, 0, 214), 0);
    // The window moves along the log.
    assert_eq!(counted(&mut log, 100, 194), 100);
    assert_eq!(counted(&mut log, 101, 193), 1);
    assert_eq!(counted(&mut log, 100, 194), 0);
    // What lies inside is reached from the nearer side.
    assert_eq!(counted(&mut log, 994, 15), 6);
}

fn knows_nothing(totals: &Totals, predicate: Predicate) -> bool {
    totals.recall(LOG, predicate).known.ranks.is_empty()
}

#[test]
fn what_was_learned_is_there_for_others_only_when_it_is_kept() {
    let totals = Totals::with_stride(10);
    let mut log = log_of(100);
    let mut tally = totals.recall(LOG, failures());
    ask(
        &mut tally,
        &mut log,
        DateRange::default(),
        PageRequest::default(),
    );
    assert!(knows_nothing(&totals, failures()));
    totals.keep(tally);
    assert!(!knows_nothing(&totals, failures()));
    let other = Predicate {
        action: Some(Action::TokenIssued),
        ..failures()
    };
    assert!(knows_nothing(&totals, other));
}

#[test]
fn a_page_far_behind_brings_those_around_it_near() {
    let totals = Totals::with_stride(10);
    let mut log = log_of(1000);
    let mut tally = totals.recall(LOG, failures());
    let mut skipped = |number| {
        log.skipped = 0;
        let page = PageRequest::new(number, 3).unwrap();
        let found = ask(&mut tally, &mut log, DateRange::default(), page);
        assert_eq!(found.total, 200);
        let first = found.records.first().map(|record| record.sequence);
        // The failures are at 995, 990 …
        let position = 995 - i64::from(number - 1) * 15;
        assert_eq!(first, (position >= 0).then_some(position));
        log.skipped
    };
    assert_eq!(skipped(60), 177);
    for number in [61, 59, 62, 63, 62, 67] {
        assert!(skipped(number) < 20, "{number}");
    }
    assert_eq!(skipped(1), 0);
    assert_eq!(skipped(68), 0);
}

/// What happens to a log and is asked about it.
#[derive(Clone, Debug)]
struct Step {
    /// Thousandths of the log that a restore leaves, if there is one.
    left: Option<i64>,
    appended: Vec<Kind>,
    agent: Option<usize>,
    action: Option<usize>,
    outcome: Option<usize>,
    /// Ends of the window, in thousandths of the log.
    ends: (i64, i64),
    page: (u32, u32),
    kept: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = (0..2_usize, 0..2_usize, 0..2_usize);
    (
        proptest::option::weighted(0.1, 0..1000_i64),
        vec(kind, 0..20),
        (
            proptest::option::weighted(0.3, 0..2_usize),
            proptest::option::weighted(0.3, 0..2_usize),
            proptest::option::weighted(0.7, 0..2_usize),
        ),
        (-100..1100_i64, -100..1100_i64),
        (1..12_u32, 1..6_u32),
        proptest::bool::weighted(0.9),
    )
        .prop_map(
            |(left, appended, (agent, action, outcome), ends, page, kept)| Step {
                left,
                appended,
                agent,
                action,
                outcome,
                ends,
                page,
                kept,
            },
        )
}

/// The position at so many thousandths of `size`.
fn position(thousandths: i64, size: i64) -> i64 {
    size * thousandths / 1000
}

proptest! {
    #[test]
    fn totals_and_pages_are_those_of_a_naive_count(
        steps in vec(step(), 1..25),
        stride in 1..12_i64,
    ) {
        let totals = Totals::with_stride(stride);
        let mut log = List::default();
        for step in steps {
            if let Some(left) = step.left {
                let left = position(left, log.end());
                log.records.truncate(usize::try_from(left).unwrap());
            }
            log.append(&step.appended);
            let predicate = Predicate {
                agent_id: step.agent.map(|agent| format!("agent-{agent}")),
                action: step.action.map(|action| ACTIONS[action]),
                outcome: step.outcome.map(|outcome| OUTCOMES[outcome]),
            };
            let window = Window {
                first: position(step.ends.0, log.end()),
                last: position(step.ends.1, log.end()),
            };
            let (number, limit) = step.page;
            let mut tally = totals.recall(LOG, predicate.clone());
            let page = ask(
                &mut tally,
                &mut log,
                range(window.first, window.last),
                PageRequest::new(number, limit).unwrap(),
            );
            if step.kept {
                totals.keep(tally);
            }
            let all = log.matching(&predicate, window);
            prop_assert_eq!(page.total, i64::try_from(all.len()).unwrap());
            let expected: Vec<_> = all
                .into_iter()
                .skip(usize::try_from((number - 1) * limit).unwrap())
                .take(usize::try_from(limit).unwrap())
                .cloned()
                .collect();
            prop_assert_eq!(page.records, expected);
        }
    }
}
