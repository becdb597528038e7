//! Audit logs.

use agentidp_domain::audit::{
    AuditRecord, AuditStore, DateRange, LogHead, Outcome, Predicate, Visit, Window,
};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::{EventId, OrganizationId};
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::dsl::{max, min, sql};
use diesel::sql_types::Text;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork, dialect, failed};
use crate::rows::{AuditRow, HeadRow, LinkRow};
use crate::schema::audit_events::{self, dsl};
use crate::schema::audit_log_heads::{self, dsl as heads};
use crate::types::{DbId, Micros};

fn records(rows: Vec<AuditRow>) -> Result<Vec<AuditRecord>, StoreError> {
    rows.into_iter().map(AuditRecord::try_from).collect()
}

/// Stretches in which a success is looked for by counting failures.
const STRETCHES: usize = 8;

/// The predicate of all failures.
fn failures() -> Predicate {
    Predicate {
        outcome: Some(Outcome::Failure),
        ..Predicate::default()
    }
}

/// Events of `window` that match.
fn matching(
    log: OrganizationId,
    predicate: &Predicate,
    window: Window,
) -> audit_events::BoxedQuery<'_, Backend> {
    let mut query = audit_events::table
        .filter(dsl::organization_id.eq(DbId::from(log)))
        .filter(dsl::sequence.ge(window.first))
        .filter(dsl::sequence.le(window.last))
        .into_boxed();
    if let Some(agent_id) = &predicate.agent_id {
        query = query.filter(dsl::agent_id.eq(agent_id));
    }
    if let Some(action) = predicate.action {
        query = query.filter(dsl::action.eq(action.as_str()));
    }
    match predicate.outcome {
        // In the words of the partial index, and no parameter.
        Some(Outcome::Failure) => query.filter(dsl::outcome.eq(sql::<Text>("'failure'"))),
        Some(Outcome::Success) => query.filter(dsl::outcome.eq(Outcome::Success.as_str())),
        None => query,
    }
}

impl SqlUnitOfWork {
    async fn load_heads_for_update(&mut self, logs: &[DbId]) -> Result<Vec<HeadRow>, StoreError> {
        let query = audit_log_heads::table
            .filter(heads::organization_id.eq_any(logs))
            .order(heads::organization_id)
            .select(HeadRow::as_select());
        for_update!(query).rows(self).await
    }

    async fn count_rows(
        &mut self,
        log: OrganizationId,
        predicate: &Predicate,
        window: Window,
    ) -> Result<i64, StoreError> {
        if predicate.is_any() {
            return Ok(window.size());
        }
        matching(log, predicate, window).count().value(self).await
    }

    /// The newest `limit` events of a window, read by their positions.
    async fn whole_window(
        &mut self,
        log: OrganizationId,
        window: Window,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::sequence.ge(window.first))
            .filter(dsl::sequence.le(window.last))
            .order(dsl::sequence.desc())
            .limit(limit)
            .select(AuditRow::as_select())
            .rows(self)
            .await?;
        records(rows)
    }

    /// Moves the end of `window` towards the success behind the newest `offset`
    /// ones, and says how many of these are left. No index has the successes:
    /// a stretch of as many events holds them all but for its failures, of
    /// which there is one, and so on. Among many failures in a row that would
    /// take many steps, and the rest is left to a scan.
    async fn skip_successes(
        &mut self,
        log: OrganizationId,
        mut window: Window,
        mut offset: i64,
    ) -> Result<(Window, i64), StoreError> {
        for _ in 0..STRETCHES {
            let stretch = Window {
                first: window.last.saturating_sub(offset),
                last: window.last,
            };
            match self.count_rows(log, &failures(), stretch).await? {
                0 => {
                    window.last = stretch.first;
                    return Ok((window, 0));
                }
                failed => {
                    window.last = stretch.first.saturating_sub(1);
                    offset = failed.saturating_sub(1);
                }
            }
        }
        Ok((window, offset))
    }
}

#[async_trait]
impl AuditStore for SqlUnitOfWork {
    async fn lock_heads(&mut self, logs: &[OrganizationId]) -> Result<Vec<LogHead>, StoreError> {
        let mut ids: Vec<DbId> = logs.iter().copied().map(DbId::from).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut rows = self.load_heads_for_update(&ids).await?;
        if rows.len() < ids.len() {
            // Happens once per log.
            for id in &ids {
                diesel::insert_into(audit_log_heads::table)
                    .values((
                        heads::organization_id.eq(*id),
                        heads::next_sequence.eq(0),
                        heads::last_hash.eq(""),
                        heads::verified_sequence.eq(0),
                    ))
                    .on_conflict(heads::organization_id)
                    .do_nothing()
                    .run(self)
                    .await?;
            }
            rows = self.load_heads_for_update(&ids).await?;
        }
        rows.into_iter().map(LogHead::try_from).collect()
    }

    async fn head(&mut self, log: OrganizationId) -> Result<Option<LogHead>, StoreError> {
        audit_log_heads::table
            .find(DbId::from(log))
            .select(HeadRow::as_select())
            .row(self)
            .await?
            .map(LogHead::try_from)
            .transpose()
    }

    async fn append(
        &mut self,
        records: &[AuditRecord],
        heads: &[LogHead],
    ) -> Result<(), StoreError> {
        dialect::append(self.conn()?, records, heads)
            .await
            .map_err(failed)
    }

    /// Times never fall along an intact log, so a range of time is a range of
    /// positions: its two ends are found through the index, nothing is
    /// counted.
    async fn window(
        &mut self,
        log: OrganizationId,
        range: DateRange,
    ) -> Result<Option<Window>, StoreError> {
        let events = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .select(dsl::sequence);
        let first: Option<i64> = match range.from.map(Micros::from) {
            Some(from) => {
                let after = events.filter(dsl::timestamp.ge(from));
                let query = after.order((dsl::timestamp, dsl::sequence));
                query.row(self).await?
            }
            None => Some(0),
        };
        let last: Option<i64> = match range.to.map(Micros::from) {
            Some(to) => {
                let before = events.filter(dsl::timestamp.le(to));
                let query = before.order((dsl::timestamp.desc(), dsl::sequence.desc()));
                query.row(self).await?
            }
            None => events.order(dsl::sequence.desc()).row(self).await?,
        };
        let ends = first.zip(last).filter(|(first, last)| first <= last);
        Ok(ends.map(|(first, last)| Window { first, last }))
    }

    /// What did not fail succeeded, whatever happened and to whomever: the few
    /// failures are taken from all, which an index counts alone.
    async fn count(
        &mut self,
        log: OrganizationId,
        predicate: &Predicate,
        window: Window,
    ) -> Result<i64, StoreError> {
        if predicate.outcome != Some(Outcome::Success) {
            return self.count_rows(log, predicate, window).await;
        }
        let failed = Predicate {
            outcome: Some(Outcome::Failure),
            ..predicate.clone()
        };
        let all = Predicate {
            outcome: None,
            ..predicate.clone()
        };
        let failed = self.count_rows(log, &failed, window).await?;
        let all = self.count_rows(log, &all, window).await?;
        Ok(all.saturating_sub(failed))
    }

    async fn newest(
        &mut self,
        log: OrganizationId,
        predicate: &Predicate,
        window: Window,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        if predicate.is_any() {
            let last = window.last.saturating_sub(offset);
            return self
                .whole_window(log, Window { last, ..window }, limit)
                .await;
        }
        let successes = Predicate {
            outcome: Some(Outcome::Success),
            ..Predicate::default()
        };
        let (window, offset) = if offset > 0 && *predicate == successes {
            self.skip_successes(log, window, offset).await?
        } else {
            (window, offset)
        };
        // The positions first, from an index alone where there is one: a page
        // far behind would read every event before it else.
        let positions: Vec<i64> = matching(log, predicate, window)
            .select(dsl::sequence)
            .order(dsl::sequence.desc())
            .limit(limit)
            .offset(offset)
            .rows(self)
            .await?;
        let rows = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::sequence.eq_any(positions))
            .order(dsl::sequence.desc())
            .select(AuditRow::as_select())
            .rows(self)
            .await?;
        records(rows)
    }

    async fn find(
        &mut self,
        log: OrganizationId,
        id: EventId,
    ) -> Result<Option<AuditRecord>, StoreError> {
        audit_events::table
            .find(DbId::from(id))
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .select(AuditRow::as_select())
            .row(self)
            .await?
            .map(AuditRecord::try_from)
            .transpose()
    }

    async fn walk(
        &mut self,
        log: OrganizationId,
        from: i64,
        limit: i64,
        visit: Visit<'_>,
    ) -> Result<(), StoreError> {
        let mut show = |row: LinkRow| Ok(visit(&row.event(log)));
        audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::sequence.ge(from))
            .order(dsl::sequence)
            .limit(limit)
            .select(LinkRow::as_select())
            .each(self, &mut show)
            .await
    }

    async fn range(
        &mut self,
        log: OrganizationId,
        from: i64,
        limit: i64,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::sequence.ge(from))
            .order(dsl::sequence)
            .limit(limit)
            .select(AuditRow::as_select())
            .rows(self)
            .await?;
        records(rows)
    }

    async fn first_at_or_after(
        &mut self,
        log: OrganizationId,
        at: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        // Exact also in a log with altered times, unlike the ends of a query.
        // The sum leads to the index of times: without it, the first event by
        // position is looked for, row by row from the beginning of the log.
        audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::timestamp.ge(Micros::from(at)))
            .select(min(dsl::sequence + 0))
            .value(self)
            .await
    }

    async fn last_at_or_before(
        &mut self,
        log: OrganizationId,
        at: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::timestamp.le(Micros::from(at)))
            .select(max(dsl::sequence + 0))
            .value(self)
            .await
    }

    async fn set_verified(&mut self, log: OrganizationId, sequence: i64) -> Result<(), StoreError> {
        let behind = audit_log_heads::table
            .find(DbId::from(log))
            .filter(heads::verified_sequence.lt(sequence));
        diesel::update(behind)
            .set(heads::verified_sequence.eq(sequence))
            .run(self)
            .await?;
        Ok(())
    }
}
