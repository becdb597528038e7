//! Rules of what compliance reports and checks read.

use agentidp_domain::agent::{Agent, AgentStatus};
use agentidp_domain::compliance::{
    AgentCounts, Control, ControlState, ControlStatus, EndingCredential, ExpiryRange,
};
use agentidp_domain::credential::Credential;
use agentidp_domain::id::{AgentId, CredentialId, OrganizationId};
use agentidp_domain::unit_of_work::{Mode, Scope, UnitOfWork};
use agentidp_domain::webhook::Subscription;

use super::assert_corrupt;
use crate::fixtures::{
    agent, at, change_agent, credential, delivery, queue, store_agent, stored_agent,
    stored_organization, stored_subscription,
};
use crate::harness::Target;

/// A stored agent, with or without an identifier.
async fn stored(target: &Target, organization: OrganizationId, identified: bool) -> AgentId {
    let mut agent = agent(organization);
    if identified {
        agent.did = Some(format!("did:web:example.com:agents:{}", agent.agent_id));
        agent.did_created_at = Some(at(0));
    }
    store_agent(target, &agent).await;
    agent.agent_id
}

async fn set_status(target: &Target, id: AgentId, status: AgentStatus) {
    change_agent(target, id, |agent| agent.status = status).await;
}

/// A stored active credential that ends `seconds` after the fixed time.
async fn store_ending(target: &Target, agent: &Agent, seconds: i64) -> Credential {
    let mut credential = credential(agent);
    credential.expires_at = Some(at(seconds));
    let mut work = target.write().await;
    work.credentials().insert(&credential).await.unwrap();
    work.commit().await.unwrap();
    credential
}

async fn revoke(target: &Target, id: CredentialId) {
    let mut work = target.write().await;
    assert!(work.credentials().revoke(id, at(0)).await.unwrap());
    work.commit().await.unwrap();
}

/// A reading transaction of a tenant: reports are read in one.
async fn read_in(target: &Target, id: OrganizationId) -> Box<dyn UnitOfWork> {
    let scope = Scope::Organization(id);
    target.store.begin(scope, Mode::Snapshot).await.unwrap()
}

fn range(after: Option<i64>, until: i64) -> ExpiryRange {
    ExpiryRange {
        after: after.map(at),
        until: at(until),
    }
}

fn sorted(mut ids: Vec<AgentId>) -> Vec<AgentId> {
    ids.sort_unstable();
    ids
}

pub async fn agents_are_counted(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_organization(target).await;
    let counts = async || {
        let mut work = read_in(target, own).await;
        work.compliance().count_agents(own).await.unwrap()
    };
    let count = |total, without_did| AgentCounts { total, without_did };
    assert_eq!(counts().await, count(0, 0));
    let named = stored(target, own, true).await;
    let nameless = stored(target, own, false).await;
    stored(target, other, false).await;
    assert_eq!(counts().await, count(2, 1));
    for status in [AgentStatus::Suspended, AgentStatus::Decommissioned] {
        set_status(target, nameless, status).await;
        let gone = status == AgentStatus::Decommissioned;
        let wanted = if gone { count(1, 0) } else { count(2, 1) };
        assert_eq!(counts().await, wanted, "{status}");
    }
    set_status(target, named, AgentStatus::Decommissioned).await;
    assert_eq!(counts().await, count(0, 0));
}

pub async fn agents_without_did(target: &Target) {
    let own = stored_organization(target).await;
    let mut wanted = Vec::new();
    for _ in 0..3 {
        wanted.push(stored(target, own, false).await);
    }
    let wanted = sorted(wanted);
    stored(target, own, true).await;
    let suspended = stored(target, own, false).await;
    set_status(target, suspended, AgentStatus::Suspended).await;
    stored_agent(target).await;
    for limit in 0..=4_usize {
        let mut work = read_in(target, own).await;
        let compliance = work.compliance();
        let limit_rows = i64::try_from(limit).unwrap();
        let found = compliance.agents_without_did(own, limit_rows).await;
        assert_eq!(found.unwrap(), wanted[..limit.min(3)], "{limit}");
    }
}

pub async fn agents_with_did(target: &Target) {
    let own = stored_organization(target).await;
    let other = stored_organization(target).await;
    let mut wanted = Vec::new();
    for _ in 0..5 {
        wanted.push(stored(target, own, true).await);
    }
    let wanted = sorted(wanted);
    stored(target, own, false).await;
    stored(target, other, true).await;
    for status in [AgentStatus::Suspended, AgentStatus::Decommissioned] {
        let left_out = stored(target, own, true).await;
        set_status(target, left_out, status).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    let mut work = read_in(target, own).await;
    loop {
        let compliance = work.compliance();
        let page = compliance.agents_with_did(own, after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.agent_id);
        assert!(page.iter().all(|agent| agent.did.is_some()));
        seen.extend(page.iter().map(|agent| agent.agent_id));
    }
    assert_eq!(seen, wanted);
}

pub async fn ending_credentials(target: &Target) {
    let own = stored_agent(target).await;
    let foreign = stored_agent(target).await;
    let mut wanted = Vec::new();
    for seconds in [30, 10, 20, 20] {
        let credential = store_ending(target, &own, seconds).await;
        wanted.push(EndingCredential {
            agent_id: own.agent_id,
            credential_id: credential.credential_id,
            expires_at: at(seconds),
        });
    }
    wanted.sort_unstable_by_key(|ending| (ending.expires_at, ending.credential_id));
    store_ending(target, &foreign, 15).await;
    let revoked = store_ending(target, &own, 15).await;
    revoke(target, revoked.credential_id).await;
    let mut work = target.write().await;
    let endless = credential(&own);
    work.credentials().insert(&endless).await.unwrap();
    work.commit().await.unwrap();

    let found = async |range, limit| {
        let mut work = read_in(target, own.organization_id).await;
        let compliance = work.compliance();
        let of = own.organization_id;
        let count = compliance.count_ending(of, range).await.unwrap();
        (count, compliance.ending(of, range, limit).await.unwrap())
    };
    // The end of the range belongs to it, its beginning does not.
    for (range, from, to) in [
        (range(None, 9), 0, 0),
        (range(None, 10), 0, 1),
        (range(None, 99), 0, 4),
        (range(Some(10), 20), 1, 3),
        (range(Some(9), 30), 0, 4),
        (range(Some(30), 99), 4, 4),
    ] {
        let (count, ending) = found(range, 9).await;
        assert_eq!(count, i64::try_from(to - from).unwrap(), "{range:?}");
        assert_eq!(ending, wanted[from..to], "{range:?}");
    }
    let (count, ending) = found(range(None, 99), 2).await;
    assert_eq!((count, ending.as_slice()), (4, &wanted[..2]));
    set_status(target, own.agent_id, AgentStatus::Suspended).await;
    assert_eq!(found(range(None, 99), 9).await.0, 4);
    set_status(target, own.agent_id, AgentStatus::Decommissioned).await;
    assert_eq!(found(range(None, 99), 9).await, (0, vec![]));
}

pub async fn ending_by_agent(target: &Target) {
    let mut wanted = Vec::new();
    for count in 1..=3 {
        let agent = stored_agent(target).await;
        for number in 0..count {
            store_ending(target, &agent, 10 + number).await;
        }
        store_ending(target, &agent, 5).await;
        store_ending(target, &agent, 99).await;
        let revoked = store_ending(target, &agent, 10).await;
        revoke(target, revoked.credential_id).await;
        wanted.push((agent.agent_id, u64::try_from(count).unwrap()));
    }
    wanted.sort_unstable();
    let unconcerned = stored_agent(target).await;
    store_ending(target, &unconcerned, 5).await;

    let (mut seen, mut after) = (Vec::new(), None);
    let mut work = target.read().await;
    loop {
        let compliance = work.compliance();
        let page = compliance.ending_by_agent(range(Some(5), 50), after, 2);
        let page = page.await.unwrap();
        assert!(page.len() <= 2);
        let Some((last, _)) = page.last() else {
            break;
        };
        after = Some(*last);
        seen.extend(page);
    }
    assert_eq!(seen, wanted);
    let compliance = work.compliance();
    let all = compliance.ending_by_agent(range(None, 5), None, 9).await;
    assert_eq!(all.unwrap().len(), 4);
}

pub async fn overdue(target: &Target) {
    let agent = stored_agent(target).await;
    let is_any = async |seconds| {
        let mut work = target.read().await;
        let overdue = work.compliance().is_any_overdue(at(seconds)).await;
        overdue.unwrap()
    };
    let credential = store_ending(target, &agent, 10).await;
    assert!(!is_any(9).await);
    assert!(is_any(10).await);
    for (status, counts) in [(AgentStatus::Suspended, false), (AgentStatus::Active, true)] {
        set_status(target, agent.agent_id, status).await;
        assert_eq!(is_any(99).await, counts, "{status}");
    }
    revoke(target, credential.credential_id).await;
    assert!(!is_any(99).await);
}

/// A delivery that was given up `seconds` after the fixed time.
async fn give_up(target: &Target, subscription: &Subscription, seconds: i64) {
    let mut dead = delivery(subscription, 0);
    dead.attempted(None, None, at(seconds));
    queue(target, &[dead]).await;
}

pub async fn dead_letters(target: &Target) {
    let subscription = stored_subscription(target).await;
    let other = stored_subscription(target).await;
    for seconds in [10, 20, 30] {
        give_up(target, &subscription, seconds).await;
    }
    give_up(target, &other, 30).await;
    let mut delivered = delivery(&subscription, 0);
    delivered.attempted(Some(204), None, at(30));
    queue(target, &[delivered, delivery(&subscription, 30)]).await;
    let mut work = target.read().await;
    for (since, limit, count) in [(9, 9, 4), (10, 9, 3), (29, 9, 2), (30, 9, 0), (0, 2, 2)] {
        let found = work.compliance().dead_letters_since(at(since), limit).await;
        assert_eq!(found.unwrap(), count, "{since}");
    }
}

fn state(status: ControlStatus, seconds: i64) -> ControlState {
    ControlState {
        status,
        last_checked: at(seconds),
    }
}

pub async fn statuses(target: &Target) {
    let [first, second] = [Control::AuditLogIntegrity, Control::SecretsRotation];
    let kept = async |controls: &[Control]| {
        let mut work = target.read().await;
        work.compliance().statuses(controls).await.unwrap()
    };
    assert!(kept(&[first, second]).await.is_empty());
    let failing = state(ControlStatus::Failing, 1);
    for (control, state) in [
        (first, state(ControlStatus::Unknown, 2)),
        (second, failing),
        (first, state(ControlStatus::Passing, 3)),
    ] {
        let mut work = target.write().await;
        let compliance = work.compliance();
        compliance.set_status(control, state).await.unwrap();
        work.commit().await.unwrap();
    }
    let passing = state(ControlStatus::Passing, 3);
    let both = [(first, passing), (second, failing)];
    assert_eq!(kept(&[first, second]).await, both);
    assert_eq!(kept(&[second]).await, [(second, failing)]);
    assert!(kept(&[]).await.is_empty());
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let control = Control::SecretsRotation;
    let mut work = target.write().await;
    let passing = state(ControlStatus::Passing, 1);
    let compliance = work.compliance();
    compliance.set_status(control, passing).await.unwrap();
    work.commit().await.unwrap();
    let set = "UPDATE compliance_status SET status = 'splendid'";
    target.raw.execute(set).await.unwrap();
    let mut work = target.read().await;
    let found = work.compliance().statuses(&[control]).await;
    let place = ("compliance_status", "status", control.to_string());
    assert_corrupt(found, place);
}
