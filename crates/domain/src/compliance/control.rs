//! Controls and what is known of them.

use crate::time::Timestamp;
use crate::wire_enum;

wire_enum! {
    /// A control of SOC 2 by its id, in the order in which they are shown.
    Control {
        /// Sensitive columns are encrypted.
        EncryptionAtRest = "CC6.1",
        /// Inbound traffic is encrypted.
        TlsEnforcement = "CC6.7",
        /// The hash chains of all audit logs are unbroken.
        AuditLogIntegrity = "CC7.2",
        /// No credential in use is past its end.
        SecretsRotation = "CC9.2",
        /// Few webhook deliveries are given up.
        WebhookDeadLetters = "CC7.1",
    }
}

impl Control {
    /// The name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EncryptionAtRest => "Encryption at Rest",
            Self::TlsEnforcement => "TLS Enforcement",
            Self::AuditLogIntegrity => "Audit Log Integrity",
            Self::SecretsRotation => "Secrets Rotation",
            Self::WebhookDeadLetters => "Webhook Dead-Letter Monitoring",
        }
    }
}

wire_enum! {
    /// What the last check of a control found.
    ControlStatus {
        /// All is well.
        Passing = "passing",
        /// A breach: act at once.
        Failing = "failing",
        /// Not checked yet, or the check came to no result.
        Unknown = "unknown",
    }
}

impl ControlStatus {
    /// The status of a check that came to a result.
    #[must_use]
    pub const fn passing_if(passed: bool) -> Self {
        if passed { Self::Passing } else { Self::Failing }
    }
}

/// Status of a control and its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlState {
    /// What was found.
    pub status: ControlStatus,
    /// When it was looked at.
    pub last_checked: Timestamp,
}
