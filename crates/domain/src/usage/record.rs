//! Counting what has an audit event.

use std::collections::HashMap;

use serde_json::Value;

use crate::audit::{self, Action, AuditRecord, NewAuditEvent, Outcome, SESSION_FLAG};
use crate::error::StoreError;
use crate::unit_of_work::UnitOfWork;
use crate::usage::{MetricType, NO_AGENT, UsageDelta};

/// Appends audit events to their logs and counts the usage they stand for.
pub(crate) async fn append(
    work: &mut dyn UnitOfWork,
    events: Vec<NewAuditEvent>,
) -> Result<(), StoreError> {
    let records = audit::append(work.audit(), events).await?;
    let deltas = deltas(&records);
    if deltas.is_empty() {
        return Ok(());
    }
    work.usage().add(&deltas).await
}

/// Usage that freshly appended audit events stand for, in the hour that the log
/// says; to be counted in their transaction.
pub(crate) fn deltas(records: &[AuditRecord]) -> Vec<UsageDelta> {
    summed(records.iter().filter_map(delta))
}

fn delta(record: &AuditRecord) -> Option<UsageDelta> {
    let flag = record.metadata.get(SESSION_FLAG);
    let is_session = flag.and_then(Value::as_bool) == Some(true);
    if record.outcome != Outcome::Success.as_str() || is_session {
        return None;
    }
    let metric = MetricType::of(record.action.parse::<Action>().ok()?)?;
    let agent = record.agent_id.parse().unwrap_or(NO_AGENT);
    let at = record.timestamp()?;
    Some(UsageDelta::one(record.organization_id, agent, metric, at))
}

/// One delta per organization, agent, hour and kind.
fn summed(deltas: impl Iterator<Item = UsageDelta>) -> Vec<UsageDelta> {
    let mut sums: HashMap<_, UsageDelta> = HashMap::new();
    for delta in deltas {
        let key = (delta.organization, delta.agent, delta.hour, delta.metric);
        sums.entry(key)
            .and_modify(|sum| {
                sum.count = sum.count.saturating_add(delta.count);
                sum.last_at = sum.last_at.max(delta.last_at);
            })
            .or_insert(delta);
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::id::{AgentId, EventId, OrganizationId};

    fn event(action: Action, agent: u128, time: &str) -> AuditRecord {
        AuditRecord {
            event_id: EventId::new(uuid::Uuid::from_u128(1)),
            organization_id: OrganizationId::SYSTEM,
            sequence: 0,
            timestamp_micros: time
                .parse::<crate::time::Timestamp>()
                .unwrap()
                .unix_millis()
                * 1000,
            action: action.as_str().to_owned(),
            outcome: Outcome::Success.as_str().to_owned(),
            agent_id: uuid::Uuid::from_u128(agent).to_string(),
            ip_address: String::new(),
            user_agent: String::new(),
            metadata: json!({}),
            previous_hash: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn events_of_one_agent_and_hour_are_one_delta() {
        let early = "2026-03-28T09:00:00.000Z";
        let late = "2026-03-28T09:59:59.999Z";
        let events = [
            event(Action::TokenIssued, 7, early),
            event(Action::TokenIssued, 7, late),
            event(Action::TokenIntrospected, 7, late),
            event(Action::TokenIssued, 0, "2026-03-28T10:00:00.000Z"),
        ];
        let mut deltas = summed(events.iter().filter_map(delta));
        deltas.sort_by_key(|delta| delta.hour);
        let agent = AgentId::new(uuid::Uuid::from_u128(7));
        let [first, second] = deltas[..] else {
            panic!("{deltas:?}")
        };
        assert_eq!((first.agent, first.count), (agent, 2));
        assert_eq!(first.hour.to_string(), early);
        assert_eq!(first.last_at.to_string(), late);
        assert_eq!((second.agent, second.count), (NO_AGENT, 1));
    }

    #[test]
    fn either_end_of_an_agent_is_a_deactivation_and_refusals_and_sessions_are_nothing() {
        let time = "2026-03-28T09:00:00.000Z";
        for action in [Action::AgentSuspended, Action::AgentDecommissioned] {
            let found = delta(&event(action, 7, time)).map(|delta| delta.metric);
            assert_eq!(found, Some(MetricType::AgentDeactivated));
        }
        let mut refused = event(Action::TokenIssued, 7, time);
        refused.outcome = Outcome::Failure.as_str().to_owned();
        assert_eq!(delta(&refused), None);
        let mut session = event(Action::TokenIssued, 7, time);
        session.metadata = json!({"session": true});
        assert_eq!(delta(&session), None);
    }
}
