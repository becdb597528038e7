//! The hash chain. The hash of an event is the leaf hash of RFC 6962 §2.1
//! over the canonical JSON of the event without its `hash`.

use std::fmt::Display;
use std::io::Write;

use sha2::{Digest, Sha256};

use crate::audit::canonical::{Unrepresentable, canonical_form, canonical_json, string};
use crate::audit::{AuditRecord, AuditStore, Facts, LogHead, NewAuditEvent, StoredEvent};
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::time::{Clock, Timestamp};

/// Appends the bytes under the hash: eleven members in sorted order.
///
/// Every token and every verified event comes by here: only what can need escapes
/// is looked through for them.
fn hashed_bytes(event: &StoredEvent<'_>, out: &mut Vec<u8>) -> Result<(), Unrepresentable> {
    let timestamp = event.timestamp().ok_or(Unrepresentable)?;
    text("{\"action\":", event.action, out);
    text(",\"agentId\":", event.agent_id, out);
    plain(",\"eventId\":", event.event_id, out)?;
    text(",\"ipAddress\":", event.ip_address, out);
    out.extend_from_slice(b",\"metadata\":");
    match event.metadata {
        Facts::Value(value) => canonical_json(value, out)?,
        Facts::Text(text) => canonical_form(text, out)?,
    }
    plain(",\"organizationId\":", event.organization_id, out)?;
    text(",\"outcome\":", event.outcome, out);
    text(",\"previousHash\":", event.previous_hash, out);
    write!(out, ",\"sequence\":{}", event.sequence).map_err(|_| Unrepresentable)?;
    plain(",\"timestamp\":", timestamp, out)?;
    text(",\"userAgent\":", event.user_agent, out);
    out.push(b'}');
    Ok(())
}

fn text(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    string(value, out);
}

/// A value whose text needs no escapes.
fn plain(name: &str, value: impl Display, out: &mut Vec<u8>) -> Result<(), Unrepresentable> {
    out.extend_from_slice(name.as_bytes());
    write!(out, "\"{value}\"").map_err(|_| Unrepresentable)
}

/// Hash of an event, 64 lower-case hex characters.
///
/// # Errors
///
/// [`Unrepresentable`] when the event holds something no event may hold,
/// e.g. a time with fractions of a millisecond.
pub fn leaf_hash(event: &StoredEvent<'_>) -> Result<String, Unrepresentable> {
    let hash = LeafHasher::default().hash(event)?;
    String::from_utf8(hash.to_vec()).map_err(|_| Unrepresentable)
}

/// Hashes one event after the other in the same memory.
#[derive(Debug, Default)]
pub(super) struct LeafHasher(Vec<u8>);

impl LeafHasher {
    /// The characters of [`leaf_hash`], which fails likewise.
    pub(super) fn hash(&mut self, event: &StoredEvent<'_>) -> Result<[u8; 64], Unrepresentable> {
        self.0.clear();
        self.0.push(0);
        hashed_bytes(event, &mut self.0)?;
        let mut text = [0; 64];
        // `hex::encode` writes character by character, which shows here.
        hex::encode_to_slice(Sha256::digest(&self.0), &mut text).map_err(|_| Unrepresentable)?;
        Ok(text)
    }
}

/// Appends `events`, of any number of logs, in the given order per log. Locks
/// the ends of the logs until the end of the transaction. Returns what was
/// appended.
///
/// # Errors
///
/// Any failure of the store; nothing of the transaction may be committed then.
pub async fn append(
    store: &mut dyn AuditStore,
    events: Vec<NewAuditEvent>,
) -> Result<Vec<AuditRecord>, StoreError> {
    let mut logs: Vec<OrganizationId> = events.iter().map(|event| event.organization_id).collect();
    logs.sort_unstable();
    logs.dedup();
    let mut heads = store.lock_heads(&logs).await?;
    let records = link(&mut heads, events)?;
    if !records.is_empty() {
        store.append(&records, &heads).await?;
    }
    Ok(records)
}

/// Locks a log and returns the Unix second at which outstanding tokens of its
/// organization end: no token that is durable by now was issued later, and
/// whatever becomes durable from now on waits for this transaction.
///
/// # Errors
///
/// Any failure of the store.
pub(crate) async fn lock_and_end_tokens(
    store: &mut dyn AuditStore,
    log: OrganizationId,
    clock: &dyn Clock,
) -> Result<i64, StoreError> {
    let heads = store.lock_heads(&[log]).await?;
    // The clock is read under the lock. The last event may have been written
    // by a replica whose clock is ahead of ours.
    let last = heads.iter().filter_map(|head| head.last_timestamp).max();
    let now = clock.now();
    Ok(last.map_or(now, |last| last.max(now)).unix_seconds())
}

/// Turns events into the next records of their logs, whose ends `heads` are
/// locked already, and moves the ends on.
///
/// # Errors
///
/// When a log is not among `heads`, or an event holds what none may hold.
pub(crate) fn link(
    heads: &mut [LogHead],
    events: Vec<NewAuditEvent>,
) -> Result<Vec<AuditRecord>, StoreError> {
    let next = |event: NewAuditEvent| {
        let head = heads
            .iter_mut()
            .find(|head| head.organization_id == event.organization_id)
            .ok_or_else(|| StoreError::Backend("audit log is not locked".to_owned()))?;
        extend(head, event)
    };
    events.into_iter().map(next).collect()
}

/// Turns an event into the next record of its log and moves the end on.
fn extend(head: &mut LogHead, event: NewAuditEvent) -> Result<AuditRecord, StoreError> {
    let timestamp: Timestamp = head
        .last_timestamp
        .map_or(event.occurred_at, |last| last.max(event.occurred_at));
    let mut record = AuditRecord {
        event_id: event.event_id,
        organization_id: event.organization_id,
        sequence: head.next_sequence,
        timestamp_micros: timestamp.unix_millis() * 1000,
        action: event.action.as_str().to_owned(),
        outcome: event.outcome.as_str().to_owned(),
        agent_id: event.subject.text(),
        ip_address: event.ip_address,
        user_agent: event.user_agent,
        metadata: event.metadata.into_json(),
        previous_hash: head.last_hash.clone(),
        hash: String::new(),
    };
    record.hash =
        leaf_hash(&record.as_stored()).map_err(|error| StoreError::Backend(error.to_string()))?;
    head.next_sequence += 1;
    head.last_hash.clone_from(&record.hash);
    head.last_timestamp = Some(timestamp);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::id::EventId;

    fn record(n: u8, time: &str, action: &str, outcome: &str) -> AuditRecord {
        AuditRecord {
            event_id: format!("00000000-0000-4000-8000-0000000000e{n}")
                .parse()
                .unwrap(),
            organization_id: "22222222-2222-4222-8222-222222222222".parse().unwrap(),
            sequence: i64::from(n),
            timestamp_micros: time.parse::<Timestamp>().unwrap().unix_millis() * 1000,
            action: action.to_owned(),
            outcome: outcome.to_owned(),
            agent_id: "11111111-1111-4111-8111-111111111111".to_owned(),
            ip_address: "203.0.113.7".to_owned(),
            user_agent: "curl/8.5.0".to_owned(),
            metadata: json!({}),
            previous_hash: String::new(),
            hash: String::new(),
        }
    }

    /// The three events whose hashes the audit log's specification states.
    fn test_vector() -> Vec<AuditRecord> {
        let mut first = record(0, "2026-01-15T10:00:00.000Z", "agent.created", "success");
        first.metadata = json!({"owner": "talent-team", "agentType": "screener"});
        let mut second = record(1, "2026-01-15T10:00:00.250Z", "token.issued", "success");
        second.metadata = json!({"scope": "agents:read", "expiresAt": "2026-01-15T11:00:00.000Z"});
        second.user_agent = "résumé-bot/2.1 \"beta\"".to_owned();
        let mut third = record(2, "2026-01-15T10:00:00.250Z", "auth.failed", "failure");
        third.ip_address = "0.0.0.0".to_owned();
        third.user_agent = "unknown".to_owned();
        third.metadata = json!({
            "reason": "invalid_secret",
            "clientId": "11111111-1111-4111-8111-111111111111",
        });
        vec![first, second, third]
    }

    #[test]
    fn the_specified_test_vector() {
        let expected = [
            (
                379,
                "58d7b1a65a56faf970ae38b4916dcb43461f7dc132d8e46ac85e419967b54fa6",
            ),
            (
                473,
                "e186a18afff3b72d3bbbc1a469b0f83b46d831baf12d8c1f52d64853c5ed9812",
            ),
            (
                465,
                "2689267d3df5d6e3dca12d9d3aaf2b613bbaac63b4448d24fc4a35755b66d30b",
            ),
        ];
        let mut previous = String::new();
        for (mut record, (length, hash)) in test_vector().into_iter().zip(expected) {
            record.previous_hash = previous;
            let mut bytes = Vec::new();
            hashed_bytes(&record.as_stored(), &mut bytes).unwrap();
            assert_eq!(bytes.len(), length);
            previous = leaf_hash(&record.as_stored()).unwrap();
            assert_eq!(previous, hash);
        }
    }

    #[test]
    fn stored_texts_have_the_hash_of_their_values() {
        for record in test_vector() {
            let metadata = serde_json::to_string_pretty(&record.metadata).unwrap();
            let stored = StoredEvent {
                metadata: Facts::Text(&metadata),
                ..record.as_stored()
            };
            assert_eq!(leaf_hash(&stored), leaf_hash(&record.as_stored()));
        }
    }

    #[test]
    fn a_fraction_of_a_millisecond_has_no_hash() {
        let mut altered = test_vector().remove(0);
        altered.timestamp_micros += 1;
        assert_eq!(leaf_hash(&altered.as_stored()), Err(Unrepresentable));
    }

    /// Changes one of the eleven hashed members by `text` or `number`.
    fn alter(record: &mut AuditRecord, member: usize, text: &str, number: i64) {
        let word = |word: &mut String| word.push_str(text);
        match member {
            0 => {
                record.event_id = EventId::new(uuid::Uuid::from_u64_pair(1, number.unsigned_abs()))
            }
            1 => record.organization_id = OrganizationId::SYSTEM,
            2 => record.sequence += number,
            3 => record.timestamp_micros += number * 1000,
            4 => word(&mut record.action),
            5 => word(&mut record.outcome),
            6 => word(&mut record.agent_id),
            7 => word(&mut record.ip_address),
            8 => word(&mut record.user_agent),
            9 => record.metadata[text] = json!(number),
            _ => word(&mut record.previous_hash),
        }
    }

    proptest! {
        #[test]
        fn every_change_of_every_member_changes_the_hash(
            event in 0..3_usize,
            member in 0..11_usize,
            text in "\\PC{1,12}",
            number in 1..1_000_000_i64,
        ) {
            let original = test_vector().remove(event);
            let mut altered = original.clone();
            alter(&mut altered, member, &text, number);
            prop_assert_ne!(leaf_hash(&altered.as_stored()), leaf_hash(&original.as_stored()));
        }

        #[test]
        fn moving_text_between_members_changes_the_hash(
            left in ".{0,12}", moved in ".{1,12}", right in ".{0,12}",
        ) {
            let mut one = test_vector().remove(0);
            (one.ip_address, one.user_agent) = (format!("{left}{moved}"), right.clone());
            let mut other = one.clone();
            (other.ip_address, other.user_agent) = (left, format!("{moved}{right}"));
            prop_assert_ne!(leaf_hash(&one.as_stored()), leaf_hash(&other.as_stored()));
        }
    }
}
