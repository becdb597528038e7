//! Background jobs.

use std::time::Duration;

use crate::config::reader::Reader;

/// Settings of background jobs.
#[derive(Debug)]
pub(crate) struct JobConfig {
    /// Period of the audit verification.
    pub(crate) audit_interval: Duration,
}

impl JobConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            audit_interval: reader.millis("AUDIT_CHAIN_VERIFICATION_INTERVAL_MS", 3_600_000),
        }
    }
}
