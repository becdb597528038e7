//! Audit logs.

use agentidp_domain::audit::{AuditFilter, AuditRecord, AuditStore, LogHead, Outcome, RecordPage};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::{EventId, OrganizationId};
use agentidp_domain::page::PageRequest;
use agentidp_domain::time::Timestamp;
use async_trait::async_trait;
use diesel::dsl::{max, min, sql};
use diesel::sql_types::Text;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::statement::Statement;
use super::{Backend, SqlUnitOfWork, dialect, failed};
use crate::rows::{AuditRow, HeadRow};
use crate::schema::audit_events::{self, dsl};
use crate::schema::audit_log_heads::{self, dsl as heads};
use crate::types::{DbId, Micros};

fn records(rows: Vec<AuditRow>) -> Result<Vec<AuditRecord>, StoreError> {
    rows.into_iter().map(AuditRecord::try_from).collect()
}

/// Events of positions `first..=last` that match the words of `filter`.
fn matching(
    log: OrganizationId,
    filter: &AuditFilter,
    first: i64,
    last: i64,
) -> audit_events::BoxedQuery<'_, Backend> {
    let mut query = audit_events::table
        .filter(dsl::organization_id.eq(DbId::from(log)))
        .filter(dsl::sequence.ge(first))
        .filter(dsl::sequence.le(last))
        .into_boxed();
    if let Some(agent_id) = &filter.agent_id {
        query = query.filter(dsl::agent_id.eq(agent_id));
    }
    if let Some(action) = filter.action {
        query = query.filter(dsl::action.eq(action.as_str()));
    }
    match filter.outcome {
        // In the words of the partial index, and no parameter.
        Some(Outcome::Failure) => query.filter(dsl::outcome.eq(sql::<Text>("'failure'"))),
        Some(Outcome::Success) => query.filter(dsl::outcome.eq(Outcome::Success.as_str())),
        None => query,
    }
}

/// Number of the positions `first..=last`.
fn size(first: i64, last: i64) -> i64 {
    last.saturating_sub(first).saturating_add(1)
}

impl SqlUnitOfWork {
    async fn load_heads_for_update(&mut self, logs: &[DbId]) -> Result<Vec<HeadRow>, StoreError> {
        let query = audit_log_heads::table
            .filter(heads::organization_id.eq_any(logs))
            .order(heads::organization_id)
            .select(HeadRow::as_select());
        for_update!(query).rows(self).await
    }

    /// Times never fall along an intact log, so a range of time is a range of
    /// positions: its two ends are found through the index, nothing is
    /// counted.
    async fn positions(
        &mut self,
        log: OrganizationId,
        filter: &AuditFilter,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let from = filter.from.map(Micros::from);
        let to = filter.to.map(Micros::from);
        let events = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .select(dsl::sequence);
        let first: Option<i64> = match from {
            Some(from) => {
                let after = events.filter(dsl::timestamp.ge(from));
                let query = after.order((dsl::timestamp, dsl::sequence));
                query.row(self).await?
            }
            None => Some(0),
        };
        let last: Option<i64> = match to {
            Some(to) => {
                let before = events.filter(dsl::timestamp.le(to));
                let query = before.order((dsl::timestamp.desc(), dsl::sequence.desc()));
                query.row(self).await?
            }
            None => events.order(dsl::sequence.desc()).row(self).await?,
        };
        Ok(first.zip(last).filter(|(first, last)| first <= last))
    }

    /// Number of events at positions `first..=last` that match. Whatever
    /// happened and to whomever, what did not fail succeeded: the few failures
    /// are counted instead.
    async fn count_matching(
        &mut self,
        log: OrganizationId,
        filter: &AuditFilter,
        first: i64,
        last: i64,
    ) -> Result<i64, StoreError> {
        let all_successes = AuditFilter {
            outcome: Some(Outcome::Success),
            from: filter.from,
            to: filter.to,
            ..AuditFilter::default()
        };
        if *filter != all_successes {
            return matching(log, filter, first, last).count().value(self).await;
        }
        let failures = AuditFilter {
            outcome: Some(Outcome::Failure),
            ..AuditFilter::default()
        };
        let failures: i64 = matching(log, &failures, first, last)
            .count()
            .value(self)
            .await?;
        Ok(size(first, last).saturating_sub(failures))
    }

    async fn whole_range(
        &mut self,
        log: OrganizationId,
        first: i64,
        last: i64,
        page: PageRequest,
    ) -> Result<RecordPage, StoreError> {
        let newest = last.saturating_sub(page.offset());
        let rows = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::sequence.ge(first))
            .filter(dsl::sequence.le(newest))
            .order(dsl::sequence.desc())
            .limit(i64::from(page.limit()))
            .select(AuditRow::as_select())
            .rows(self)
            .await?;
        Ok(RecordPage {
            records: records(rows)?,
            total: size(first, last),
        })
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

    async fn query(
        &mut self,
        log: OrganizationId,
        filter: &AuditFilter,
        page: PageRequest,
    ) -> Result<RecordPage, StoreError> {
        let Some((first, last)) = self.positions(log, filter).await? else {
            return Ok(RecordPage {
                records: Vec::new(),
                total: 0,
            });
        };
        if filter.agent_id.is_none() && filter.action.is_none() && filter.outcome.is_none() {
            return self.whole_range(log, first, last, page).await;
        }
        let total = self.count_matching(log, filter, first, last).await?;
        // The positions first, from an index alone: a page far behind would
        // read every event before it else.
        let positions: Vec<i64> = matching(log, filter, first, last)
            .select(dsl::sequence)
            .order(dsl::sequence.desc())
            .limit(i64::from(page.limit()))
            .offset(page.offset())
            .rows(self)
            .await?;
        let rows = audit_events::table
            .filter(dsl::organization_id.eq(DbId::from(log)))
            .filter(dsl::sequence.eq_any(positions))
            .order(dsl::sequence.desc())
            .select(AuditRow::as_select())
            .rows(self)
            .await?;
        Ok(RecordPage {
            records: records(rows)?,
            total,
        })
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
