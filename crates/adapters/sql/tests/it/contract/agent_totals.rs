//! Rules of the numbers of agents that the store keeps per organization.

use agentidp_domain::agent::{Agent, AgentFilter, AgentStatus};
use agentidp_domain::id::OrganizationId;

use crate::fixtures::{
    agent, at, change_agent, page, store_agent, stored_agent, stored_organization,
};
use crate::harness::Target;

/// Totals of all agents and of each state, which the rows must bear out.
async fn totals(target: &Target, organization: OrganizationId) -> [i64; 4] {
    let mut work = target.read().await;
    let states = [
        None,
        Some(AgentStatus::Active),
        Some(AgentStatus::Suspended),
        Some(AgentStatus::Decommissioned),
    ];
    let mut totals = [0; 4];
    for (status, total) in states.into_iter().zip(&mut totals) {
        let filter = AgentFilter {
            status,
            ..AgentFilter::default()
        };
        let listed = work.agents().list(organization, &filter, page(1, 100));
        let listed = listed.await.unwrap();
        let rows = i64::try_from(listed.items.len()).unwrap();
        assert_eq!(listed.total, rows, "{status:?}");
        *total = listed.total;
    }
    totals
}

async fn store(target: &Target, organization: OrganizationId, status: AgentStatus) -> Agent {
    let agent = Agent {
        status,
        ..agent(organization)
    };
    store_agent(target, &agent).await;
    agent
}

pub async fn follow_every_change(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_agent(target).await.organization_id;
    assert_eq!(totals(target, own).await, [0, 0, 0, 0]);
    let first = store(target, own, AgentStatus::Active).await;
    store(target, own, AgentStatus::Active).await;
    store(target, own, AgentStatus::Suspended).await;
    store(target, own, AgentStatus::Decommissioned).await;
    assert_eq!(totals(target, own).await, [4, 2, 1, 1]);
    for (status, wanted) in [
        (AgentStatus::Active, [4, 2, 1, 1]),
        (AgentStatus::Suspended, [4, 1, 2, 1]),
        (AgentStatus::Active, [4, 2, 1, 1]),
        (AgentStatus::Decommissioned, [4, 1, 1, 2]),
    ] {
        change_agent(target, first.agent_id, |agent| agent.status = status).await;
        assert_eq!(totals(target, own).await, wanted, "{status}");
    }
    let mut work = target.write().await;
    work.agents().suspend_active(own, at(5), 9).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(totals(target, own).await, [4, 0, 2, 2]);
    assert_eq!(totals(target, other).await, [1, 1, 0, 0]);
}

pub async fn do_not_follow_what_did_not_happen(target: &Target) {
    let stored = stored_agent(target).await;
    let own = stored.organization_id;
    let mut work = target.write().await;
    let same_address = Agent {
        email: stored.email,
        ..agent(own)
    };
    assert!(work.agents().insert(&same_address).await.is_err());
    work.commit().await.unwrap();
    assert_eq!(totals(target, own).await, [1, 1, 0, 0]);

    let mut work = target.write().await;
    work.agents().insert(&agent(own)).await.unwrap();
    work.agents().suspend_active(own, at(5), 9).await.unwrap();
    drop(work);
    assert_eq!(totals(target, own).await, [1, 1, 0, 0]);
}

/// The version before, which runs for a while on the new schema, knows nothing
/// of them.
pub async fn follow_statements_that_do_not_know_of_them(target: &Target) {
    let own = stored_organization(target).await;
    for _ in 0..3 {
        store(target, own, AgentStatus::Active).await;
    }
    let all = "UPDATE agents SET status = 'suspended'";
    target.raw.execute(all).await.unwrap();
    assert_eq!(totals(target, own).await, [3, 0, 3, 0]);
}

/// Counts anew what the migration `up` counts in a database from before it.
pub async fn back_fill(target: &Target, up: &str) {
    let own = stored_organization(target).await;
    store(target, own, AgentStatus::Active).await;
    store(target, own, AgentStatus::Suspended).await;
    store(target, own, AgentStatus::Suspended).await;
    let empty = stored_organization(target).await;
    let forget = "UPDATE organizations SET active_agents = 0, suspended_agents = 0, \
                  decommissioned_agents = 0";
    target.raw.execute(forget).await.unwrap();
    // Once more changes nothing.
    for _ in 0..2 {
        target.raw.execute(up).await.unwrap();
        assert_eq!(totals(target, own).await, [3, 1, 2, 0]);
        assert_eq!(totals(target, empty).await, [0, 0, 0, 0]);
    }
}
