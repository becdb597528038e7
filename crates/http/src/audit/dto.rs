//! Audit events on the wire: all twelve members, so that third parties can
//! check a log.

use agentidp_domain::audit::{AuditRecord, Verification};
use agentidp_domain::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An audit event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEvent)]
pub struct AuditEventBody {
    /// Id of the event.
    #[schema(format = Uuid)]
    event_id: String,
    /// Owner of the log.
    #[schema(format = Uuid)]
    organization_id: String,
    /// Position in the log, from 0, without gaps.
    #[schema(minimum = 0, example = 1)]
    sequence: i64,
    /// When; never smaller than that of the event before it.
    #[schema(format = DateTime, example = "2026-01-15T10:00:00.250Z")]
    timestamp: String,
    /// What happened.
    #[schema(example = "token.issued")]
    action: String,
    /// `success` or `failure`.
    #[schema(example = "success")]
    outcome: String,
    /// Agent concerned; the nil UUID when there is none.
    #[schema(example = "11111111-1111-4111-8111-111111111111")]
    agent_id: String,
    /// Client address, `0.0.0.0` if unknown.
    #[schema(example = "203.0.113.7")]
    ip_address: String,
    /// Client software, `unknown` if not sent.
    #[schema(example = "curl/8.5.0")]
    user_agent: String,
    /// Further facts, per action.
    #[schema(value_type = Object, example = json!({"scope": "agents:read"}))]
    metadata: Value,
    /// Hash of the event before it; empty at position 0.
    previous_hash: String,
    /// RFC 6962 leaf hash over the RFC 8785 form of the other members.
    #[schema(example = "58d7b1a65a56faf970ae38b4916dcb43461f7dc132d8e46ac85e419967b54fa6")]
    hash: String,
}

impl From<AuditRecord> for AuditEventBody {
    fn from(record: AuditRecord) -> Self {
        // An altered time is shown cut; its hash does not fit any more.
        let millis = record.timestamp_micros.div_euclid(1000);
        let timestamp =
            Timestamp::from_unix_millis(millis).map_or_else(String::new, |time| time.to_string());
        Self {
            event_id: record.event_id.to_string(),
            organization_id: record.organization_id.to_string(),
            sequence: record.sequence,
            timestamp,
            action: record.action,
            outcome: record.outcome,
            agent_id: record.agent_id,
            ip_address: record.ip_address,
            user_agent: record.user_agent,
            metadata: record.metadata,
            previous_hash: record.previous_hash,
            hash: record.hash,
        }
    }
}

/// Result of a verification.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditVerification)]
pub struct VerificationBody {
    /// Whether no break was found in the range.
    #[schema(example = true)]
    verified: bool,
    /// Events examined, the broken one included.
    #[schema(minimum = 0, example = 3)]
    checked_count: i64,
    /// First bad event, or null.
    #[schema(value_type = Option<String>, format = Uuid, required = true)]
    broken_at_event_id: Option<String>,
    /// Start of the range, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    from_date: Option<Timestamp>,
    /// End of the range, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    to_date: Option<Timestamp>,
}

impl VerificationBody {
    /// The wire form.
    pub fn new(result: &Verification, from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self {
            verified: result.is_intact(),
            checked_count: result.checked,
            broken_at_event_id: result.broken.map(|(event, _)| event.to_string()),
            from_date: from,
            to_date: to,
        }
    }
}
