//! Background jobs.

use std::time::Duration;

use crate::config::reader::Reader;

/// Settings of background jobs.
#[derive(Debug)]
pub(crate) struct JobConfig {
    /// Period of the audit verification.
    pub(crate) audit_interval: Duration,
    /// Period of the scan for credentials that end soon or have ended.
    pub(crate) rotation_interval: Duration,
}

impl JobConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            audit_interval: reader.millis("AUDIT_CHAIN_VERIFICATION_INTERVAL_MS", 3_600_000),
            rotation_interval: reader.millis("SECRETS_ROTATION_CHECK_INTERVAL_MS", 3_600_000),
        }
    }
}
