//! Rules of the public marketplace: who is shown, and in which order.

use agentidp_domain::agent::{Agent, AgentStatus, Capabilities, Owner};
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::marketplace::{MarketplaceQuery, PublicAgent};
use agentidp_domain::organization::OrganizationStatus;
use agentidp_domain::page::Page;

use super::assert_corrupt;
use crate::fixtures::{
    agent, at, change_agent, change_organization, page, store_agent, stored_organization, uuid,
};
use crate::harness::Target;

/// A public agent, published at the beginning.
pub(super) fn public(organization: OrganizationId) -> Agent {
    Agent {
        is_public: true,
        published_at: Some(at(0)),
        ..agent(organization)
    }
}

pub(super) fn owner(name: &str) -> Owner {
    Owner::new(name).unwrap()
}

pub(super) fn capabilities(entries: &[&str]) -> Capabilities {
    Capabilities::new(entries.iter().map(|entry| (*entry).to_owned()).collect()).unwrap()
}

/// A stored public agent.
pub(super) async fn stored(target: &Target, name: &str, entries: &[&str]) -> AgentId {
    let mut agent = public(stored_organization(target).await);
    agent.owner = owner(name);
    agent.capabilities = capabilities(entries);
    store_agent(target, &agent).await;
    agent.agent_id
}

pub(super) async fn search(target: &Target, query: &MarketplaceQuery) -> Page<PublicAgent> {
    let mut work = target.read().await;
    let marketplace = work.marketplace();
    Page {
        items: marketplace.search(query).await.unwrap(),
        total: marketplace.count(query).await.unwrap(),
        request: query.page,
    }
}

/// Ids of all agents that match, sorted.
pub(super) async fn ids(target: &Target, query: &MarketplaceQuery) -> Vec<AgentId> {
    let found = search(target, query).await;
    assert_eq!(found.total, i64::try_from(found.items.len()).unwrap());
    let mut ids: Vec<_> = found.items.iter().map(|agent| agent.agent_id).collect();
    ids.sort_unstable();
    ids
}

pub(super) async fn find(target: &Target, id: AgentId) -> Option<PublicAgent> {
    let mut work = target.read().await;
    work.marketplace().find(id).await.unwrap()
}

/// Whether an agent is shown, in the list and by its id alike.
async fn is_shown(target: &Target, id: AgentId) -> bool {
    let listed = ids(target, &MarketplaceQuery::default()).await;
    let found = find(target, id).await;
    assert_eq!(listed.contains(&id), found.is_some());
    found.is_some()
}

pub async fn only_what_is_visible(target: &Target) {
    let published = public(stored_organization(target).await);
    store_agent(target, &published).await;
    let id = published.agent_id;
    assert!(is_shown(target, id).await);
    for (is_public, status, shown) in [
        (false, AgentStatus::Active, false),
        (true, AgentStatus::Suspended, false),
        (true, AgentStatus::Active, true),
        (false, AgentStatus::Suspended, false),
        (true, AgentStatus::Decommissioned, false),
    ] {
        change_agent(target, id, |agent| {
            agent.is_public = is_public;
            agent.status = status;
        })
        .await;
        assert_eq!(is_shown(target, id).await, shown, "{is_public} {status}");
    }
    let private = agent(published.organization_id);
    store_agent(target, &private).await;
    assert!(!is_shown(target, private.agent_id).await);
    assert!(!is_shown(target, AgentId::new(uuid())).await);
}

pub async fn of_active_organizations(target: &Target) {
    let organization = stored_organization(target).await;
    let agent = public(organization);
    store_agent(target, &agent).await;
    let other = stored(target, "another", &[]).await;
    for status in [OrganizationStatus::Suspended, OrganizationStatus::Deleted] {
        change_organization(target, organization, |found| found.status = status).await;
        assert!(!is_shown(target, agent.agent_id).await, "{status}");
        assert!(is_shown(target, other).await, "{status}");
    }
    let active = OrganizationStatus::Active;
    change_organization(target, organization, |found| found.status = active).await;
    assert!(is_shown(target, agent.agent_id).await);
    // Those of all organizations, that of the platform too.
    let own = public(OrganizationId::SYSTEM);
    store_agent(target, &own).await;
    assert!(is_shown(target, own.agent_id).await);
    assert_eq!(ids(target, &MarketplaceQuery::default()).await.len(), 3);
}

pub async fn round_trip(target: &Target) {
    let mut agent = public(stored_organization(target).await);
    agent.published_at = Some(at(3));
    agent.did = Some("did:web:example.com:agents:1".to_owned());
    agent.did_created_at = Some(at(2));
    store_agent(target, &agent).await;
    let wanted = PublicAgent {
        agent_id: agent.agent_id,
        agent_type: agent.agent_type,
        version: agent.version,
        capabilities: agent.capabilities,
        owner: agent.owner,
        deployment_env: agent.deployment_env,
        did: agent.did,
        published_at: at(3),
    };
    assert_eq!(find(target, agent.agent_id).await.as_ref(), Some(&wanted));
    let listed = search(target, &MarketplaceQuery::default()).await;
    assert_eq!((listed.total, listed.items), (1, vec![wanted]));

    let nameless = public(agent.organization_id);
    store_agent(target, &nameless).await;
    let found = find(target, nameless.agent_id).await.unwrap();
    assert_eq!(found.did, None);
}

/// The ids of a page in their order.
async fn ordered(target: &Target, number: u32, limit: u32) -> (i64, Vec<AgentId>) {
    let query = MarketplaceQuery {
        page: page(number, limit),
        ..MarketplaceQuery::default()
    };
    let found = search(target, &query).await;
    assert_eq!(found.request, query.page);
    let ids = found.items.into_iter().map(|agent| agent.agent_id);
    (found.total, ids.collect())
}

pub async fn last_published_first(target: &Target) {
    let organization = stored_organization(target).await;
    let mut wanted = Vec::new();
    for seconds in [5, 1, 9, 1, 5, 1] {
        let mut agent = public(organization);
        // The registration does not matter.
        agent.created_at = at(100 - seconds);
        agent.published_at = Some(at(seconds));
        store_agent(target, &agent).await;
        wanted.push((-seconds, agent.agent_id));
    }
    wanted.sort_unstable();
    let wanted: Vec<_> = wanted.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ordered(target, 1, 20).await, (6, wanted));
}

pub async fn pages(target: &Target) {
    let organization = stored_organization(target).await;
    let mut wanted = Vec::new();
    for _ in 0..5 {
        let agent = public(organization);
        store_agent(target, &agent).await;
        wanted.push(agent.agent_id);
    }
    wanted.sort_unstable();
    store_agent(target, &agent(organization)).await;
    let mut seen = Vec::new();
    for number in 1..=3 {
        let (total, ids) = ordered(target, number, 2).await;
        assert_eq!(total, 5);
        seen.extend(ids);
    }
    assert_eq!(seen, wanted);
    assert_eq!(ordered(target, 4, 2).await, (5, vec![]));
    assert_eq!(ordered(target, u32::MAX, 100).await, (5, vec![]));
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let id = stored(target, "a", &["a:b"]).await;
    let row = target.raw.id(id.uuid());
    let set = format!("UPDATE agents SET version = 'nonsense' WHERE agent_id = {row}");
    target.raw.execute(&set).await.unwrap();
    let mut work = target.read().await;
    let marketplace = work.marketplace();
    let place = || ("agents", "version", id.to_string());
    assert_corrupt(marketplace.find(id).await, place());
    let listed = marketplace.search(&MarketplaceQuery::default()).await;
    assert_corrupt(listed, place());
}
