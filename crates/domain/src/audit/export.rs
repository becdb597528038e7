//! Downloads of a log: the events that match, newest first, in sections.
//!
//! What a download shows is settled when it begins: a window of positions,
//! inside the retention window of that moment. Every section is taken off its
//! upper end, so that no event comes twice and none is missed, whatever is
//! appended meanwhile. Nothing is counted.

use crate::audit::{
    AuditError, AuditFilter, AuditRecord, AuditService, DateRange, Predicate, Window,
};
use crate::caller::Caller;
use crate::id::OrganizationId;
use crate::unit_of_work::Scope;

/// Sections of downloads that are read at the same time at most, per replica.
pub(super) const SECTIONS: usize = 4;

/// What is left of a download.
#[derive(Clone, Debug)]
pub struct Export {
    log: OrganizationId,
    predicate: Predicate,
    /// Positions that were not looked at yet; `None` at the end.
    window: Option<Window>,
}

impl AuditService {
    /// Begins a download of the events of the caller's log that match.
    ///
    /// # Errors
    ///
    /// Those of [`query`](Self::query), and [`AuditError::Busy`].
    pub async fn export(
        &self,
        caller: &Caller,
        filter: &AuditFilter,
    ) -> Result<Export, AuditError> {
        let log = caller.organization_id;
        let range = DateRange::new(filter.from, filter.to)?;
        let _turn = self.section().await?;
        let mut work = self.ports.read(Scope::Organization(log)).await?;
        let range = self.readable(work.as_mut(), log, range).await?;
        let window = work.audit().window(log, range).await?;
        work.commit().await?;
        Ok(Export {
            log,
            predicate: filter.predicate(),
            window,
        })
    }

    /// Takes the next section off a download: up to `limit` events. It was the
    /// last one when there are fewer.
    ///
    /// # Errors
    ///
    /// [`AuditError::Busy`], a failing store.
    pub async fn next_section(
        &self,
        export: &mut Export,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, AuditError> {
        let Some(window) = export.window else {
            return Ok(Vec::new());
        };
        let (log, wanted) = (export.log, i64::from(limit));
        // Before the transaction: whoever waits keeps no connection.
        let _turn = self.section().await?;
        let mut work = self.ports.read(Scope::Organization(log)).await?;
        let audit = work.audit();
        let records = audit
            .newest(log, &export.predicate, window, 0, wanted)
            .await?;
        work.commit().await?;
        let is_full = records.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        export.window = records
            .last()
            .filter(|_| is_full)
            .map(|record| Window {
                last: record.sequence.saturating_sub(1),
                ..window
            })
            .filter(|rest| rest.first <= rest.last);
        Ok(records)
    }
}
