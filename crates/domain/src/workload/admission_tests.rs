//! Every rule of admission, one by one.

use proptest::prelude::*;

use super::*;
use crate::agent::{AgentStatus, Grant};
use crate::id::TrustPolicyId;
use crate::organization::PlanTier;
use crate::time::Timestamp;
use crate::workload::{Branch, Provider, Repository, TrustPolicy};

const ORGANIZATIONS: [u128; 2] = [1, 2];

fn organization(number: u128) -> OrganizationId {
    OrganizationId::new(uuid::Uuid::from_u128(number))
}

fn agent(number: u128) -> AgentId {
    AgentId::new(uuid::Uuid::from_u128(number))
}

fn candidate(id: u128, of: u128, branch: Option<&str>, linked: Option<u128>) -> PolicyCandidate {
    let now = Timestamp::from_unix_millis(0).unwrap();
    PolicyCandidate {
        policy: TrustPolicy {
            policy_id: TrustPolicyId::new(uuid::Uuid::from_u128(id)),
            organization_id: organization(of),
            provider: Provider::GitHub,
            repository: Repository::new("acme/app").unwrap(),
            branch: branch.map(Branch::exact),
            agent_id: linked.map(agent),
            repository_id: None,
            repository_owner_id: None,
            created_at: now,
            updated_at: now,
        },
        plan_tier: PlanTier::Free,
        agent: linked.map(|_| (AgentStatus::Active, Grant::default())),
        not_before: None,
    }
}

fn workflow(branch: &str) -> WorkloadIdentity {
    WorkloadIdentity {
        repository: Repository::new("acme/app").unwrap(),
        branch: Branch::exact(branch),
        repository_id: Some("7".to_owned()),
        repository_owner_id: Some("3".to_owned()),
    }
}

fn admitted(
    candidates: Vec<PolicyCandidate>,
    wanted: Option<u128>,
) -> Result<(u128, Mode), String> {
    admit(candidates, &workflow("main"), wanted.map(agent))
        .map(|found| {
            (
                found.candidate.policy.policy_id.uuid().as_u128(),
                found.mode,
            )
        })
        .map_err(|error| error.to_string())
}

#[test]
fn an_exact_branch_wins_over_any_branch() {
    let candidates = vec![
        candidate(1, 1, None, Some(10)),
        candidate(2, 1, Some("main"), Some(11)),
        candidate(3, 1, Some("other"), Some(12)),
    ];
    assert_eq!(admitted(candidates, None), Ok((2, Mode::Agent)));
}

#[test]
fn a_bootstrap_policy_wins_unless_an_agent_is_named() {
    let candidates = vec![
        candidate(1, 1, Some("main"), Some(10)),
        candidate(2, 1, None, None),
    ];
    assert_eq!(admitted(candidates.clone(), None), Ok((2, Mode::Bootstrap)));
    assert_eq!(admitted(candidates, Some(10)), Ok((1, Mode::Agent)));
}

#[test]
fn several_agents_at_the_best_level_have_to_be_told_apart() {
    let candidates = vec![
        candidate(1, 1, None, Some(10)),
        candidate(2, 1, None, Some(11)),
    ];
    let refused = admit(candidates.clone(), &workflow("main"), None).unwrap_err();
    assert!(matches!(refused, ExchangeError::AgentRequired { .. }));
    assert_eq!(refused.organization_id(), Some(organization(1)));
    assert_eq!(admitted(candidates, Some(11)), Ok((2, Mode::Agent)));
}

#[test]
fn policies_of_two_organizations_admit_nothing_and_tell_nothing() {
    let matching = vec![
        candidate(1, 1, Some("main"), Some(10)),
        candidate(2, 2, None, None),
    ];
    let refused = admit(matching, &workflow("main"), None).unwrap_err();
    assert!(matches!(refused, ExchangeError::NoPolicy));
    for theirs in [Some("b"), None] {
        let beside = vec![
            candidate(1, 1, Some("a"), Some(10)),
            candidate(2, 2, theirs, Some(11)),
        ];
        let refused = admit(beside, &workflow("main"), None).unwrap_err();
        assert!(matches!(refused, ExchangeError::NoPolicy), "{theirs:?}");
    }
    // Nor does a policy that is bound to another repository of this name.
    let mut bound = candidate(1, 1, None, Some(10));
    bound.policy.repository_id = Some("8".to_owned());
    let beside = vec![bound, candidate(2, 2, None, Some(11))];
    assert!(admit(beside, &workflow("main"), None).is_err());
}

#[test]
fn a_mismatch_names_the_branches_once() {
    let candidates = vec![
        candidate(1, 1, Some("release"), Some(10)),
        candidate(2, 1, Some("dev"), Some(10)),
        candidate(3, 1, Some("dev"), None),
    ];
    match admit(candidates, &workflow("main"), None).unwrap_err() {
        ExchangeError::BranchMismatch {
            allowed, provided, ..
        } => assert_eq!(
            (allowed.as_str(), provided.as_str()),
            ("dev, release", "main")
        ),
        other => panic!("{other}"),
    }
}

#[test]
fn a_repository_made_again_under_the_same_name_is_another_one() {
    let used = |repository: Option<&str>, owner: Option<&str>| {
        let mut used = candidate(1, 1, None, Some(10));
        used.policy.repository_id = repository.map(str::to_owned);
        used.policy.repository_owner_id = owner.map(str::to_owned);
        admitted(vec![used], None).is_ok()
    };
    assert!(used(Some("7"), Some("3")));
    assert!(used(None, Some("3")));
    assert!(!used(Some("8"), Some("3")));
    assert!(!used(Some("7"), Some("4")));
    let mut silent = workflow("main");
    silent.repository_id = None;
    let mut pinned = candidate(1, 1, None, Some(10));
    pinned.policy.repository_id = Some("7".to_owned());
    assert!(admit(vec![pinned], &silent, None).is_err());
}

fn any_candidate() -> impl Strategy<Value = PolicyCandidate> {
    (
        any::<u8>(),
        prop::sample::select(&ORGANIZATIONS[..]),
        prop::option::of(prop::sample::select(vec!["main", "dev"])),
        prop::option::of(1_u128..4),
    )
        .prop_map(|(id, of, branch, linked)| candidate(id.into(), of, branch, linked))
}

proptest! {
    /// Whatever is there: the policy that admits is one that matches, and no
    /// other organization has one that matches too.
    #[test]
    fn nobody_is_served_by_a_policy_that_does_not_speak_of_them(
        candidates in prop::collection::vec(any_candidate(), 0..6),
        wanted in prop::option::of(1_u128..4),
    ) {
        if let Ok(found) = admit(candidates.clone(), &workflow("main"), wanted.map(agent)) {
            let speaks = |c: &PolicyCandidate| {
                c.policy.branch.as_ref().is_none_or(|b| b.as_str() == "main")
                    && wanted.is_none_or(|id| c.policy.agent_id == Some(agent(id)))
            };
            prop_assert!(speaks(&found.candidate));
            let of = found.candidate.policy.organization_id;
            let wanted = |c: &&PolicyCandidate| wanted.is_none_or(|id| c.policy.agent_id == Some(agent(id)));
            prop_assert!(candidates.iter().filter(wanted).all(|c| c.policy.organization_id == of));
            prop_assert_eq!(found.mode == Mode::Bootstrap, found.candidate.policy.agent_id.is_none());
        }
    }
}
