//! Controls and reports on the wire.

use agentidp_domain::compliance::{
    AuditSummary, ComplianceReport, Control, ControlState, Finding, GivenReport, IdentitySummary,
    Section, Verdict,
};
use agentidp_domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// States of all controls.
#[derive(Serialize, ToSchema)]
#[schema(as = ControlList)]
pub struct ControlsBody {
    /// The five controls, always in the same order.
    #[schema(min_items = 5, max_items = 5)]
    controls: Vec<ControlBody>,
}

impl ControlsBody {
    /// The wire form.
    pub fn new(states: Vec<(Control, ControlState)>) -> Self {
        Self {
            controls: states.into_iter().map(ControlBody::from).collect(),
        }
    }
}

/// State of a control.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Control)]
pub struct ControlBody {
    /// Id among the trust services criteria of SOC 2.
    #[schema(example = "CC6.1", pattern = "^CC(6\\.1|6\\.7|7\\.2|9\\.2|7\\.1)$")]
    id: &'static str,
    /// Its name.
    #[schema(example = "Encryption at Rest")]
    name: &'static str,
    /// What the last check found.
    #[schema(example = "passing", pattern = "^(passing|failing|unknown)$")]
    status: &'static str,
    /// When that was; the start of the server while there was no check.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    last_checked: Timestamp,
}

impl From<(Control, ControlState)> for ControlBody {
    fn from((control, state): (Control, ControlState)) -> Self {
        Self {
            id: control.as_str(),
            name: control.name(),
            status: state.status.as_str(),
            last_checked: state.last_checked,
        }
    }
}

/// A conformance report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ComplianceReport)]
pub struct ReportBody {
    /// The caller's organization.
    #[schema(format = Uuid)]
    organization_id: String,
    /// When it was computed.
    #[schema(value_type = String, format = DateTime, example = "2026-03-28T09:00:00.000Z")]
    generated_at: Timestamp,
    /// Whether it was computed for an earlier request.
    #[schema(example = false)]
    cached: bool,
    /// Status of the worst section.
    #[schema(value_type = String, example = "pass", pattern = "^(pass|warn|fail)$")]
    status: Verdict,
    /// `agent-identity` and `audit-trail`, in this order.
    #[schema(min_items = 2, max_items = 2)]
    sections: Vec<SectionBody>,
}

impl From<GivenReport> for ReportBody {
    fn from(given: GivenReport) -> Self {
        let status = given.report.status();
        let ComplianceReport {
            organization_id,
            generated_at,
            agent_identity,
            audit_trail,
        } = given.report;
        Self {
            organization_id: organization_id.to_string(),
            generated_at,
            cached: given.cached,
            status,
            sections: vec![
                SectionBody::new("agent-identity", agent_identity),
                SectionBody::new("audit-trail", audit_trail),
            ],
        }
    }
}

/// A part of a report.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ComplianceSection)]
pub struct SectionBody {
    /// What it is about.
    #[schema(example = "agent-identity", pattern = "^(agent-identity|audit-trail)$")]
    name: &'static str,
    /// `pass`, `warn` or `fail`.
    #[schema(value_type = String, example = "pass", pattern = "^(pass|warn|fail)$")]
    status: Verdict,
    /// Numbers.
    summary: SummaryBody,
    /// What was found, the worst first; at most 100.
    #[schema(max_items = 100)]
    findings: Vec<FindingBody>,
    /// Whether there were more findings.
    #[schema(example = false)]
    truncated: bool,
}

impl SectionBody {
    fn new<S: Into<SummaryBody>>(name: &'static str, section: Section<S>) -> Self {
        Self {
            name,
            status: section.status,
            summary: section.summary.into(),
            findings: section.findings.into_iter().map(Into::into).collect(),
            truncated: section.truncated,
        }
    }
}

/// Numbers of a section.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ComplianceSummary)]
pub enum SummaryBody {
    /// Those of `agent-identity`.
    Identity(IdentitySummaryBody),
    /// Those of `audit-trail`.
    Audit(AuditSummaryBody),
}

/// Numbers of `agent-identity`, over agents that are not decommissioned.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AgentIdentitySummary)]
pub struct IdentitySummaryBody {
    /// Agents.
    #[schema(minimum = 0, example = 1)]
    total_agents: i64,
    /// Those with a DID.
    #[schema(minimum = 0, example = 1)]
    agents_with_did: i64,
    /// Those without.
    #[schema(minimum = 0, example = 0)]
    agents_without_did: i64,
    /// Active credentials that expire within seven days.
    #[schema(minimum = 0, example = 0)]
    credentials_expiring_soon: i64,
    /// Active credentials that have expired.
    #[schema(minimum = 0, example = 0)]
    credentials_expired: i64,
}

impl From<IdentitySummary> for SummaryBody {
    fn from(summary: IdentitySummary) -> Self {
        Self::Identity(IdentitySummaryBody {
            total_agents: summary.total_agents,
            agents_with_did: summary.agents_with_did,
            agents_without_did: summary.agents_without_did,
            credentials_expiring_soon: summary.credentials_expiring_soon,
            credentials_expired: summary.credentials_expired,
        })
    }
}

/// Result of the verification of the audit log.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditTrailSummary)]
pub struct AuditSummaryBody {
    /// Whether the hash chain is unbroken.
    #[schema(example = true)]
    verified: bool,
    /// Events examined, the broken one included.
    #[schema(minimum = 0, example = 3)]
    checked_count: i64,
    /// First bad event, or null.
    #[schema(value_type = Option<String>, format = Uuid, required = true)]
    broken_at_event_id: Option<String>,
}

impl From<AuditSummary> for SummaryBody {
    fn from(summary: AuditSummary) -> Self {
        Self::Audit(AuditSummaryBody {
            verified: summary.verified,
            checked_count: summary.checked_count,
            broken_at_event_id: summary.broken_at_event_id.map(|event| event.to_string()),
        })
    }
}

/// Something that was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ComplianceFinding)]
pub struct FindingBody {
    /// The agent concerned, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    agent_id: Option<String>,
    /// The credential concerned, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    credential_id: Option<String>,
    /// The audit event concerned, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    event_id: Option<String>,
    /// `warn` or `fail`.
    #[schema(value_type = String, example = "warn", pattern = "^(warn|fail)$")]
    severity: Verdict,
    /// For humans.
    #[schema(example = "The credential expires at 2026-03-28T09:00:00.000Z.")]
    message: String,
}

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        Self {
            agent_id: finding.agent_id.map(|id| id.to_string()),
            credential_id: finding.credential_id.map(|id| id.to_string()),
            event_id: finding.event_id.map(|id| id.to_string()),
            severity: finding.severity,
            message: finding.message,
        }
    }
}
