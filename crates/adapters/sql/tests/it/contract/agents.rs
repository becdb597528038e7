//! Rules of stored agents.

use agentidp_domain::agent::{Agent, AgentFilter, AgentStatus, AgentType, Email, Grant, Owner};
use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::AgentId;

use super::{assert_conflict, assert_corrupt};
use crate::fixtures::{agent, at, page, store_agent, stored_agent, stored_organization, uuid};
use crate::harness::Target;

pub async fn round_trip(target: &Target) {
    let mut wanted = agent(stored_organization(target).await);
    wanted.grant = Grant::PLATFORM_ADMIN;
    wanted.is_public = true;
    wanted.published_at = Some(at(1));
    wanted.did = Some("did:web:example.com".to_owned());
    wanted.did_created_at = Some(at(2));
    wanted.tokens_not_before = Some(1_767_225_600);
    store_agent(target, &wanted).await;

    let mut work = target.read().await;
    assert_eq!(
        work.agents().find(wanted.agent_id).await.unwrap().as_ref(),
        Some(&wanted)
    );
    let email = wanted.email.as_str().to_uppercase();
    assert_eq!(
        work.agents().find_by_email(&email).await.unwrap().as_ref(),
        Some(&wanted)
    );
    assert_eq!(
        work.agents()
            .find_by_email("nobody@example.com")
            .await
            .unwrap(),
        None
    );

    let mut work = target.write().await;
    let locked = work
        .agents()
        .find_for_update(wanted.agent_id)
        .await
        .unwrap();
    assert_eq!(locked, Some(wanted));
}

pub async fn conflict_then_continue(target: &Target) {
    let first = stored_agent(target).await;
    let mut second = agent(first.organization_id);
    second.email = Email::new(&first.email.as_str().to_uppercase()).unwrap();
    let third = agent(first.organization_id);

    let mut work = target.write().await;
    assert_conflict(work.agents().insert(&second).await, Constraint::AgentEmail);
    work.agents().insert(&third).await.unwrap();
    work.commit().await.unwrap();

    let mut work = target.read().await;
    assert!(work.agents().find(second.agent_id).await.unwrap().is_none());
    assert!(work.agents().find(third.agent_id).await.unwrap().is_some());
}

pub async fn pages_with_equal_times(target: &Target) {
    let organization = stored_organization(target).await;
    let mut wanted = Vec::new();
    for _ in 0..5 {
        let agent = agent(organization);
        store_agent(target, &agent).await;
        wanted.push(agent.agent_id);
    }
    wanted.sort_unstable();
    wanted.reverse();

    let mut work = target.read().await;
    let mut seen = Vec::new();
    for number in 1..=3 {
        let page = work
            .agents()
            .list(organization, &AgentFilter::default(), page(number, 2))
            .await
            .unwrap();
        assert_eq!(page.total, 5);
        seen.extend(page.items.into_iter().map(|agent| agent.agent_id));
    }
    assert_eq!(seen, wanted);
}

pub async fn pages_from_both_ends(target: &Target) {
    let organization = stored_organization(target).await;
    let mut wanted = Vec::new();
    for created in 1..=7 {
        let mut agent = agent(organization);
        agent.created_at = at(created);
        agent.status = AgentStatus::Suspended;
        store_agent(target, &agent).await;
        wanted.insert(0, agent.agent_id);
    }
    store_agent(target, &agent(organization)).await;

    let suspended = AgentFilter {
        status: Some(AgentStatus::Suspended),
        ..AgentFilter::default()
    };
    let mut work = target.read().await;
    let mut seen = Vec::new();
    for (number, entries) in [(1, 3), (2, 3), (3, 1), (4, 0)] {
        let page = work
            .agents()
            .list(organization, &suspended, page(number, 3))
            .await
            .unwrap();
        assert_eq!((page.total, page.items.len()), (7, entries));
        seen.extend(page.items.into_iter().map(|agent| agent.agent_id));
    }
    assert_eq!(seen, wanted);
}

pub async fn filters(target: &Target) {
    let first = stored_agent(target).await;
    let mut second = agent(first.organization_id);
    second.owner = Owner::new("somebody else").unwrap();
    second.agent_type = AgentType::Router;
    second.status = AgentStatus::Suspended;
    store_agent(target, &second).await;
    stored_agent(target).await;

    let mut work = target.read().await;
    for filter in [
        AgentFilter {
            owner: Some("somebody else".to_owned()),
            ..AgentFilter::default()
        },
        AgentFilter {
            agent_type: Some(AgentType::Router),
            ..AgentFilter::default()
        },
        AgentFilter {
            status: Some(AgentStatus::Suspended),
            ..AgentFilter::default()
        },
    ] {
        let page = work
            .agents()
            .list(first.organization_id, &filter, page(1, 20))
            .await
            .unwrap();
        assert_eq!(
            (page.total, page.items),
            (1, vec![second.clone()]),
            "{filter:?}"
        );
    }
}

pub async fn update(target: &Target) {
    let mut agent = stored_agent(target).await;
    agent.owner = Owner::new("new owner").unwrap();
    agent.status = AgentStatus::Suspended;
    agent.tokens_not_before = Some(7);
    agent.updated_at = at(9);
    let mut unknown = agent.clone();
    unknown.agent_id = AgentId::new(uuid());

    let mut work = target.write().await;
    work.agents().update(&agent).await.unwrap();
    let missed = work.agents().update(&unknown).await;
    assert!(matches!(missed, Err(StoreError::Stale)));
    work.commit().await.unwrap();

    let found = target
        .read()
        .await
        .agents()
        .find(agent.agent_id)
        .await
        .unwrap();
    assert_eq!(found, Some(agent));
}

pub async fn identity_is_written_apart(target: &Target) {
    let stored = stored_agent(target).await;
    let mut named = stored.clone();
    named.did = Some("did:web:example.com:agents:1".to_owned());
    named.did_created_at = Some(at(3));
    let mut unknown = named.clone();
    unknown.agent_id = AgentId::new(uuid());

    let mut work = target.write().await;
    let agents = work.agents();
    agents.update(&named).await.unwrap();
    let found = agents.find(stored.agent_id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&stored));

    // Nothing but the identity is written.
    let mut more = named.clone();
    more.owner = Owner::new("new owner").unwrap();
    more.status = AgentStatus::Suspended;
    more.updated_at = at(9);
    agents.set_identity(&more).await.unwrap();
    let found = agents.find(stored.agent_id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&named));
    let missed = agents.set_identity(&unknown).await;
    assert!(matches!(missed, Err(StoreError::Stale)));

    agents.update(&stored).await.unwrap();
    work.commit().await.unwrap();
    let mut work = target.read().await;
    let found = work.agents().find(stored.agent_id).await.unwrap();
    assert_eq!(found, Some(named));
}

pub async fn suspend_active(target: &Target) {
    let first = stored_agent(target).await;
    let second = agent(first.organization_id);
    store_agent(target, &second).await;
    let mut ended = agent(first.organization_id);
    ended.status = AgentStatus::Decommissioned;
    store_agent(target, &ended).await;
    let elsewhere = stored_agent(target).await;

    let mut work = target.write().await;
    assert_eq!(work.agents().count_active().await.unwrap(), 3);
    let mut wanted = [first.clone(), second].map(|agent| Agent {
        status: AgentStatus::Suspended,
        updated_at: at(5),
        ..agent
    });
    wanted.sort_unstable_by_key(|agent| agent.agent_id);
    let suspended = work
        .agents()
        .suspend_active(first.organization_id, at(5), 9)
        .await
        .unwrap();
    assert_eq!(suspended, wanted);
    assert_eq!(work.agents().count_active().await.unwrap(), 1);
    for agent in wanted {
        let found = work.agents().find(agent.agent_id).await.unwrap();
        assert_eq!(found, Some(agent));
    }
    let again = work
        .agents()
        .suspend_active(first.organization_id, at(6), 9);
    assert!(again.await.unwrap().is_empty());
    let found = work
        .agents()
        .find(elsewhere.agent_id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.status, AgentStatus::Active);
}

pub async fn suspension_is_bounded(target: &Target) {
    let own = stored_organization(target).await;
    let mut ids = Vec::new();
    for created in [30, 10, 50, 20, 40] {
        let mut agent = agent(own);
        agent.created_at = at(created);
        // Another state than active is not touched.
        if created == 40 {
            agent.status = AgentStatus::Decommissioned;
        }
        store_agent(target, &agent).await;
        ids.push((agent.agent_id, created));
    }
    let created = |id: AgentId| ids.iter().find(|known| known.0 == id).unwrap().1;
    let mut work = target.write().await;
    for (limit, wanted) in [
        (0, vec![]),
        (3, vec![20, 30, 50]),
        (3, vec![10]),
        (3, vec![]),
    ] {
        let agents = work.agents();
        let suspended = agents.suspend_active(own, at(60), limit).await.unwrap();
        assert!(suspended.is_sorted_by_key(|agent| agent.agent_id));
        let mut found: Vec<_> = suspended.iter().map(|one| created(one.agent_id)).collect();
        found.sort_unstable();
        assert_eq!(found, wanted, "{limit}");
    }
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let agent = stored_agent(target).await;
    let id = target.raw.id(agent.agent_id.uuid());
    for (column, value) in [
        ("status", "'asleep'"),
        ("email", "'nonsense'"),
        ("version", "''"),
    ] {
        let old = format!("SELECT {column} FROM agents WHERE agent_id = {id}");
        let old = target.raw.texts(&old).await.pop().unwrap().unwrap();
        let set =
            |value: &str| format!("UPDATE agents SET {column} = {value} WHERE agent_id = {id}");
        target.raw.execute(&set(value)).await.unwrap();
        let found = target.read().await.agents().find(agent.agent_id).await;
        assert_corrupt(found, ("agents", column, agent.agent_id.to_string()));
        target.raw.execute(&set(&format!("'{old}'"))).await.unwrap();
    }
    let found = target
        .read()
        .await
        .agents()
        .find(agent.agent_id)
        .await
        .unwrap();
    assert_eq!(found, Some(agent));
}
