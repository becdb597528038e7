//! Who takes part: organizations with an administrator each, and agents with
//! a credential each.

use std::thread;

use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::installation::Installation;
use crate::installation::api::{Api, Client, member};

/// What administrators ask for.
pub const SCOPES: &str = "agents:read agents:write tokens:read audit:read";

/// Organizations that the agents are spread over.
const TENANTS: usize = 10;
/// Requests at once while agents are made.
const HANDS: usize = 4;

/// How many agents of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Agents whose secrets cost next to nothing to verify: for scenarios in
    /// which the server remembers them anyway.
    pub warm: u32,
    /// Agents whose secrets have the default cost of bcrypt.
    pub cold: u32,
}

/// An agent with its one credential.
#[derive(Clone)]
pub struct Member {
    /// With which it authenticates.
    pub client: Client,
    /// Id of the credential.
    pub credential: String,
    /// Place of its organization in [`Population::tenants`].
    pub tenant: usize,
}

/// All of them.
pub struct Population {
    /// The administrators of the organizations.
    pub tenants: Vec<Client>,
    /// See [`Size::warm`]; the first one is of the first organization.
    pub warm: Vec<Member>,
    /// See [`Size::cold`].
    pub cold: Vec<Member>,
}

impl Population {
    /// Fills an installation, through the API.
    pub fn create(installation: &mut Installation, size: Size) -> Result<Self> {
        installation.set("BCRYPT_COST", "4");
        let server = installation.start()?;
        let api = server.api();
        let tenants = tenants(&api, &installation.administrator()?)?;
        let warm = members(&api, &tenants, "warm", size.warm)?;
        server.stop()?;

        installation.unset("BCRYPT_COST");
        let server = installation.start()?;
        let cold = members(&server.api(), &tenants, "cold", size.cold)?;
        server.stop()?;
        Ok(Self {
            tenants,
            warm,
            cold,
        })
    }

    /// The administrator of the first organization.
    pub fn administrator(&self) -> Result<&Client> {
        nobody(self.tenants.first())
    }

    /// An agent of the first organization.
    pub fn agent(&self) -> Result<&Member> {
        nobody(self.warm.first())
    }
}

fn nobody<T>(found: Option<&T>) -> Result<&T> {
    found.ok_or_else(|| Failure::new("the installation has no agents"))
}

fn tenants(api: &Api, administrator: &Client) -> Result<Vec<Client>> {
    let token = api.token(administrator, "admin:orgs")?;
    let create = |number: usize| -> Result<Client> {
        let body = json!({
            "name": format!("Bench {number}"),
            "slug": format!("bench-{number}"),
            "adminEmail": format!("admin@bench-{number}.example"),
        });
        let made = api.post("/api/v1/organizations", &token, &body)?;
        Client::from_json(made.expect(201)?.get("admin").unwrap_or(&Value::Null))
    };
    (0..TENANTS).map(create).collect()
}

/// Makes `count` agents, several at a time.
fn members(api: &Api, tenants: &[Client], label: &str, count: u32) -> Result<Vec<Member>> {
    let tokens: Vec<String> = tenants
        .iter()
        .map(|tenant| api.token(tenant, SCOPES))
        .collect::<Result<_>>()?;
    // Agents go to the organizations in turn.
    let in_turn = || (0..count).zip(tokens.iter().enumerate().cycle());
    let work = |hand: usize| -> Result<Vec<Member>> {
        in_turn()
            .skip(hand)
            .step_by(HANDS)
            .map(|(number, (tenant, token))| {
                create(api, token, &format!("{label}-{number}"), tenant)
            })
            .collect()
    };
    let work = &work;
    let made: Vec<Result<Vec<Member>>> = thread::scope(|scope| {
        let hands: Vec<_> = (0..HANDS)
            .map(|hand| scope.spawn(move || work(hand)))
            .collect();
        hands
            .into_iter()
            .map(|hand| {
                let ended = hand.join();
                ended.unwrap_or_else(|_| Err(Failure::new("making agents failed")))
            })
            .collect()
    });
    let made: Vec<Vec<Member>> = made.into_iter().collect::<Result<_>>()?;
    Ok(made.into_iter().flatten().collect())
}

fn create(api: &Api, token: &str, name: &str, tenant: usize) -> Result<Member> {
    let made = api.post("/api/v1/agents", token, &registration(name))?;
    let agent = member(&made.expect(201)?, "agentId")?;
    let path = format!("/api/v1/agents/{agent}/credentials");
    let made = api.post(&path, token, &json!({}))?.expect(201)?;
    Ok(Member {
        client: Client::from_json(&made)?,
        credential: member(&made, "credentialId")?,
        tenant,
    })
}

/// The body that registers an agent; `name` makes its address unique.
pub fn registration(name: &str) -> Value {
    json!({
        "email": format!("{name}@bench.example"),
        "agentType": "screener",
        "version": "1.0.0",
        "capabilities": ["resume:read"],
        "owner": "bench",
        "deploymentEnv": "production",
    })
}
