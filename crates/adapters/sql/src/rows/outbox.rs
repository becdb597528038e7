//! `event_outbox` and `event_stream_queue`.

use agentidp_domain::error::StoreError;
use agentidp_domain::outbox::{EventBatch, FailedEvent, PlatformEvent};
use agentidp_domain::time::Timestamp;
use diesel::pg::Pg;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::sqlite::Sqlite;
use serde_json::{Map, Value};

use crate::error::RowReader;
use crate::schema::{event_outbox, event_stream_queue};
use crate::types::{DbId, JsonText, Micros};

#[derive(Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = event_outbox, check_for_backend(Pg, Sqlite))]
pub(crate) struct OutboxRow {
    pub(crate) event_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) event_type: String,
    pub(crate) payload: JsonText,
    pub(crate) created_at: Micros,
}

/// An event at the end of the queue.
#[derive(Debug, Insertable)]
#[diesel(table_name = event_stream_queue)]
pub(crate) struct QueuedRow {
    pub(crate) event_id: DbId,
    pub(crate) organization_id: DbId,
    pub(crate) created_at: Micros,
}

impl From<&PlatformEvent> for QueuedRow {
    fn from(event: &PlatformEvent) -> Self {
        Self {
            event_id: event.event_id.into(),
            organization_id: event.organization_id.into(),
            created_at: event.occurred_at.into(),
        }
    }
}

impl From<&PlatformEvent> for OutboxRow {
    fn from(event: &PlatformEvent) -> Self {
        Self {
            event_id: event.event_id.into(),
            organization_id: event.organization_id.into(),
            event_type: event.event_type.to_string(),
            payload: JsonText::from(&event.envelope()),
            created_at: event.occurred_at.into(),
        }
    }
}

impl TryFrom<OutboxRow> for PlatformEvent {
    type Error = StoreError;

    fn try_from(row: OutboxRow) -> Result<Self, StoreError> {
        let reader = RowReader::new("event_outbox", row.event_id);
        let envelope = serde_json::from_str(&row.payload.0);
        let mut envelope: Map<String, Value> = reader.read("payload", envelope)?;
        let occurred_at = envelope
            .get("timestamp")
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Timestamp>().ok());
        let data = match envelope.remove("data") {
            Some(Value::Object(members)) => Some(members),
            _ => None,
        };
        Ok(Self {
            event_id: row.event_id.into(),
            organization_id: row.organization_id.into(),
            event_type: reader.parse("event_type", &row.event_type)?,
            occurred_at: reader.require("payload", occurred_at)?,
            data: reader.require("payload", data)?,
        })
    }
}

/// Reads every row for itself: one that cannot be read does not take the
/// others along.
pub(crate) fn event_batch(rows: Vec<OutboxRow>) -> EventBatch {
    let mut batch = EventBatch::default();
    for row in rows {
        let event_id = row.event_id.into();
        match PlatformEvent::try_from(row) {
            Ok(event) => batch.events.push(event),
            Err(error) => batch.unreadable.push(FailedEvent {
                event_id,
                reason: error.to_string(),
            }),
        }
    }
    batch
}
