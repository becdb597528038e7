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
    organization_id: DbId,
    #[diesel(embed)]
    link: LinkRow,
}

/// An event of a log that is known.
#[derive(Debug, Insertable, Queryable, Selectable)]
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

impl From<&AuditRecord> for AuditRow {
    fn from(record: &AuditRecord) -> Self {
        Self {
            organization_id: record.organization_id.into(),
            link: LinkRow {
                event_id: record.event_id.into(),
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
            },
        }
    }
}

impl TryFrom<AuditRow> for AuditRecord {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let link = row.link;
        let reader = RowReader::new("audit_events", link.event_id);
        Ok(Self {
            event_id: link.event_id.into(),
            organization_id: row.organization_id.into(),
            sequence: link.sequence,
            timestamp_micros: link.timestamp.0,
            action: link.action,
            outcome: link.outcome,
            agent_id: link.agent_id,
            ip_address: link.ip_address,
            user_agent: link.user_agent,
            metadata: reader.parse("metadata", &link.metadata.0)?,
            previous_hash: link.previous_hash,
            hash: link.hash,
        })
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
