//! The conformance report of an organization.

use serde::{Deserialize, Serialize};

use crate::id::{AgentId, CredentialId, EventId, OrganizationId};
use crate::time::Timestamp;

/// Findings a section shows at most.
pub const MAX_FINDINGS: usize = 100;

/// Judgement on a section, and weight of a finding; the worst one is greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing found.
    Pass,
    /// Something to look after.
    Warn,
    /// Not in conformance.
    Fail,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The agent concerned.
    pub agent_id: Option<AgentId>,
    /// The credential concerned.
    pub credential_id: Option<CredentialId>,
    /// The audit event concerned.
    pub event_id: Option<EventId>,
    /// [`Verdict::Warn`] or [`Verdict::Fail`].
    pub severity: Verdict,
    /// For people.
    pub message: String,
}

/// One part of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section<S> {
    /// Judgement.
    pub status: Verdict,
    /// Numbers.
    pub summary: S,
    /// The worst first, at most [`MAX_FINDINGS`].
    pub findings: Vec<Finding>,
    /// There were more findings.
    pub truncated: bool,
}

/// Numbers over the agents that are not decommissioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentitySummary {
    /// Agents.
    pub total_agents: i64,
    /// Those with an identifier.
    pub agents_with_did: i64,
    /// Those without.
    pub agents_without_did: i64,
    /// Active credentials that end within seven days.
    pub credentials_expiring_soon: i64,
    /// Active credentials that have ended.
    pub credentials_expired: i64,
}

/// Result of the verification of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSummary {
    /// Whether the log was found intact.
    pub verified: bool,
    /// Events examined, the bad one included.
    pub checked_count: i64,
    /// The first bad event.
    pub broken_at_event_id: Option<EventId>,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComplianceReport {
    /// Whose agents and log it is about.
    pub organization_id: OrganizationId,
    /// When it was computed.
    pub generated_at: Timestamp,
    /// Identifiers and credentials.
    pub agent_identity: Section<IdentitySummary>,
    /// The audit log.
    pub audit_trail: Section<AuditSummary>,
}

impl ComplianceReport {
    /// The judgement on the worst section.
    #[must_use]
    pub fn status(&self) -> Verdict {
        self.agent_identity.status.max(self.audit_trail.status)
    }
}
