//! The port to stored audit logs.

use std::ops::ControlFlow;

use async_trait::async_trait;

use crate::audit::{Action, AuditRecord, DateRange, Outcome, StoredEvent};
use crate::error::StoreError;
use crate::id::{EventId, OrganizationId};
use crate::time::Timestamp;

/// What is done with each event of a walk; breaks when it has seen enough.
pub type Visit<'a> = &'a mut (dyn FnMut(&StoredEvent<'_>) -> ControlFlow<()> + Send);

/// End of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// The log.
    pub organization_id: OrganizationId,
    /// Position of the next event; at once the size of the log.
    pub next_sequence: i64,
    /// Hash of the last event; empty for an empty log.
    pub last_hash: String,
    /// Time of the last event; `None` for an empty log.
    pub last_timestamp: Option<Timestamp>,
    /// Every event before this position was found intact.
    pub verified_sequence: i64,
}

/// Which events a query shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Exact agent id.
    pub agent_id: Option<String>,
    /// Exact action.
    pub action: Option<Action>,
    /// Exact outcome.
    pub outcome: Option<Outcome>,
    /// Earliest time, inclusive.
    pub from: Option<Timestamp>,
    /// Latest time, inclusive.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    /// The conditions that an event meets wherever it stands in its log.
    #[must_use]
    pub fn predicate(&self) -> Predicate {
        Predicate {
            agent_id: self.agent_id.clone(),
            action: self.action,
            outcome: self.outcome,
        }
    }
}

/// Conditions on an event that have nothing to do with its time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Predicate {
    /// Exact agent id.
    pub agent_id: Option<String>,
    /// Exact action.
    pub action: Option<Action>,
    /// Exact outcome.
    pub outcome: Option<Outcome>,
}

impl Predicate {
    /// Whether every event matches.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.agent_id.is_none() && self.action.is_none() && self.outcome.is_none()
    }
}

/// Positions of a log from `first` to `last`, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Smallest position.
    pub first: i64,
    /// Largest position.
    pub last: i64,
}

impl Window {
    /// Number of its positions, which is that of its events: logs have no gaps.
    #[must_use]
    pub fn size(self) -> i64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }
}

/// One page of events, newest first.
#[derive(Clone, Debug)]
pub struct RecordPage {
    /// The events.
    pub records: Vec<AuditRecord>,
    /// All matches.
    pub total: i64,
}

/// Stored audit logs. There is no way to change or remove an event.
#[async_trait]
pub trait AuditStore: Send {
    /// Ends of the given logs, created where missing, locked in id order
    /// until the end of the transaction. The answer has the same order.
    async fn lock_heads(&mut self, logs: &[OrganizationId]) -> Result<Vec<LogHead>, StoreError>;

    /// End of a log, unlocked.
    async fn head(&mut self, log: OrganizationId) -> Result<Option<LogHead>, StoreError>;

    /// Inserts events and writes the new ends of their logs. The heads must
    /// be locked by this transaction.
    async fn append(
        &mut self,
        records: &[AuditRecord],
        heads: &[LogHead],
    ) -> Result<(), StoreError>;

    /// Positions of the events inside `range`; `None` when there are none. In a
    /// log with altered times, where a range is no run of events, any.
    async fn window(
        &mut self,
        log: OrganizationId,
        range: DateRange,
    ) -> Result<Option<Window>, StoreError>;

    /// Number of events of `window` that match.
    async fn count(
        &mut self,
        log: OrganizationId,
        predicate: &Predicate,
        window: Window,
    ) -> Result<i64, StoreError>;

    /// Up to `limit` events of `window` that match, newest first, behind the
    /// newest `offset` of them.
    async fn newest(
        &mut self,
        log: OrganizationId,
        predicate: &Predicate,
        window: Window,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// One event of a log.
    async fn find(
        &mut self,
        log: OrganizationId,
        id: EventId,
    ) -> Result<Option<AuditRecord>, StoreError>;

    /// Shows up to `limit` events of a log from position `from` on, in order of
    /// position, each as soon as it is there, until `visit` has seen enough.
    async fn walk(
        &mut self,
        log: OrganizationId,
        from: i64,
        limit: i64,
        visit: Visit<'_>,
    ) -> Result<(), StoreError>;

    /// The same events at once.
    async fn range(
        &mut self,
        log: OrganizationId,
        from: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// Smallest position of an event at or after `at`; `None` when there is
    /// none.
    async fn first_at_or_after(
        &mut self,
        log: OrganizationId,
        at: Timestamp,
    ) -> Result<Option<i64>, StoreError>;

    /// Largest position of an event at or before `at`; `None` when there is
    /// none.
    async fn last_at_or_before(
        &mut self,
        log: OrganizationId,
        at: Timestamp,
    ) -> Result<Option<i64>, StoreError>;

    /// Notes that everything before `sequence` was found intact. Never moves
    /// backwards.
    async fn set_verified(&mut self, log: OrganizationId, sequence: i64) -> Result<(), StoreError>;
}
