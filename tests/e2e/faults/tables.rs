//! What the tables must say after any fault.

use std::collections::BTreeMap;

use crate::harness::{Installation, Tally};

/// What the tables say about the organization fits together and covers what
/// the clients received.
pub fn consistent(installation: &Installation, tenant: &str, received: &BTreeMap<String, u64>) {
    let database = &installation.database;
    let id = database.id(tenant);
    let log = format!("organization_id = {id}");
    let events = format!("FROM audit_events WHERE {log}");
    let issued = format!("{events} AND action = 'token.issued'");
    for (agent, tokens) in received {
        let count = database.number(&format!(
            "SELECT count(*) {issued} AND agent_id = '{agent}'"
        ));
        let count = u64::try_from(count).unwrap();
        assert!(*tokens <= count, "{agent}: {tokens} tokens, {count} events");
    }
    let counted = format!("SELECT sum(count) FROM token_monthly_counts WHERE {log}");
    let all = database.number(&format!("SELECT count(*) {issued}"));
    assert_eq!(database.number(&counted), all, "monthly count and events");
    let used = format!(
        "SELECT sum(count) FROM usage_events \
         WHERE tenant_id = {id} AND metric_type = 'token_issued'"
    );
    assert_eq!(database.number(&used), all, "usage and events");
    let hours = format!(
        "SELECT sum(count) FROM usage_hours \
         WHERE tenant_id = {id} AND metric_type = 'token_issued'"
    );
    assert_eq!(database.number(&hours), all, "hours and events");
    let months = format!("SELECT sum(tokens) FROM usage_months WHERE tenant_id = {id}");
    assert_eq!(database.number(&months), all, "months and events");
    assert_eq!(gaps(installation), 0, "logs with a gap");
    let head = format!("SELECT next_sequence FROM audit_log_heads WHERE {log}");
    let next = database.number(&format!("SELECT count(*) {events}"));
    assert_eq!(database.number(&head), next, "head of the log");
    assert_eq!(miscounted(installation), 0, "agents by state");
}

/// Number of organizations that have other agents than they count.
fn miscounted(installation: &Installation) -> i64 {
    let count = |status: &str| {
        format!(
            "(SELECT count(*) FROM agents WHERE status = '{status}' \
             AND agents.organization_id = organizations.organization_id)"
        )
    };
    let [active, suspended, ended] = ["active", "suspended", "decommissioned"].map(count);
    installation.database.number(&format!(
        "SELECT count(*) FROM organizations WHERE active_agents <> {active} \
         OR suspended_agents <> {suspended} OR decommissioned_agents <> {ended} \
         OR agent_count <> active_agents + suspended_agents"
    ))
}

/// Number of audit logs whose sequence has a gap.
pub fn gaps(installation: &Installation) -> i64 {
    installation.database.number(
        "SELECT count(*) FROM (SELECT count(*) AS events, max(sequence) AS newest \
         FROM audit_events GROUP BY organization_id) AS logs WHERE events <> newest + 1",
    )
}

/// Tokens received, by agent.
pub fn received(tallies: &[Tally]) -> BTreeMap<String, u64> {
    let mut received = BTreeMap::new();
    for tally in tallies {
        *received.entry(tally.agent.clone()).or_default() += tally.issued;
    }
    received
}
