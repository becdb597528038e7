//! What audit queries can fail with.

use crate::error::StoreError;
use crate::time::Timestamp;

/// Failure of a query or verification.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// `fromDate` lies after `toDate`.
    #[error("reversed date range")]
    ReversedRange,
    /// `fromDate` lies before the retention limit.
    #[error("before the retention window")]
    RetentionExceeded {
        /// Days the plan shows.
        retention_days: u64,
        /// Earliest time that can be asked for.
        earliest: Timestamp,
    },
    /// No such event in the caller's log, or outside the retention window.
    #[error("no such event")]
    NotFound,
    /// Too many downloads are read at the same time.
    #[error("too many downloads at the same time")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
