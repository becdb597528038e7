//! Verification of hash chains.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::audit::chain::LeafHasher;
use crate::audit::{AuditStore, DateRange, StoredEvent};
use crate::error::StoreError;
use crate::id::{EventId, OrganizationId};
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::turns::Turns;
use crate::unit_of_work::{Mode, Scope, Store};

/// Events of one query, which some stores hold in memory. Between two queries the
/// database idles.
const STEP: i64 = 10_000;

/// The same of a walk in the background, which rests after each: requests wait
/// for no more than a few milliseconds of work.
const SHORT_STEP: i64 = 2_000;

/// How many times as long as a step took a walk in the background rests after it.
const REST: u32 = 4;

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// Verifications that walk logs at the same time at most, per replica: a tenant
/// with a long log may ask again and again.
const WALKS: usize = 2;

/// What is wrong with the first bad event of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Its content does not give its hash.
    ContentChanged,
    /// It does not follow its predecessor: something was inserted, removed or
    /// moved.
    OrderChanged,
    /// Both.
    Both,
    /// It is the last one present, but the log was longer once.
    EndMissing,
}

/// Result of a walk over a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Events looked at, the bad one included.
    pub checked: i64,
    /// The first bad event, and what is wrong with it. The nil id when the
    /// whole log is missing.
    pub broken: Option<(EventId, Break)>,
    /// Position behind the last intact event.
    pub intact_until: i64,
}

impl Verification {
    /// Whether no break was found.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.broken.is_none()
    }
}

/// Position and hash that the next event has to follow.
#[derive(Default)]
struct Expected {
    sequence: i64,
    previous_hash: String,
    hasher: LeafHasher,
}

impl Expected {
    /// What comes after an event.
    fn after(event: &StoredEvent<'_>) -> Self {
        let mut expected = Self::default();
        expected.follow(event);
        expected
    }

    fn judge(&mut self, event: &StoredEvent<'_>) -> Option<Break> {
        let in_order = event.sequence == self.sequence && event.previous_hash == self.previous_hash;
        let hash = self.hasher.hash(event);
        let content = hash.is_ok_and(|hash| hash == event.hash.as_bytes());
        match (content, in_order) {
            (true, true) => None,
            (false, true) => Some(Break::ContentChanged),
            (true, false) => Some(Break::OrderChanged),
            (false, false) => Some(Break::Both),
        }
    }

    fn follow(&mut self, event: &StoredEvent<'_>) {
        self.sequence = event.sequence.saturating_add(1);
        self.previous_hash.clear();
        self.previous_hash.push_str(event.hash);
    }
}

/// Walks logs in steps of constant size.
#[derive(Clone)]
pub struct AuditVerifier {
    store: Arc<dyn Store>,
    walks: Turns,
    /// Events of one step.
    step: i64,
    /// Rest after each step, as a multiple of its time.
    rest: u32,
}

impl AuditVerifier {
    /// A verifier over the logs of `ports`.
    #[must_use]
    pub fn new(ports: &Ports) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            walks: Turns::new(WALKS),
            step: STEP,
            rest: 0,
        }
    }

    /// The same for walks that nobody waits for: they leave most of the machine to
    /// requests.
    #[must_use]
    pub fn in_background(self) -> Self {
        Self {
            step: SHORT_STEP,
            rest: REST,
            ..self
        }
    }

    /// Verifies the events of `log` inside `range`; the event before the
    /// first one is taken as anchor. A walk waits for its turn and reads one
    /// snapshot.
    ///
    /// # Errors
    ///
    /// When the store failed; nothing is known about the log then.
    pub async fn verify_range(
        &self,
        scope: Scope,
        log: OrganizationId,
        range: DateRange,
    ) -> Result<Verification, StoreError> {
        let _turn = self.walks.take().await?;
        let mut work = self.store.begin(scope, Mode::Snapshot).await?;
        let audit = work.audit();
        let start = match range.from {
            None => 0,
            Some(from) => match audit.first_at_or_after(log, from).await? {
                Some(start) => start,
                None => last_position(audit, log, Timestamp::MAX).await? + 1,
            },
        };
        let end = match range.to {
            None => None,
            Some(to) => Some(last_position(audit, log, to).await?),
        };
        let mut walk = Walk::begin(audit, log, start, end).await?;
        loop {
            if let Some(verification) = walk.step(audit, self.step).await? {
                return Ok(verification);
            }
        }
    }

    /// Verifies `log` from position `from` to its end. Logs only grow, so each
    /// step reads for itself: a walk that takes its time keeps nothing in the
    /// store waiting.
    ///
    /// # Errors
    ///
    /// When the store failed.
    pub async fn verify_from(
        &self,
        log: OrganizationId,
        from: i64,
    ) -> Result<Verification, StoreError> {
        let mut work = self.store.begin(Scope::System, Mode::Read).await?;
        let mut walk = Walk::begin(work.audit(), log, from, None).await?;
        work.commit().await?;
        loop {
            let started = Instant::now();
            let mut work = self.store.begin(Scope::System, Mode::Read).await?;
            let ended = walk.step(work.audit(), self.step).await?;
            work.commit().await?;
            self.rest_after(started).await;
            if let Some(verification) = ended {
                return Ok(verification);
            }
        }
    }

    /// Rests after a step that began at `started`; also after the last one of a
    /// log, since there may be thousands of short logs.
    async fn rest_after(&self, started: Instant) {
        if self.rest > 0 {
            let rest = started.elapsed().saturating_mul(self.rest);
            tokio::time::sleep(rest.min(LONGEST_REST)).await;
        }
    }
}

/// Position of the last event up to `at`, −1 when there is none.
async fn last_position(
    audit: &mut dyn AuditStore,
    log: OrganizationId,
    at: Timestamp,
) -> Result<i64, StoreError> {
    Ok(audit.last_at_or_before(log, at).await?.unwrap_or(-1))
}

/// How far a walk has come.
struct Walk {
    log: OrganizationId,
    expected: Expected,
    /// The last intact event.
    last: Option<EventId>,
    checked: i64,
    /// The last position; `None` for the end of the log, which must be where the
    /// head says.
    end: Option<i64>,
    /// Events of the log, by its head.
    size: i64,
    /// Where the next step begins.
    next: i64,
}

impl Walk {
    /// At the event at `start`.
    async fn begin(
        audit: &mut dyn AuditStore,
        log: OrganizationId,
        start: i64,
        end: Option<i64>,
    ) -> Result<Self, StoreError> {
        let head = audit.head(log).await?;
        let (expected, last) = anchor(audit, log, start).await?;
        Ok(Self {
            log,
            expected,
            last,
            checked: 0,
            end,
            size: head.map_or(0, |head| head.next_sequence),
            next: start,
        })
    }

    /// Judges the next `most` events; the result once there are no more.
    async fn step(
        &mut self,
        audit: &mut dyn AuditStore,
        most: i64,
    ) -> Result<Option<Verification>, StoreError> {
        let (log, from) = (self.log, self.next);
        // No more than is judged.
        let left = self
            .end
            .map_or(most, |end| end.saturating_sub(from).saturating_add(1));
        let step = left.clamp(0, most);
        let (mut seen, mut verdict) = (0, None);
        if step > 0 {
            let mut judge = |event: &StoredEvent<'_>| {
                seen += 1;
                verdict = self.judge(event);
                match verdict {
                    None => ControlFlow::Continue(()),
                    Some(_) => ControlFlow::Break(()),
                }
            };
            audit.walk(log, from, step, &mut judge).await?;
        }
        let is_last = seen < most;
        Ok(verdict.or_else(|| is_last.then(|| self.ended())))
    }

    /// Judges the next event of the log; a result once nothing behind it
    /// matters.
    fn judge(&mut self, event: &StoredEvent<'_>) -> Option<Verification> {
        self.next = event.sequence.saturating_add(1);
        if self.end.is_some_and(|end| event.sequence > end) {
            return Some(intact(self.checked, self.expected.sequence));
        }
        self.checked += 1;
        if let Some(kind) = self.expected.judge(event) {
            let until = self.expected.sequence;
            return Some(broken(self.checked, event.event_id, kind, until));
        }
        self.last = Some(event.event_id);
        self.expected.follow(event);
        None
    }

    /// The result at the end.
    fn ended(&self) -> Verification {
        let until = self.expected.sequence;
        if self.end.is_none() && self.size > until {
            let event = self.last.unwrap_or(EventId::new(uuid::Uuid::nil()));
            let checked = self.last.map_or(0, |_| self.checked.max(1));
            return broken(checked, event, Break::EndMissing, until);
        }
        intact(self.checked, until)
    }
}

fn intact(checked: i64, until: i64) -> Verification {
    Verification {
        checked,
        broken: None,
        intact_until: until,
    }
}

fn broken(checked: i64, event: EventId, kind: Break, until: i64) -> Verification {
    Verification {
        checked,
        broken: Some((event, kind)),
        intact_until: until,
    }
}

/// What the event at `start` has to follow, and the id of the one before it.
async fn anchor(
    audit: &mut dyn AuditStore,
    log: OrganizationId,
    start: i64,
) -> Result<(Expected, Option<EventId>), StoreError> {
    let before = match start {
        0 => None,
        _ => audit
            .range(log, start - 1, 1)
            .await?
            .into_iter()
            .find(|record| record.sequence == start - 1),
    };
    Ok(match before {
        Some(record) => {
            let expected = Expected::after(&record.as_stored());
            (expected, Some(record.event_id))
        }
        None => {
            let expected = Expected {
                sequence: start,
                ..Expected::default()
            };
            (expected, None)
        }
    })
}
