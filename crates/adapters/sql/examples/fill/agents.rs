//! Agents, their credentials and the keys of their identifiers.

use std::time::Duration;

use agentidp_domain::agent::{
    Agent, AgentStatus, AgentType, Capabilities, DeploymentEnv, Email, Grant, NewAgent, Owner,
    Version,
};
use agentidp_domain::credential::CredentialStatus;
use agentidp_domain::id::{AgentId, CredentialId, DidKeyId};
use agentidp_domain::marketplace::search_text;
use agentidp_domain::random::Random;
use agentidp_domain::time::Timestamp;
use tokio_postgres::Client;

use crate::Outcome;
use crate::copy::{CopyIn, Escaped, Maybe, Words};
use crate::plan::{Plan, Tenant};
use crate::random::{Purpose, Seeded};
use crate::secret::SharedSecret;

// One of so many agents has a credential, a credential that ends, an
// identifier, is public, is in another state than `active` (twice).
const WITH_CREDENTIAL: u64 = 2;
const WITH_EXPIRY: u64 = 4;
const WITH_IDENTIFIER: u64 = 8;
const PUBLIC: u64 = 8;
const NOT_ACTIVE: u64 = 32;
/// One of so many organizations has, among so many of its agents, one with the
/// rare capability.
const RARE: (u64, u64) = (100, 5_000);

/// Words that nearly every search finds something for.
const RESOURCES: [&str; 12] = [
    "report", "invoice", "resume", "ticket", "contract", "order", "claim", "email", "image",
    "ledger", "schedule", "forecast",
];
const ACTIONS: [&str; 3] = ["read", "write", "classify"];
/// What hardly any agent can do.
const RARE_CAPABILITY: &str = "quantum:simulate";
/// Teams that own the agents of an organization.
const TEAMS: u64 = 40;
/// A public key on P-256 (RFC 7517, Appendix A.1), of all generated
/// identifiers; nobody signs with them.
const PUBLIC_JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

/// What the log has to know of an agent.
pub struct Sketch {
    /// Number in its organization, from 0.
    pub number: u64,
    /// Id.
    pub id: AgentId,
    /// Its credential, if it has one.
    pub credential: Option<CredentialId>,
    /// Its state.
    pub status: AgentStatus,
}

impl Sketch {
    /// The same for the same agent, whenever it is drawn. The first agent of an
    /// organization is its administrator and stays active.
    pub fn new(plan: &Plan, tenant: &Tenant, number: u64) -> Self {
        let draw = Seeded::new(plan.seed, Purpose::Agent, tenant.number, number);
        let id = AgentId::new(draw.uuid());
        let credential = CredentialId::new(draw.uuid());
        let status = match draw.below(NOT_ACTIVE) {
            0 if number > 0 => AgentStatus::Suspended,
            1 if number > 0 => AgentStatus::Decommissioned,
            _ => AgentStatus::Active,
        };
        Self {
            number,
            id,
            credential: number.is_multiple_of(WITH_CREDENTIAL).then_some(credential),
            status,
        }
    }

    /// Whether it can obtain tokens.
    pub fn is_client(&self) -> bool {
        self.status == AgentStatus::Active && self.credential.is_some()
    }
}

/// End of the credential of an agent, if it has one.
///
/// # Errors
///
/// Outside the calendar.
pub fn expiry(plan: &Plan, tenant: &Tenant, number: u64) -> Outcome<Option<Timestamp>> {
    if number == 0 || !number.is_multiple_of(WITH_EXPIRY) {
        return Ok(None);
    }
    let draw = Seeded::new(plan.seed, Purpose::Looks, tenant.number, number);
    let days = 30 + draw.below(370);
    let lifetime = Duration::from_secs(days * 86_400);
    Ok(Some(plan.registered(tenant, number)?.plus(lifetime)))
}

/// The whole record.
///
/// # Errors
///
/// Does not happen: every value is valid.
pub fn agent(plan: &Plan, tenant: &Tenant, sketch: &Sketch) -> Outcome<Agent> {
    let number = sketch.number;
    let draw = Seeded::new(plan.seed, Purpose::Looks, tenant.number, number);
    let agent_type = draw.pick(AgentType::ALL).ok_or("no type")?;
    let registered = plan.registered(tenant, number)?;
    let rare = tenant.number.is_multiple_of(RARE.0) && number % RARE.1 == 7;
    let new = NewAgent {
        email: Email::new(&format!(
            "{agent_type}-{number:06}@org-{:04}.example.com",
            tenant.number
        ))?,
        agent_type,
        version: Version::new(&format!("{}.{}.0", 1 + draw.below(4), draw.below(10)))?,
        capabilities: Capabilities::new(capabilities(&draw, rare))?,
        owner: Owner::new(&format!(
            "team-{:02}.org-{:04}",
            draw.below(TEAMS),
            tenant.number
        ))?,
        deployment_env: draw.pick(DeploymentEnv::ALL).ok_or("no environment")?,
        grant: (number == 0).then_some(Grant::ORGANIZATION_ADMIN),
        is_public: rare || draw.below(PUBLIC) == 0,
    };
    let mut agent = new.into_agent(sketch.id, tenant.id, registered);
    agent.status = sketch.status;
    if number.is_multiple_of(WITH_IDENTIFIER) {
        agent.did = Some(format!("did:web:idp.example.com:agents:{}", sketch.id));
        agent.did_created_at = Some(registered);
    }
    Ok(agent)
}

fn capabilities(draw: &Seeded, rare: bool) -> Vec<String> {
    let (first, count) = (draw.below(12), 1 + draw.below(4));
    let resources = RESOURCES.iter().cycle();
    let resources = resources.skip(usize::try_from(first).unwrap_or(0));
    let mut words: Vec<String> = resources
        .zip(0..count)
        .map(|(resource, _)| {
            let action = draw.pick(&ACTIONS).unwrap_or("read");
            format!("{resource}:{action}")
        })
        .collect();
    if rare {
        words.push(RARE_CAPABILITY.to_owned());
    }
    words
}

/// Copies the agents of an organization and what belongs to them.
///
/// # Errors
///
/// When the database refuses.
pub async fn fill(
    client: &Client,
    plan: &Plan,
    tenant: &Tenant,
    secret: &SharedSecret,
) -> Outcome<()> {
    copy_agents(client, plan, tenant).await?;
    copy_credentials(client, plan, tenant, secret).await?;
    copy_did_keys(client, plan, tenant).await
}

async fn copy_agents(client: &Client, plan: &Plan, tenant: &Tenant) -> Outcome<()> {
    let columns = "agents (agent_id, organization_id, email, email_folded, agent_type, version, \
                   capabilities, owner, deployment_env, status, allowed_scopes, is_public, \
                   published_at, did, did_created_at, created_at, updated_at, search_text)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for number in 0..tenant.agents {
        let agent = agent(plan, tenant, &Sketch::new(plan, tenant, number))?;
        let capabilities = agent.capabilities.as_slice().iter().map(String::as_str);
        let scopes = agent.grant.scopes().iter().map(|scope| scope.as_str());
        copy.row(&[
            &agent.agent_id,
            &agent.organization_id,
            &agent.email,
            &agent.email.folded(),
            &agent.agent_type,
            &agent.version.as_str(),
            &Words(capabilities.collect()),
            &agent.owner.as_str(),
            &agent.deployment_env,
            &agent.status,
            &Words(scopes.collect()),
            &agent.is_public,
            &Maybe(agent.published_at),
            &Maybe(agent.did.as_deref()),
            &Maybe(agent.did_created_at),
            &agent.created_at,
            &agent.updated_at,
            &Escaped(&search_text(&agent)),
        ])
        .await?;
    }
    copy.finish().await
}

async fn copy_credentials(
    client: &Client,
    plan: &Plan,
    tenant: &Tenant,
    secret: &SharedSecret,
) -> Outcome<()> {
    let columns = "credentials (credential_id, client_id, organization_id, selector, \
                   secret_hash, status, created_at, expires_at, revoked_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    let selector = secret.selector();
    for number in 0..tenant.agents {
        let sketch = Sketch::new(plan, tenant, number);
        let Some(credential) = sketch.credential else {
            continue;
        };
        let created = plan.registered(tenant, number)?;
        let revoked = sketch.status == AgentStatus::Decommissioned;
        let status = if revoked {
            CredentialStatus::Revoked
        } else {
            CredentialStatus::Active
        };
        copy.row(&[
            &credential,
            &sketch.id,
            &tenant.id,
            &selector,
            &secret.encrypted_hash(credential)?,
            &status,
            &created,
            &Maybe(expiry(plan, tenant, number)?),
            &Maybe(revoked.then_some(created)),
        ])
        .await?;
    }
    copy.finish().await
}

async fn copy_did_keys(client: &Client, plan: &Plan, tenant: &Tenant) -> Outcome<()> {
    let columns = "agent_did_keys (key_id, agent_id, public_jwk, created_at)";
    let mut copy = CopyIn::begin(client, columns).await?;
    for number in (0..tenant.agents).filter(|number| number.is_multiple_of(WITH_IDENTIFIER)) {
        let draw = Seeded::new(plan.seed, Purpose::Looks, tenant.number, number);
        copy.row(&[
            &DidKeyId::new(draw.uuid()),
            &Sketch::new(plan, tenant, number).id,
            &PUBLIC_JWK,
            &plan.registered(tenant, number)?,
        ])
        .await?;
    }
    copy.finish().await
}
