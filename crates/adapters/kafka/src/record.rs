//! From events to records.

use std::collections::BTreeMap;

use agentidp_domain::outbox::PlatformEvent;
use rskafka::record::Record;

/// The record that tells of an event.
pub(crate) fn record_of(event: &PlatformEvent) -> Record {
    let event_type = event.event_type.as_str().as_bytes().to_vec();
    Record {
        key: Some(key_of(event)),
        value: Some(event.envelope().to_string().into_bytes()),
        headers: BTreeMap::from([("event_type".to_owned(), event_type)]),
        timestamp: event.occurred_at.datetime(),
    }
}

/// What decides on the partition.
pub(crate) fn key_of(event: &PlatformEvent) -> Vec<u8> {
    event.organization_id.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use agentidp_domain::id::{OrganizationId, PlatformEventId};
    use agentidp_domain::outbox::EventType;
    use agentidp_domain::time::Timestamp;
    use serde_json::{Map, Value, json};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_record_is_what_the_documentation_says() {
        let organization_id = OrganizationId::new(Uuid::from_u128(7));
        let event = PlatformEvent {
            event_id: PlatformEventId::new(Uuid::from_u128(9)),
            organization_id,
            event_type: EventType::CredentialRotated,
            occurred_at: Timestamp::from_unix_millis(1_767_225_600_123).unwrap(),
            data: Map::from_iter([("agentId".to_owned(), json!("x"))]),
        };
        let record = record_of(&event);
        let key = record.key.unwrap();
        assert_eq!(key, b"00000000-0000-0000-0000-000000000007");
        assert_eq!(record.headers.len(), 1);
        assert_eq!(record.headers["event_type"], b"credential.rotated");
        assert_eq!(record.timestamp.timestamp_millis(), 1_767_225_600_123);
        let value: Value = serde_json::from_slice(&record.value.unwrap()).unwrap();
        let envelope = json!({
            "id": "00000000-0000-0000-0000-000000000009",
            "event": "credential.rotated",
            "timestamp": "2026-01-01T00:00:00.123Z",
            "organization_id": "00000000-0000-0000-0000-000000000007",
            "data": {"agentId": "x"},
        });
        assert_eq!(value, envelope);
    }
}
