//! Rules of stored organizations and members.

use agentidp_domain::error::{Constraint, StoreError};
use agentidp_domain::id::OrganizationId;
use agentidp_domain::organization::{AgentSlot, Limit, OrganizationStatus, PlanTier, Role};

use super::{assert_conflict, assert_corrupt};
use crate::fixtures::{at, member, organization, page, stored_agent, stored_organization, uuid};
use crate::harness::Target;

pub async fn round_trip(target: &Target) {
    let mut wanted = organization();
    wanted.max_agents = Some(Limit::at_most(500));
    wanted.max_tokens_per_month = Some(Limit::UNLIMITED);
    wanted.rate_limit_per_minute = None;
    wanted.tokens_not_before = Some(17);
    let mut work = target.write().await;
    work.organizations().insert(&wanted).await.unwrap();
    work.commit().await.unwrap();
    let id = wanted.organization_id;
    let found = target.read().await.organizations().find(id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&wanted));
    let found = target
        .write()
        .await
        .organizations()
        .find_for_update(id)
        .await
        .unwrap();
    assert_eq!(found, Some(wanted));

    target.all_returned().await;
    let sql = "UPDATE organizations SET max_agents = 9999999999 WHERE organization_id =";
    let sql = format!("{sql} {}", target.raw.id(id.uuid()));
    target.raw.execute(&sql).await.unwrap();
    let found = target.read().await.organizations().find(id).await;
    assert_corrupt(found, ("organizations", "max_agents", id.to_string()));
}

pub async fn system_organization(target: &Target) {
    let mut work = target.read().await;
    let found = work
        .organizations()
        .find(OrganizationId::SYSTEM)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.name.as_str(), found.slug.as_str()),
        ("System", "system")
    );
    assert_eq!(found.plan_tier, PlanTier::Enterprise);
    assert_eq!(found.max_agents, None);
    assert_eq!(found.status, OrganizationStatus::Active);
}

pub async fn conflict_then_continue(target: &Target) {
    let first = organization();
    let mut second = organization();
    second.slug = first.slug.clone();
    let third = organization();
    let mut work = target.write().await;
    work.organizations().insert(&first).await.unwrap();
    let refused = work.organizations().insert(&second).await;
    assert_conflict(refused, Constraint::OrganizationSlug);
    work.organizations().insert(&third).await.unwrap();
    work.commit().await.unwrap();
    let mut work = target.read().await;
    assert!(
        work.organizations()
            .find(third.organization_id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        work.organizations()
            .find(second.organization_id)
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn list(target: &Target) {
    let mut wanted = Vec::new();
    let mut work = target.write().await;
    for _ in 0..3 {
        let mut organization = organization();
        organization.status = OrganizationStatus::Suspended;
        work.organizations().insert(&organization).await.unwrap();
        wanted.push(organization.organization_id);
    }
    work.commit().await.unwrap();
    wanted.sort_unstable();
    wanted.reverse();
    let mut work = target.read().await;
    let all = work.organizations().list(None, page(1, 20)).await.unwrap();
    assert_eq!(all.total, 4);
    let mut seen = Vec::new();
    for number in 1..=2 {
        let status = Some(OrganizationStatus::Suspended);
        let page = work
            .organizations()
            .list(status, page(number, 2))
            .await
            .unwrap();
        assert_eq!(page.total, 3);
        seen.extend(
            page.items
                .into_iter()
                .map(|organization| organization.organization_id),
        );
    }
    assert_eq!(seen, wanted);
}

pub async fn update(target: &Target) {
    let mut changed = organization();
    let mut work = target.write().await;
    work.organizations().insert(&changed).await.unwrap();
    changed.plan_tier = PlanTier::Enterprise;
    changed.status = OrganizationStatus::Deleted;
    changed.max_agents = Some(Limit::UNLIMITED);
    changed.rate_limit_per_minute = Some(Limit::at_most(3));
    changed.tokens_not_before = Some(99);
    changed.updated_at = at(8);
    work.organizations().update(&changed).await.unwrap();
    let found = work
        .organizations()
        .find(changed.organization_id)
        .await
        .unwrap();
    assert_eq!(found.as_ref(), Some(&changed));
    changed.organization_id = OrganizationId::new(uuid());
    let missed = work.organizations().update(&changed).await;
    assert!(matches!(missed, Err(StoreError::Stale)));
}

pub async fn agent_limit_is_exact(target: &Target) {
    let id = stored_organization(target).await;
    let limit = Limit::at_most(10);
    let attempts = (0..50).map(|_| async move {
        let mut work = target.write().await;
        let slot = work.organizations().reserve_agent(id, limit).await.unwrap();
        work.commit().await.unwrap();
        slot
    });
    let slots = futures_util::future::join_all(attempts).await;
    let reserved = slots
        .iter()
        .filter(|slot| **slot == AgentSlot::Reserved)
        .count();
    assert_eq!(reserved, 10);
    assert!(slots.contains(&AgentSlot::Full { current: 10 }));

    let mut work = target.write().await;
    let store = work.organizations();
    store.release_agent(id).await.unwrap();
    assert_eq!(
        store.reserve_agent(id, limit).await.unwrap(),
        AgentSlot::Reserved
    );
    assert_eq!(
        store.reserve_agent(id, limit).await.unwrap(),
        AgentSlot::Full { current: 10 }
    );
    assert_eq!(
        store.reserve_agent(id, Limit::UNLIMITED).await.unwrap(),
        AgentSlot::Reserved
    );
    let lowered = store.reserve_agent(id, Limit::at_most(1)).await.unwrap();
    assert_eq!(lowered, AgentSlot::Full { current: 11 });
    let unknown = store
        .reserve_agent(OrganizationId::new(uuid()), limit)
        .await;
    assert!(matches!(unknown, Err(StoreError::Stale)));
}

pub async fn members(target: &Target) {
    let agent = stored_agent(target).await;
    let (organization, id) = (agent.organization_id, agent.agent_id);
    let mut work = target.write().await;
    let store = work.organizations();
    assert_eq!(store.role(organization, id).await.unwrap(), None);
    store
        .add_member(&member(&agent, Role::Admin))
        .await
        .unwrap();
    let again = store.add_member(&member(&agent, Role::Member)).await;
    assert_conflict(again, Constraint::OrganizationMember);
    assert_eq!(
        store.role(organization, id).await.unwrap(),
        Some(Role::Admin)
    );
    work.commit().await.unwrap();
    target
        .raw
        .execute("UPDATE organization_members SET role = 'king'")
        .await
        .unwrap();
    let role = target
        .read()
        .await
        .organizations()
        .role(organization, id)
        .await;
    assert!(matches!(
        role,
        Err(StoreError::Corrupt { column: "role", .. })
    ));
}

pub async fn logs_in_order(target: &Target) {
    let mut wanted = Vec::new();
    for _ in 0..5 {
        let id = stored_organization(target).await;
        crate::fixtures::append(target, id, 1).await;
        wanted.push(id);
    }
    stored_organization(target).await;
    wanted.sort_unstable();
    let mut work = target.read().await;
    let mut seen: Vec<OrganizationId> = Vec::new();
    loop {
        let after = seen.last().copied();
        let ids = work.organizations().ids_after(after, 2).await.unwrap();
        if ids.is_empty() {
            break;
        }
        seen.extend(ids);
    }
    assert_eq!(seen, wanted);
}
