//! Rules of policies that an exchange considers and pins.

use agentidp_domain::agent::{AgentStatus, Grant};
use agentidp_domain::id::{OrganizationId, TrustPolicyId};
use agentidp_domain::organization::{OrganizationStatus, PlanTier};
use agentidp_domain::time::Timestamp;
use agentidp_domain::workload::{Branch, PolicyCandidate, Provider, TrustPolicy};

use super::assert_locks;
use crate::fixtures::{
    at, change_agent, change_organization, policy, policy_of, repository, store_policy,
    stored_agent, stored_organization, uuid,
};
use crate::harness::Target;

async fn candidates(
    target: &Target,
    name: &str,
    organization: Option<OrganizationId>,
    limit: i64,
) -> Vec<PolicyCandidate> {
    let mut work = target.read().await;
    work.trust_policies()
        .candidates(Provider::GitHub, &repository(name), organization, limit)
        .await
        .unwrap()
}

/// The only candidate for `acme/app`.
async fn only(target: &Target) -> PolicyCandidate {
    let mut found = candidates(target, "acme/app", None, 10).await;
    assert_eq!(found.len(), 1);
    found.pop().unwrap()
}

fn policies(found: Vec<PolicyCandidate>) -> Vec<TrustPolicy> {
    found.into_iter().map(|found| found.policy).collect()
}

pub async fn exact_repository(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_organization(target).await;
    let mut wanted = Vec::new();
    for organization in [own, other] {
        for branch in [None, Some("main"), Some("next")] {
            let mut policy = policy(organization);
            policy.branch = branch.map(Branch::exact);
            store_policy(target, &policy).await;
            wanted.push(policy);
        }
        for name in ["Acme/app", "acme/App", "acme/app2", "acme/ap"] {
            let mut policy = policy(organization);
            policy.repository = repository(name);
            store_policy(target, &policy).await;
        }
    }
    wanted.sort_unstable_by_key(|policy| policy.policy_id);
    let of = async |organization, limit| {
        policies(candidates(target, "acme/app", organization, limit).await)
    };
    assert_eq!(of(None, 6).await, wanted);
    assert_eq!(of(None, 4).await, wanted[..4]);
    let unknown = OrganizationId::new(uuid());
    assert!(of(Some(unknown), 6).await.is_empty());
    wanted.retain(|policy| policy.organization_id == own);
    assert_eq!(of(Some(own), 6).await, wanted);
    assert_eq!(of(Some(own), 1).await, wanted[..1]);
    assert_eq!(candidates(target, "acme/App", None, 6).await.len(), 2);
    assert!(candidates(target, "acme/a", None, 6).await.is_empty());
}

pub async fn of_active_organizations(target: &Target) {
    let kept = policy(stored_organization(target).await);
    let other = policy(stored_organization(target).await);
    store_policy(target, &kept).await;
    store_policy(target, &other).await;
    let changing = other.organization_id;
    for status in [OrganizationStatus::Suspended, OrganizationStatus::Deleted] {
        change_organization(target, changing, |found| found.status = status).await;
        assert_eq!(only(target).await.policy, kept, "{status}");
        let found = candidates(target, "acme/app", Some(changing), 10).await;
        assert!(found.is_empty(), "{status}");
    }
    let active = OrganizationStatus::Active;
    change_organization(target, changing, |found| found.status = active).await;
    assert_eq!(candidates(target, "acme/app", None, 10).await.len(), 2);
}

pub async fn state_of_the_agent(target: &Target) {
    let agent = stored_agent(target).await;
    let organization = agent.organization_id;
    let linked = policy_of(&agent);
    store_policy(target, &linked).await;
    let found = only(target).await;
    assert_eq!(found.policy, linked);
    assert_eq!(found.plan_tier, PlanTier::Pro);
    assert_eq!(found.agent, Some((AgentStatus::Active, agent.grant)));

    let plan = PlanTier::Enterprise;
    change_organization(target, organization, |found| found.plan_tier = plan).await;
    for status in [AgentStatus::Suspended, AgentStatus::Decommissioned] {
        change_agent(target, agent.agent_id, |agent| {
            agent.status = status;
            agent.grant = Grant::PLATFORM_ADMIN;
        })
        .await;
        let found = only(target).await;
        assert_eq!(found.plan_tier, plan);
        assert_eq!(found.agent, Some((status, Grant::PLATFORM_ADMIN)));
    }

    let mut bootstrap = policy(organization);
    bootstrap.repository = repository("acme/new");
    store_policy(target, &bootstrap).await;
    let found = candidates(target, "acme/new", None, 10).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].policy, bootstrap);
    assert_eq!(found[0].plan_tier, plan);
    assert_eq!(found[0].agent, None);
}

pub async fn latest_marker(target: &Target) {
    let agent = stored_agent(target).await;
    let organization = agent.organization_id;
    store_policy(target, &policy_of(&agent)).await;
    let mut bootstrap = policy(organization);
    bootstrap.repository = repository("acme/new");
    store_policy(target, &bootstrap).await;
    for (of_agent, of_organization, latest) in [
        (None, None, None),
        (Some(5), None, Some(5)),
        (None, Some(7), Some(7)),
        (Some(5), Some(7), Some(7)),
        (Some(9), Some(7), Some(9)),
    ] {
        change_agent(target, agent.agent_id, |agent| {
            agent.tokens_not_before = of_agent;
        })
        .await;
        change_organization(target, organization, |organization| {
            organization.tokens_not_before = of_organization;
        })
        .await;
        assert_eq!(only(target).await.not_before, latest);
        let found = candidates(target, "acme/new", None, 10).await;
        assert_eq!(found[0].not_before, of_organization);
    }
}

type Ids<'a> = (Option<&'a str>, Option<&'a str>);

/// Pins a policy for good; what stands in the row according to the answer.
async fn pinned(
    target: &Target,
    id: TrustPolicyId,
    given: Ids<'_>,
    time: Timestamp,
) -> Option<(Option<String>, Option<String>)> {
    let mut work = target.write().await;
    let policies = work.trust_policies();
    let stands = policies.pin(id, given.0, given.1, time).await.unwrap();
    work.commit().await.unwrap();
    stands
}

fn owned(ids: Ids<'_>) -> (Option<String>, Option<String>) {
    (ids.0.map(str::to_owned), ids.1.map(str::to_owned))
}

/// Ids of one character; `-` stands for none.
fn ids(text: &str) -> Ids<'_> {
    let id = |text| Some(text).filter(|text| *text != "-");
    let (repository, owner) = text.split_at(1);
    (id(repository), id(owner))
}

pub async fn pin_once(target: &Target) {
    let policy = policy(stored_organization(target).await);
    store_policy(target, &policy).await;
    let id = policy.policy_id;
    let first = (Some("1"), Some("2"));
    assert_eq!(pinned(target, id, first, at(5)).await, Some(owned(first)));
    let wanted = TrustPolicy {
        repository_id: Some("1".to_owned()),
        repository_owner_id: Some("2".to_owned()),
        updated_at: at(5),
        ..policy
    };
    assert_eq!(only(target).await.policy, wanted);
    for given in [first, (Some("3"), Some("4")), (None, None)] {
        let stands = pinned(target, id, given, at(6)).await;
        assert_eq!(stands, Some(owned(first)), "{given:?}");
        assert_eq!(only(target).await.policy, wanted, "{given:?}");
    }
    let unknown = TrustPolicyId::new(uuid());
    assert_eq!(pinned(target, unknown, first, at(7)).await, None);
}

pub async fn pin_completes_but_never_mixes(target: &Target) {
    let organization = stored_organization(target).await;
    for (stored, given, stands) in [
        ("--", "--", "--"),
        ("--", "1-", "1-"),
        ("--", "-2", "-2"),
        ("1-", "12", "12"),
        ("-2", "12", "12"),
        ("1-", "92", "1-"),
        ("1-", "-2", "1-"),
        ("-2", "19", "-2"),
        ("-2", "1-", "-2"),
        ("12", "19", "12"),
        ("12", "92", "12"),
        ("12", "1-", "12"),
    ] {
        let (stored, given, stands) = (ids(stored), ids(given), ids(stands));
        let mut policy = policy(organization);
        (policy.repository_id, policy.repository_owner_id) = owned(stored);
        store_policy(target, &policy).await;
        let answer = pinned(target, policy.policy_id, given, at(5)).await;
        assert_eq!(answer, Some(owned(stands)), "{stored:?} {given:?}");
        (policy.repository_id, policy.repository_owner_id) = owned(stands);
        if stored != stands {
            policy.updated_at = at(5);
        }
        assert_eq!(only(target).await.policy, policy, "{stored:?} {given:?}");
        let mut work = target.write_in(organization).await;
        let policies = work.trust_policies();
        let removed = policies.delete(organization, policy.policy_id).await;
        assert!(removed.unwrap().is_some());
        work.commit().await.unwrap();
    }
}

pub async fn pin_locks(target: &Target) {
    let policy = policy(stored_organization(target).await);
    store_policy(target, &policy).await;
    let id = policy.policy_id;
    assert_locks(target, async |work| {
        let stands = work.trust_policies().pin(id, None, None, at(1)).await;
        assert_eq!(stands.unwrap(), Some((None, None)));
    })
    .await;
}
