//! Rules of stored delegations and their keys.

use agentidp_domain::agent::{Agent, AgentStatus};
use agentidp_domain::delegation::{DelegationChain, DelegationKey, Ttl};
use agentidp_domain::id::ChainId;
use agentidp_domain::organization::OrganizationStatus;
use agentidp_domain::scope::{Scope, ScopeSet};
use secrecy::ExposeSecret;

use super::{assert_corrupt, assert_locks};
use crate::fixtures::{
    agent, at, chain, change_agent, change_organization, delegation_key, here, store_agent,
    store_chain, store_delegation_key, stored_agent, uuid,
};
use crate::harness::Target;

/// Two stored agents of one organization.
async fn pair(target: &Target) -> (Agent, Agent) {
    let delegator = stored_agent(target).await;
    let delegatee = agent(delegator.organization_id);
    store_agent(target, &delegatee).await;
    (delegator, delegatee)
}

async fn found(target: &Target, id: ChainId) -> Option<DelegationChain> {
    target.read().await.delegations().find(id).await.unwrap()
}

pub async fn round_trip(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let valid = chain(&delegator, &delegatee);
    let revoked = DelegationChain {
        scopes: ScopeSet::EMPTY.with(Scope::WebhooksWrite),
        token: "ä\"'\\".to_owned(),
        ttl: Ttl::new(86_400).unwrap(),
        issued_at: at(10),
        expires_at: at(86_410),
        revoked_at: Some(at(20)),
        created_at: at(11),
        ..chain(&delegatee, &delegator)
    };
    for chain in [valid, revoked] {
        let id = chain.chain_id;
        let mut work = target.write().await;
        work.delegations().insert(&chain).await.unwrap();
        let locked = work.delegations().find(id).await.unwrap();
        assert_eq!(locked.as_ref(), Some(&chain));
        work.commit().await.unwrap();
        assert_eq!(found(target, id).await.as_ref(), Some(&chain));
        let mut work = target.read().await;
        let read = work.delegations().find_with_parties(id).await.unwrap();
        assert_eq!(read.unwrap().chain, chain);
    }
    assert_eq!(found(target, ChainId::new(uuid())).await, None);
}

pub async fn find_locks(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let chain = chain(&delegator, &delegatee);
    store_chain(target, &chain).await;
    assert_locks(target, async |work| {
        let found = work.delegations().find(chain.chain_id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&chain));
    })
    .await;
}

pub async fn states_of_the_parties(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let chain = chain(&delegator, &delegatee);
    store_chain(target, &chain).await;
    let states = async || {
        let mut work = target.read().await;
        let delegations = work.delegations();
        let found = delegations.find_with_parties(chain.chain_id).await;
        let found = found.unwrap().unwrap();
        assert_eq!(found.chain, chain);
        (found.delegator, found.delegatee, found.organization)
    };
    let organization = OrganizationStatus::Active;
    let active = AgentStatus::Active;
    assert_eq!(states().await, (active, active, organization));

    let (suspended, ended) = (AgentStatus::Suspended, AgentStatus::Decommissioned);
    let set = |status| move |agent: &mut Agent| agent.status = status;
    change_agent(target, delegator.agent_id, set(suspended)).await;
    assert_eq!(states().await, (suspended, active, organization));
    change_agent(target, delegatee.agent_id, set(ended)).await;
    assert_eq!(states().await, (suspended, ended, organization));
    change_agent(target, delegator.agent_id, set(active)).await;
    change_agent(target, delegatee.agent_id, set(suspended)).await;
    assert_eq!(states().await, (active, suspended, organization));

    for status in [OrganizationStatus::Suspended, OrganizationStatus::Deleted] {
        change_organization(target, chain.organization_id, |found| {
            found.status = status;
        })
        .await;
        assert_eq!(states().await, (active, suspended, status));
    }
    let mut work = target.read().await;
    let unknown = ChainId::new(uuid());
    let missing = work.delegations().find_with_parties(unknown).await;
    assert!(missing.unwrap().is_none());
}

pub async fn revoke(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let ended = chain(&delegator, &delegatee);
    let other = chain(&delegator, &delegatee);
    store_chain(target, &ended).await;
    store_chain(target, &other).await;
    let mut wanted = ended.clone();
    wanted.revoked_at = Some(at(10));
    for (time, is_first) in [(10, true), (5, false), (20, false)] {
        let mut work = target.write().await;
        let delegations = work.delegations();
        let revoked = delegations.revoke(ended.chain_id, at(time)).await;
        assert_eq!(revoked.unwrap(), is_first);
        let unknown = ChainId::new(uuid());
        assert!(!delegations.revoke(unknown, at(time)).await.unwrap());
        work.commit().await.unwrap();
        assert_eq!(found(target, ended.chain_id).await.as_ref(), Some(&wanted));
    }
    assert_eq!(found(target, other.chain_id).await, Some(other));
}

pub async fn prune_is_bounded(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let mut chains = Vec::new();
    for expires in [30, 10, 50, 20, 40] {
        let mut chain = chain(&delegator, &delegatee);
        chain.expires_at = at(expires);
        // Neither revocation nor the age of the row counts.
        chain.revoked_at = (expires == 50).then(|| at(1));
        chain.created_at = at(-expires);
        store_chain(target, &chain).await;
        chains.push((expires, chain.chain_id));
    }
    let kept = async || {
        let mut kept = Vec::new();
        for (expires, id) in &chains {
            if found(target, *id).await.is_some() {
                kept.push(*expires);
            }
        }
        kept
    };
    for (before, limit, removed, wanted) in [
        (10, 9, 0, vec![30, 10, 50, 20, 40]),
        (40, 0, 0, vec![30, 10, 50, 20, 40]),
        (40, 2, 2, vec![30, 50, 40]),
        (40, 2, 1, vec![50, 40]),
        (40, 2, 0, vec![50, 40]),
        (51, 9, 2, vec![]),
    ] {
        let mut work = target.write().await;
        let pruned = work.delegations().prune(at(before), limit).await;
        assert_eq!(pruned.unwrap(), removed, "{before} {limit}");
        work.commit().await.unwrap();
        assert_eq!(kept().await, wanted, "{before} {limit}");
    }
}

pub async fn tokens_are_unique(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let first = chain(&delegator, &delegatee);
    store_chain(target, &first).await;
    let mut second = chain(&delegator, &delegatee);
    second.token.clone_from(&first.token);
    let refused = target.write().await.delegations().insert(&second).await;
    assert!(refused.is_err());
    assert_eq!(found(target, second.chain_id).await, None);
}

async fn keys(target: &Target) -> Vec<DelegationKey> {
    target.read().await.delegations().keys().await.unwrap()
}

fn contents(key: &DelegationKey) -> (String, &str, i64) {
    let created = key.created_at.unix_millis();
    (
        key.key_id.to_string(),
        here(&key.secret).expose_secret(),
        created,
    )
}

pub async fn keys_newest_first(target: &Target) {
    assert!(keys(target).await.is_empty());
    let mut wanted = Vec::new();
    for created in [1, 3, 2, 3, 1] {
        let key = delegation_key(created);
        store_delegation_key(target, &key).await;
        wanted.push(key);
    }
    wanted.sort_unstable_by_key(|key| (key.created_at, key.key_id));
    wanted.reverse();
    let stored = keys(target).await;
    let seen: Vec<_> = stored.iter().map(contents).collect();
    let wanted: Vec<_> = wanted.iter().map(contents).collect();
    assert_eq!(seen, wanted);
}

async fn stored_secret(target: &Target, key: &DelegationKey) -> String {
    let row = target.raw.id(key.key_id.uuid());
    let sql = format!("SELECT secret FROM delegation_keys WHERE key_id = {row}");
    target.raw.texts(&sql).await.pop().unwrap().unwrap()
}

pub async fn keys_are_encrypted(target: &Target) {
    let old = delegation_key(1);
    store_delegation_key(target, &old).await;
    target.keys.add_key();
    target.cipher.reload().unwrap();
    let new = delegation_key(2);
    store_delegation_key(target, &new).await;
    for (key, version) in [(&old, "v1:"), (&new, "v2:")] {
        let stored = stored_secret(target, key).await;
        assert!(stored.starts_with(version), "{stored}");
        assert!(!stored.contains(here(&key.secret).expose_secret()));
    }
    let current = target.cipher.current_prefix();
    assert!(stored_secret(target, &new).await.starts_with(&current));
    let stored = keys(target).await;
    let seen: Vec<_> = stored.iter().map(contents).collect();
    assert_eq!(seen, [contents(&new), contents(&old)]);
}

pub async fn moved_keys_are_corrupt(target: &Target) {
    let (from, to) = (delegation_key(1), delegation_key(2));
    store_delegation_key(target, &from).await;
    store_delegation_key(target, &to).await;
    let secret = stored_secret(target, &from).await;
    let row = target.raw.id(to.key_id.uuid());
    for value in [format!("'{secret}'"), "NULL".to_owned()] {
        let sql = format!("UPDATE delegation_keys SET secret = {value} WHERE key_id = {row}");
        target.raw.execute(&sql).await.unwrap();
        let found = target.read().await.delegations().keys().await;
        let place = ("delegation_keys", "secret", to.key_id.to_string());
        assert_corrupt(found, place);
    }
}

pub async fn corrupt_values_name_their_place(target: &Target) {
    let (delegator, delegatee) = pair(target).await;
    let chain = chain(&delegator, &delegatee);
    store_chain(target, &chain).await;
    let key = target.raw.id(chain.chain_id.uuid());
    let scopes = "SELECT scopes FROM delegation_chains";
    let scopes = target.raw.texts(scopes).await.pop().unwrap().unwrap();
    let scopes = format!("'{scopes}'");
    let empty = if scopes.starts_with("'[") {
        "'[]'"
    } else {
        "'{}'"
    };
    let unknown = scopes.replace("audit:read", "audit:all");
    for (column, value, old) in [
        ("ttl_seconds", "59", "3600"),
        ("scopes", unknown.as_str(), scopes.as_str()),
        ("scopes", empty, scopes.as_str()),
    ] {
        let set =
            |value| format!("UPDATE delegation_chains SET {column} = {value} WHERE id = {key}");
        target.raw.execute(&set(value)).await.unwrap();
        let mut work = target.read().await;
        let delegations = work.delegations();
        let place = ("delegation_chains", column, chain.chain_id.to_string());
        assert_corrupt(delegations.find(chain.chain_id).await, place.clone());
        let read = delegations.find_with_parties(chain.chain_id).await;
        assert_corrupt(read, place);
        drop(work);
        target.raw.execute(&set(old)).await.unwrap();
    }
    assert_eq!(found(target, chain.chain_id).await, Some(chain));
}
