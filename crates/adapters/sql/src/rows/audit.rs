//! `audit_events` and `audit_log_heads`.

use agentidp_domain::audit::{AuditRecord, Facts, LogHead, StoredEvent};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;

use crate::error::RowReader;
use crate::schema::{audit_events, audit_log_heads};
use crate::types::{DbId, JsonText, Micros};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(Pg, Sqlite))]
pub(crate) struct AuditRow {
    event_id: DbId,
    organization_id: DbId,
    sequence: i64,
    timestamp: Micros,
    action: String,
    outcome: String,
    agent_id: String,
    ip_address: String,
    user_agent: String,
    metadata: JsonText,
    previous_hash: String,
    hash: String,
}

impl From<&AuditRecord> for AuditRow {
    fn from(record: &AuditRecord) -> Self {
        Self {
            event_id: record.event_id.into(),
            organization_id: record.organization_id.into(),
            sequence: record.sequence,
            timestamp: Micros(record.timestamp_micros),
            action: record.action.clone(),
            outcome: record.outcome.clone(),
            agent_id: record.agent_id.clone(),
            ip_address: record.ip_address.clone(),
            user_agent: record.user_agent.clone(),
            metadata: JsonText::from(&record.metadata),
            previous_hash: record.previous_hash.clone(),
            hash: record.hash.clone(),
        }
    }
}

impl TryFrom<AuditRow> for AuditRecord {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("audit_events", row.event_id);
        Ok(Self {
            event_id: row.event_id.into(),
            organization_id: row.organization_id.into(),
            sequence: row.sequence,
            timestamp_micros: row.timestamp.0,
            action: row.action,
            outcome: row.outcome,
            agent_id: row.agent_id,
            ip_address: row.ip_address,
            user_agent: row.user_agent,
            metadata: reader.parse("metadata", &row.metadata.0)?,
            previous_hash: row.previous_hash,
            hash: row.hash,
        })
    }
}

/// An event of a known log that is judged and forgotten.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(Pg, Sqlite))]
pub(crate) struct LinkRow {
    event_id: DbId,
    sequence: i64,
    timestamp: Micros,
    action: String,
    outcome: String,
    agent_id: String,
    ip_address: String,
    user_agent: String,
    metadata: JsonText,
    previous_hash: String,
    hash: String,
}

impl LinkRow {
    /// The event; its metadata are not looked into.
    pub(crate) fn event(&self, log: OrganizationId) -> StoredEvent<'_> {
        StoredEvent {
            event_id: self.event_id.into(),
            organization_id: log,
            sequence: self.sequence,
            timestamp_micros: self.timestamp.0,
            action: &self.action,
            outcome: &self.outcome,
            agent_id: &self.agent_id,
            ip_address: &self.ip_address,
            user_agent: &self.user_agent,
            metadata: Facts::Text(&self.metadata.0),
            previous_hash: &self.previous_hash,
            hash: &self.hash,
        }
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = audit_log_heads, check_for_backend(Pg, Sqlite))]
pub(crate) struct HeadRow {
    organization_id: DbId,
    next_sequence: i64,
    last_hash: String,
    last_timestamp: Option<Micros>,
    verified_sequence: i64,
}

impl TryFrom<HeadRow> for LogHead {
    type Error = StoreError;

    fn try_from(row: HeadRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("audit_log_heads", row.organization_id);
        Ok(Self {
            organization_id: row.organization_id.into(),
            next_sequence: row.next_sequence,
            last_hash: row.last_hash,
            last_timestamp: reader.optional_time("last_timestamp", row.last_timestamp)?,
            verified_sequence: row.verified_sequence,
        })
    }
}
