//! What the last verification job found, log by log.

use std::time::Duration;

use moka::sync::Cache as Memory;

use crate::audit::Verification;
use crate::id::{EventId, OrganizationId};
use crate::time::Timestamp;

/// Logs that are remembered at most; the others are walked when asked for.
const CAPACITY: u64 = 10_000;

/// How long a result counts.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Result of the verification of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditResult {
    /// Events that were examined, the bad one included.
    pub checked: i64,
    /// The first bad event.
    pub broken_at: Option<EventId>,
}

impl AuditResult {
    /// The result of a walk that began at position `from`, with everything
    /// before it found intact earlier.
    #[must_use]
    pub fn new(result: &Verification, from: i64) -> Self {
        Self {
            checked: from.saturating_add(result.checked),
            broken_at: result.broken.map(|(event, _)| event),
        }
    }
}

/// Results of the last hour. Only the replica that ran the job has them.
pub struct AuditResults(Memory<OrganizationId, (Timestamp, AuditResult)>);

impl AuditResults {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Memory::new(CAPACITY))
    }

    /// Notes what was found at the time `at`.
    pub fn note(&self, log: OrganizationId, result: AuditResult, at: Timestamp) {
        self.0.insert(log, (at, result));
    }

    /// The result for a log, if it is younger than an hour.
    #[must_use]
    pub fn recent(&self, log: OrganizationId, now: Timestamp) -> Option<AuditResult> {
        let (at, result) = self.0.get(&log)?;
        (now < at.plus(LIFETIME)).then_some(result)
    }
}

impl Default for AuditResults {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_count_for_an_hour() {
        let results = AuditResults::new();
        let log = OrganizationId::SYSTEM;
        let at = Timestamp::from_unix_millis(1_000).unwrap();
        assert_eq!(results.recent(log, at), None);
        let result = AuditResult {
            checked: 3,
            broken_at: None,
        };
        results.note(log, result, at);
        let almost = at.plus(LIFETIME - Duration::from_millis(1));
        assert_eq!(results.recent(log, almost), Some(result));
        assert_eq!(results.recent(log, at.plus(LIFETIME)), None);
    }

    #[test]
    fn what_was_intact_before_counts_too() {
        let walked = Verification {
            checked: 4,
            broken: None,
            intact_until: 14,
        };
        assert_eq!(AuditResult::new(&walked, 10).checked, 14);
    }
}
