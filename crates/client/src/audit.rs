//! The audit log.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::AgentIdPError;
use crate::page::Page;
use crate::transport::Transport;
use crate::vocabulary::AuditOutcome;

/// An event in the log of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditEvent {
    /// Id.
    pub event_id: String,
    /// Whose log it is.
    pub organization_id: String,
    /// Position in the log, from 0 without gaps.
    pub sequence: u64,
    /// When it happened, ISO 8601, UTC, three decimals.
    pub timestamp: String,
    /// What happened, e.g. `token.issued`.
    pub action: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The agent it is about.
    pub agent_id: String,
    /// Address of the client.
    pub ip_address: String,
    /// Software of the client.
    pub user_agent: String,
    /// Further facts; which, depends on the action.
    pub metadata: Map<String, Value>,
    /// Hash of the event before it; empty at position 0.
    pub previous_hash: String,
    /// Hash of this event.
    pub hash: String,
}

/// Which events to show; all conditions hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditLogParams {
    /// Page number, from 1.
    pub page: Option<u32>,
    /// Entries per page, 1 to 100.
    pub limit: Option<u32>,
    /// Exact agent.
    pub agent_id: Option<String>,
    /// Exact action, e.g. `token.issued`.
    pub action: Option<String>,
    /// Exact outcome.
    pub outcome: Option<AuditOutcome>,
    /// Earliest time or date, inclusive, ISO 8601.
    pub from_date: Option<String>,
    /// Latest time or date, inclusive, ISO 8601.
    pub to_date: Option<String>,
}

/// Calls on the audit log (scope `audit:read`).
#[derive(Clone, Copy)]
pub struct AuditClient<'a> {
    transport: &'a Transport,
}

impl<'a> AuditClient<'a> {
    pub(crate) fn new(transport: &'a Transport) -> Self {
        Self { transport }
    }

    /// Events of the organization, newest first.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `RETENTION_WINDOW_EXCEEDED` beyond what the plan
    /// shows.
    pub async fn query_audit_log(
        &self,
        params: &AuditLogParams,
    ) -> Result<Page<AuditEvent>, AgentIdPError> {
        self.transport.get(&["audit"], params).await
    }

    /// One event.
    ///
    /// # Errors
    ///
    /// [`AgentIdPError`]; `AUDIT_EVENT_NOT_FOUND` for an unknown id.
    pub async fn get_audit_event(&self, event_id: &str) -> Result<AuditEvent, AgentIdPError> {
        self.transport.get(&["audit", event_id], &()).await
    }
}
