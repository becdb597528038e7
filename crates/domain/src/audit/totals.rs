//! Totals of queries, remembered.
//!
//! An event never changes and never leaves its place, so how many events up to
//! a position match is a fact for ever: the *rank* of the position. A total is
//! the difference of two ranks, and a rank follows from the nearest one that is
//! known by counting what lies between. So a long log is counted once, and from
//! then on what came, or what left the retention window, since the last query.
//!
//! Positions become visible in order: whoever appends locks the head of the log
//! until its commit is visible (PostgreSQL lets go of row locks only after
//! that; SQLite has one writer). Once a query has seen the last position of its
//! window, all the others are there for every later statement, whatever the
//! isolation, and what is committed meanwhile lies behind the window.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache as Memory;

use crate::audit::{AuditRecord, AuditStore, DateRange, Predicate, RecordPage, Window};
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::page::PageRequest;

/// Bytes that are remembered at most, about.
const CAPACITY: u64 = 16 * 1024 * 1024;
/// Bytes of one question without its agent and its ranks, about.
const OVERHEAD: usize = 400;
/// Bytes of one rank, about.
const RANK: usize = 24;
/// How long a question nobody asks any more is remembered.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);
/// Events between two ranks that are remembered; fewer are counted again.
const STRIDE: i64 = 2_048;

/// Which events are counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    log: OrganizationId,
    predicate: Predicate,
}

/// Ranks that are known, relative to the first one.
#[derive(Clone, Debug, Default)]
struct Ranks {
    /// Rank by position.
    ranks: BTreeMap<i64, i64>,
    /// The largest of the positions and the hash of its event. The hashes are
    /// chained, so everything before it is what it was, too. `None` before the
    /// first event.
    seal: Option<(i64, String)>,
}

impl Ranks {
    /// The known position nearest to `position`, and its rank.
    fn nearest(&self, position: i64) -> Option<(i64, i64)> {
        let below = self.ranks.range(..=position).next_back();
        let above = self.ranks.range(position..).next();
        below
            .into_iter()
            .chain(above)
            .min_by_key(|(known, _)| known.abs_diff(position))
            .map(|(known, rank)| (*known, *rank))
    }

    /// The smallest known position up to `last` whose rank is at least `rank`,
    /// and its rank.
    fn reaching(&self, rank: i64, last: i64) -> Option<(i64, i64)> {
        self.ranks
            .range(..=last)
            .rev()
            .take_while(|(_, known)| **known >= rank)
            .last()
            .map(|(position, known)| (*position, *known))
    }
}

/// What this replica remembers of the totals of audit queries; cheap to clone.
#[derive(Clone)]
pub struct Totals {
    memory: Memory<Question, Arc<Ranks>>,
    stride: i64,
}

impl Totals {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::with_stride(STRIDE)
    }

    /// The same with another number of events between two ranks that are
    /// remembered.
    #[must_use]
    pub fn with_stride(stride: i64) -> Self {
        let memory = Memory::builder()
            .max_capacity(CAPACITY)
            .weigher(|question: &Question, ranks: &Arc<Ranks>| {
                let agent = question.predicate.agent_id.as_ref().map_or(0, String::len);
                let bytes = OVERHEAD + agent + RANK * ranks.ranks.len();
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .time_to_idle(IDLE)
            .build();
        Self {
            memory,
            stride: stride.max(1),
        }
    }

    /// What is known about the events of `log` that match.
    #[must_use]
    pub fn recall(&self, log: OrganizationId, predicate: Predicate) -> Tally {
        let question = Question { log, predicate };
        Tally {
            known: self.memory.get(&question).unwrap_or_default(),
            question,
            learned: false,
            stride: self.stride,
        }
    }

    /// Remembers what a query has learned. Of two that ran at the same time
    /// the later one wins: each is right in itself.
    pub fn keep(&self, tally: Tally) {
        if tally.learned {
            self.memory.insert(tally.question, tally.known);
        }
    }
}

impl Default for Totals {
    fn default() -> Self {
        Self::new()
    }
}

/// One query's copy of what is known about its question.
pub struct Tally {
    question: Question,
    known: Arc<Ranks>,
    learned: bool,
    stride: i64,
}

impl Tally {
    /// Events inside `range` that match, newest first. The transaction of
    /// `store` must not have appended to the log itself.
    ///
    /// # Errors
    ///
    /// A failing store; nothing should be kept of this tally then.
    pub async fn page(
        &mut self,
        store: &mut dyn AuditStore,
        range: DateRange,
        page: PageRequest,
    ) -> Result<RecordPage, StoreError> {
        let Some(window) = store.window(self.question.log, range).await? else {
            return Ok(RecordPage {
                records: Vec::new(),
                total: 0,
            });
        };
        if self.question.predicate.is_any() {
            let limit = i64::from(page.limit());
            let records = self.newest(store, window, page.offset(), limit).await?;
            let total = window.size();
            return Ok(RecordPage { records, total });
        }
        self.check(store).await?;
        let before = self.rank(store, window.first - 1).await?;
        let end = self.rank(store, window.last).await?;
        let records = self.records(store, window, (before, end), page).await?;
        self.seal(store).await?;
        Ok(RecordPage {
            records,
            total: end - before,
        })
    }

    /// The events of a page of `window`; the ranks are those before the window
    /// and at its end.
    async fn records(
        &mut self,
        store: &mut dyn AuditStore,
        window: Window,
        (before, end): (i64, i64),
        page: PageRequest,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let left = end - before - page.offset();
        if left <= 0 {
            return Ok(Vec::new());
        }
        // The rank of the first event of the page.
        let wanted = before + left;
        let known = self.known.reaching(wanted, window.last);
        let start = known.unwrap_or((window.last, end));
        let (last, rank) = self.approach(store, window, start, wanted).await?;
        // No further than to the last match: behind it a scan would go on to
        // the end of the window, in search of a full page.
        let limit = i64::from(page.limit()).min(left);
        let window = Window { last, ..window };
        self.newest(store, window, rank - wanted, limit).await
    }

    /// A position fewer than a stride of matches above the one of rank
    /// `wanted`, coming from the position and rank of `start`. Ranks that are
    /// multiples of the stride are remembered, so that pages next to each other
    /// share one.
    async fn approach(
        &mut self,
        store: &mut dyn AuditStore,
        window: Window,
        start: (i64, i64),
        wanted: i64,
    ) -> Result<(i64, i64), StoreError> {
        let (last, rank) = start;
        if rank - wanted < self.stride {
            return Ok(start);
        }
        let multiple = wanted + (-wanted).rem_euclid(self.stride);
        let window = Window { last, ..window };
        let found = self.newest(store, window, rank - multiple, 1).await?;
        let Some(event) = found.first() else {
            return Ok(start);
        };
        self.learn(event.sequence, multiple);
        Ok((event.sequence, multiple))
    }

    async fn newest(
        &self,
        store: &mut dyn AuditStore,
        window: Window,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let Question { log, predicate } = &self.question;
        store.newest(*log, predicate, window, offset, limit).await
    }

    /// Number of events up to `position` that match, relative to the first
    /// rank that became known.
    async fn rank(&mut self, store: &mut dyn AuditStore, position: i64) -> Result<i64, StoreError> {
        let Some((known, rank)) = self.known.nearest(position) else {
            self.learn(position, 0);
            return Ok(0);
        };
        if known == position {
            return Ok(rank);
        }
        let between = Window {
            first: known.min(position) + 1,
            last: known.max(position),
        };
        let Question { log, predicate } = &self.question;
        let count = store.count(*log, predicate, between).await?;
        let rank = if known < position {
            rank + count
        } else {
            rank - count
        };
        if between.size() >= self.stride {
            self.learn(position, rank);
        }
        Ok(rank)
    }

    fn learn(&mut self, position: i64, rank: i64) {
        let known = Arc::make_mut(&mut self.known);
        known.ranks.insert(position, rank);
        self.learned = true;
    }

    /// Forgets everything when the log is another one than it was: put back to
    /// a backup, or to a standby that had not received all of it.
    async fn check(&mut self, store: &mut dyn AuditStore) -> Result<(), StoreError> {
        let Some((position, hash)) = self.known.seal.clone() else {
            return Ok(());
        };
        if self.hash_at(store, position).await? != Some(hash) {
            self.known = Arc::default();
        }
        Ok(())
    }

    /// Notes what the log is that the ranks belong to.
    async fn seal(&mut self, store: &mut dyn AuditStore) -> Result<(), StoreError> {
        let last = self.known.ranks.last_key_value();
        let Some(position) = last.map(|(position, _)| *position) else {
            return Ok(());
        };
        let sealed = self.known.seal.as_ref().map(|(position, _)| *position);
        if position < 0 || sealed == Some(position) {
            return Ok(());
        }
        match self.hash_at(store, position).await? {
            Some(hash) => Arc::make_mut(&mut self.known).seal = Some((position, hash)),
            None => self.learned = false,
        }
        Ok(())
    }

    async fn hash_at(
        &self,
        store: &mut dyn AuditStore,
        position: i64,
    ) -> Result<Option<String>, StoreError> {
        let found = store.range(self.question.log, position, 1).await?;
        let event = found.into_iter().find(|record| record.sequence == position);
        Ok(event.map(|record| record.hash))
    }
}

#[cfg(test)]
#[path = "totals_tests.rs"]
mod tests;
