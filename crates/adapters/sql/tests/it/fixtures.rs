//! Records to store.

mod billing;
mod identity;
mod usage;
mod webhooks;

pub use billing::{put_subscription, record_event, stripe_event, stripe_id, tenant_subscription};
pub use identity::{
    chain, delegation_key, did_key, partner, policy, policy_of, repository, store_chain,
    store_delegation_key, store_did_key, store_partner, store_policy,
};
pub use usage::{add_usage, usage};
pub use webhooks::{
    change_subscription, claim, delivery, found_subscription, platform_event, queue, store_events,
    store_subscription, stored_subscription, subscription, subscription_events,
};

use agentidp_domain::agent::{
    Agent, AgentStatus, AgentType, Capabilities, DeploymentEnv, Email, Grant, Owner, Version,
};
use agentidp_domain::audit::{AuditRecord, LogHead};
use agentidp_domain::credential::{
    ClientSecret, Credential, CredentialStatus, SecretHash, Selector,
};
use agentidp_domain::id::{AgentId, CredentialId, EventId, MemberId, OrganizationId, TokenId};
use agentidp_domain::organization::{
    Member, Organization, OrganizationName, OrganizationStatus, PlanTier, Role, Slug,
};
use agentidp_domain::page::PageRequest;
use agentidp_domain::random::{Random, SystemRandom};
use agentidp_domain::time::Timestamp;
use agentidp_domain::token::{Algorithm, NewKey, RevocationRow, StoredKey};
use agentidp_domain::unit_of_work::UnitOfWork;
use agentidp_domain::vault::Kept;
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::harness::Target;

pub fn uuid() -> Uuid {
    SystemRandom.uuid()
}

/// A time with milliseconds, `seconds` after a fixed one.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_767_225_600_123 + seconds * 1000).unwrap()
}

pub fn page(number: u32, limit: u32) -> PageRequest {
    PageRequest::new(number, limit).unwrap()
}

pub fn organization() -> Organization {
    let id = uuid();
    Organization {
        organization_id: OrganizationId::new(id),
        name: OrganizationName::new("Größe & Co").unwrap(),
        slug: Slug::new(&format!("org-{}", id.simple())).unwrap(),
        plan_tier: PlanTier::Pro,
        max_agents: None,
        max_tokens_per_month: None,
        rate_limit_per_minute: None,
        status: OrganizationStatus::Active,
        tokens_not_before: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub fn agent(organization: OrganizationId) -> Agent {
    let id = uuid();
    Agent {
        agent_id: AgentId::new(id),
        organization_id: organization,
        email: Email::new(&format!("Agent-{}@example.com", id.simple())).unwrap(),
        agent_type: AgentType::Screener,
        version: Version::new("1.2.3").unwrap(),
        capabilities: Capabilities::new(vec!["resume:read".into(), "x:*".into()]).unwrap(),
        owner: Owner::new("talent \"team\", {1}").unwrap(),
        deployment_env: DeploymentEnv::Production,
        status: AgentStatus::Active,
        grant: Grant::default(),
        is_public: false,
        published_at: None,
        did: None,
        did_created_at: None,
        tokens_not_before: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

pub fn credential(agent: &Agent) -> Credential {
    Credential {
        credential_id: CredentialId::new(uuid()),
        agent_id: agent.agent_id,
        organization_id: agent.organization_id,
        selector: selector(),
        secret: Kept::Here(SecretHash::new("$2b$04$hash".to_owned())),
        status: CredentialStatus::Active,
        created_at: at(0),
        expires_at: None,
        revoked_at: None,
    }
}

pub fn selector() -> Selector {
    ClientSecret::generate(&SystemRandom).selector()
}

pub fn member(agent: &Agent, role: Role) -> Member {
    Member {
        member_id: MemberId::new(uuid()),
        organization_id: agent.organization_id,
        agent_id: agent.agent_id,
        role,
        joined_at: at(0),
    }
}

pub fn revocation(expires_at: i64) -> RevocationRow {
    RevocationRow {
        token_id: TokenId::new(uuid()),
        agent_id: Some(AgentId::new(uuid())),
        expires_at,
        revoked_at: at(0),
    }
}

pub fn signing_key(kid: &str, created: i64) -> StoredKey {
    StoredKey {
        key: NewKey {
            kid: kid.to_owned(),
            algorithm: Algorithm::Es256,
            public_jwk: json!({"kid": kid, "kty": "EC"}),
            private_pem: Kept::Here(SecretString::from(format!("PEM of {kid}"))),
        },
        is_current: false,
        created_at: at(created),
        expires_at: None,
    }
}

/// An event at position `sequence`; times rise by a second.
pub fn event(log: OrganizationId, sequence: i64) -> AuditRecord {
    AuditRecord {
        event_id: EventId::new(uuid()),
        organization_id: log,
        sequence,
        timestamp_micros: at(sequence).unix_millis() * 1000,
        action: "token.issued".to_owned(),
        outcome: "success".to_owned(),
        agent_id: format!("agent-{}", sequence % 3),
        ip_address: "203.0.113.7".to_owned(),
        user_agent: "résumé-bot/2.1 \"beta\"".to_owned(),
        metadata: json!({"scope": "agents:read", "n": 9_007_199_254_740_991_i64, "list": ["ä", null, true]}),
        previous_hash: if sequence == 0 {
            String::new()
        } else {
            format!("{:064x}", sequence - 1)
        },
        hash: format!("{sequence:064x}"),
    }
}

/// The end of a log after `event`.
pub fn head_after(event: &AuditRecord) -> LogHead {
    LogHead {
        organization_id: event.organization_id,
        next_sequence: event.sequence + 1,
        last_hash: event.hash.clone(),
        last_timestamp: event.timestamp(),
        verified_sequence: 0,
    }
}

/// Appends `count` events to a log in one transaction.
pub async fn append(target: &Target, log: OrganizationId, count: i64) -> Vec<AuditRecord> {
    let mut work = target.write().await;
    let records = append_in(work.as_mut(), log, count).await;
    work.commit().await.unwrap();
    records
}

pub async fn append_in(
    work: &mut dyn UnitOfWork,
    log: OrganizationId,
    count: i64,
) -> Vec<AuditRecord> {
    let heads = work.audit().lock_heads(&[log]).await.unwrap();
    let first = heads[0].next_sequence;
    let records: Vec<_> = (first..first + count)
        .map(|sequence| event(log, sequence))
        .collect();
    let head = head_after(records.last().unwrap());
    work.audit().append(&records, &[head]).await.unwrap();
    records
}

/// A stored organization.
pub async fn stored_organization(target: &Target) -> OrganizationId {
    let organization = organization();
    let mut work = target.write().await;
    work.organizations().insert(&organization).await.unwrap();
    work.commit().await.unwrap();
    organization.organization_id
}

/// A stored agent in a stored organization.
pub async fn stored_agent(target: &Target) -> Agent {
    let agent = agent(stored_organization(target).await);
    store_agent(target, &agent).await;
    agent
}

pub async fn store_agent(target: &Target, agent: &Agent) {
    let mut work = target.write().await;
    work.agents().insert(agent).await.unwrap();
    work.commit().await.unwrap();
}

/// Changes a stored agent.
pub async fn change_agent(target: &Target, id: AgentId, change: impl FnOnce(&mut Agent)) {
    let mut work = target.write().await;
    let found = work.agents().find_for_update(id).await.unwrap();
    let mut agent = found.unwrap();
    change(&mut agent);
    work.agents().update(&agent).await.unwrap();
    work.commit().await.unwrap();
}

/// Changes a stored organization.
pub async fn change_organization(
    target: &Target,
    id: OrganizationId,
    change: impl FnOnce(&mut Organization),
) {
    let mut work = target.write().await;
    let found = work.organizations().find_for_update(id).await.unwrap();
    let mut organization = found.unwrap();
    change(&mut organization);
    work.organizations().update(&organization).await.unwrap();
    work.commit().await.unwrap();
}

/// A stored credential of a stored agent.
pub async fn stored_credential(target: &Target) -> Credential {
    let credential = credential(&stored_agent(target).await);
    let mut work = target.write().await;
    work.credentials().insert(&credential).await.unwrap();
    work.commit().await.unwrap();
    credential
}

/// What a row keeps itself.
pub fn here<T>(kept: &Kept<T>) -> &T {
    match kept {
        Kept::Here(kept) => kept,
        Kept::InVault(_) => panic!("in Vault"),
    }
}
