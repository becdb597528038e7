//! Use cases of the audit log: query, read one, verify.

use tokio::sync::OwnedSemaphorePermit;

use crate::audit::export::SECTIONS;
use crate::audit::{
    AuditError, AuditFilter, AuditRecord, AuditVerifier, RecordPage, Totals, Verification,
};
use crate::caller::Caller;
use crate::error::StoreError;
use crate::id::{EventId, OrganizationId};
use crate::page::PageRequest;
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::turns::Turns;
use crate::unit_of_work::{Scope, UnitOfWork};

const SECONDS_PER_DAY: u64 = 86_400;

/// Questions whose matches are counted at the same time at most, per replica:
/// mostly a few events behind a remembered total, but nobody knows beforehand.
const COUNTS: usize = 4;

/// A range of times, both ends inclusive, each end optional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateRange {
    /// Earliest time.
    pub from: Option<Timestamp>,
    /// Latest time.
    pub to: Option<Timestamp>,
}

impl DateRange {
    /// A range whose ends are in order.
    ///
    /// # Errors
    ///
    /// [`AuditError::ReversedRange`].
    pub fn new(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Self, AuditError> {
        match (from, to) {
            (Some(from), Some(to)) if from > to => Err(AuditError::ReversedRange),
            _ => Ok(Self { from, to }),
        }
    }
}

/// What a query asks for.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Conditions; its times are those of the request.
    pub filter: AuditFilter,
    /// Wanted page.
    pub page: PageRequest,
}

/// Use cases over the log of the caller's organization.
#[derive(Clone)]
pub struct AuditService {
    pub(super) ports: Ports,
    verifier: AuditVerifier,
    totals: Totals,
    counts: Turns,
    sections: Turns,
}

impl AuditService {
    /// The service over `ports`.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self {
            verifier: AuditVerifier::new(&ports),
            ports,
            totals: Totals::new(),
            counts: Turns::new(COUNTS),
            sections: Turns::new(SECTIONS),
        }
    }

    /// Events of the caller's log that match, newest first, inside the
    /// retention window of its plan.
    ///
    /// # Errors
    ///
    /// A reversed range, a range that begins before the retention window, or
    /// a failing store.
    pub async fn query(
        &self,
        caller: &Caller,
        query: AuditQuery,
    ) -> Result<RecordPage, AuditError> {
        let log = caller.organization_id;
        let range = DateRange::new(query.filter.from, query.filter.to)?;
        let predicate = query.filter.predicate();
        // Before the transaction: whoever waits keeps no connection.
        let _turn = match predicate.is_any() {
            true => None,
            false => Some(self.counts.take().await?),
        };
        let mut tally = self.totals.recall(log, predicate);
        let mut work = self.ports.read(Scope::Organization(log)).await?;
        let range = self.readable(work.as_mut(), log, range).await?;
        let page = tally.page(work.audit(), range, query.page).await?;
        work.commit().await?;
        self.totals.keep(tally);
        Ok(page)
    }

    /// One event of the caller's log.
    ///
    /// # Errors
    ///
    /// [`AuditError::NotFound`] alike for unknown and foreign events and those
    /// outside the retention window.
    pub async fn get(&self, caller: &Caller, id: EventId) -> Result<AuditRecord, AuditError> {
        let log = caller.organization_id;
        let mut work = self.ports.read(Scope::Organization(log)).await?;
        let earliest = self.readable_from(work.as_mut(), log).await?;
        let record = work.audit().find(log, id).await?;
        work.commit().await?;
        record
            .filter(|record| {
                earliest.is_none_or(|earliest| {
                    record.timestamp_micros >= earliest.unix_millis().saturating_mul(1000)
                })
            })
            .ok_or(AuditError::NotFound)
    }

    /// Verifies the caller's log; the retention window does not apply.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn verify(
        &self,
        caller: &Caller,
        range: DateRange,
    ) -> Result<Verification, AuditError> {
        let log = caller.organization_id;
        Ok(self
            .verifier
            .verify_range(Scope::Organization(log), log, range)
            .await?)
    }

    /// A turn to read a section of a download.
    pub(super) async fn section(&self) -> Result<OwnedSemaphorePermit, AuditError> {
        self.sections.take().await.map_err(|_| AuditError::Busy)
    }

    /// A range inside the retention window; one without a beginning begins
    /// with it.
    ///
    /// # Errors
    ///
    /// A range that begins before the retention window, or a failing store.
    pub(super) async fn readable(
        &self,
        work: &mut dyn UnitOfWork,
        log: OrganizationId,
        mut range: DateRange,
    ) -> Result<DateRange, AuditError> {
        if let Some(earliest) = self.readable_from(work, log).await? {
            match range.from {
                Some(from) if from < earliest => {
                    let seconds = self.ports.now().unix_seconds() - earliest.unix_seconds();
                    return Err(AuditError::RetentionExceeded {
                        retention_days: u64::try_from(seconds).unwrap_or(0) / SECONDS_PER_DAY,
                        earliest,
                    });
                }
                Some(_) => {}
                None => range.from = Some(earliest),
            }
        }
        Ok(range)
    }

    async fn readable_from(
        &self,
        work: &mut dyn UnitOfWork,
        log: OrganizationId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let organization = work.organizations().find(log).await?;
        Ok(
            organization
                .and_then(|organization| organization.audit_readable_from(self.ports.now())),
        )
    }
}
