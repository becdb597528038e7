//! The scenarios, as data: what each one measures, with which traffic.

use std::fmt;
use std::thread;

use clap::ValueEnum;

use super::population::{Member, Population, SCOPES, Size, registration};
use crate::failure::{Failure, Result};
use crate::installation::Store;
use crate::installation::api::Client;
use crate::installation::program::Program;
use crate::wrk::traffic::Traffic;

/// Agents of the scenarios with many clients.
const MANY: u32 = 1000;
/// Agents of [`Name::FirstToken`] per second and connection: more than a core
/// can verify at the default cost of bcrypt.
const COLD: u32 = 20;
/// How many times as long [`Name::FirstToken`] runs, which asks so seldom that its
/// p99 would be its slowest request otherwise.
const PATIENTLY: u32 = 4;
/// See [`Connections::Few`].
const FEW: u32 = 64;
/// Seconds of warming up.
const WARM_UP: u32 = 1;
/// The same for many clients, each of which costs one bcrypt first.
const MANY_WARM_UP: u32 = 4;
/// Stands for the number in the body that registers an agent.
const PLACE: &str = "NUMBER";

/// What can be measured, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Name {
    /// From the start of the process to its first healthy answer
    Start,
    /// Memory of a server that was just started
    Idle,
    /// Tokens of clients that the server has not seen yet: one bcrypt each
    FirstToken,
    /// Tokens of one client
    Issuance,
    /// Tokens of 1,000 clients in turn
    #[value(name = "issuance-1000")]
    Issuance1000,
    /// Introspection of a token
    Introspection,
    /// GET of an agent
    Read,
    /// Registration of agents
    Registration,
    /// Rotation of credentials: one bcrypt each
    Rotation,
    /// First page of the audit log
    AuditQuery,
    /// Verification of an audit log, in events per second
    AuditVerify,
    /// From the answer to a revocation until another replica refuses the token
    Revocation,
    /// Memory after 5,000,000 requests, about six minutes; only when named
    Endurance,
}

impl Name {
    /// Whether there is something to measure over this store: the embedded one
    /// has no second replica.
    pub fn is_measured_over(self, store: Store) -> bool {
        self != Self::Revocation || store == Store::Postgres
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// How many connections drive a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connections {
    /// As many as `--connections` says.
    Given,
    /// 64: requests that wait for one another, where more would only wait longer.
    Few,
    /// One per core: every core is busy with bcrypt, and nothing waits.
    PerCore,
    /// One per two cores: half of what the server can compute at once.
    PerTwoCores,
}

impl Connections {
    /// How many these are on this machine.
    pub fn count(self, given: u32) -> u32 {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let cores = u32::try_from(cores).unwrap_or(1);
        match self {
            Self::Given => given,
            Self::Few => FEW,
            Self::PerCore => cores,
            Self::PerTwoCores => (cores / 2).max(1),
        }
    }
}

/// A scenario that wrk drives.
#[derive(Debug)]
pub struct Scenario {
    /// Its name.
    pub name: Name,
    /// Whether the key type matters: each request signs or verifies a token.
    pub for_every_key: bool,
    /// How hard it is driven.
    pub connections: Connections,
    /// Seconds of the same requests before those that count.
    pub warm_up: u32,
    /// How many times as long it runs as others do.
    pub times: u32,
    /// What is sent.
    pub traffic: fn(&Fixture<'_>) -> Result<Traffic>,
}

/// In the order in which they run. [`Name::FirstToken`] comes first, since the
/// server remembers clients; [`Name::Rotation`] ends the secrets that others
/// need.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: Name::FirstToken,
        for_every_key: false,
        connections: Connections::PerTwoCores,
        warm_up: 0,
        times: PATIENTLY,
        traffic: first_token,
    },
    Scenario {
        name: Name::Issuance,
        for_every_key: true,
        connections: Connections::Given,
        warm_up: WARM_UP,
        times: 1,
        traffic: issuance,
    },
    Scenario {
        name: Name::Issuance1000,
        for_every_key: true,
        connections: Connections::Given,
        warm_up: MANY_WARM_UP,
        times: 1,
        traffic: issuance_of_many,
    },
    Scenario {
        name: Name::Introspection,
        for_every_key: true,
        connections: Connections::Given,
        warm_up: WARM_UP,
        times: 1,
        traffic: introspection,
    },
    Scenario {
        name: Name::Read,
        for_every_key: true,
        connections: Connections::Given,
        warm_up: WARM_UP,
        times: 1,
        traffic: read,
    },
    Scenario {
        name: Name::AuditQuery,
        for_every_key: false,
        connections: Connections::Few,
        warm_up: WARM_UP,
        times: 1,
        traffic: audit_query,
    },
    Scenario {
        name: Name::Registration,
        for_every_key: false,
        connections: Connections::Few,
        warm_up: WARM_UP,
        times: 1,
        traffic: registrations,
    },
    Scenario {
        name: Name::Rotation,
        for_every_key: false,
        connections: Connections::PerCore,
        warm_up: WARM_UP,
        times: 1,
        traffic: rotation,
    },
];

/// What the traffic is made from.
pub struct Fixture<'a> {
    population: &'a Population,
    /// A token of each organization's administrator.
    tokens: Vec<String>,
}

impl<'a> Fixture<'a> {
    /// Over a running server.
    pub fn new(server: &Program, population: &'a Population) -> Result<Self> {
        let api = server.api();
        let tenants = population.tenants.iter();
        Ok(Self {
            population,
            tokens: tenants
                .map(|tenant| api.token(tenant, SCOPES))
                .collect::<Result<_>>()?,
        })
    }

    /// The token of the administrator of an organization.
    fn token(&self, tenant: usize) -> Result<&str> {
        let token = self.tokens.get(tenant).map(String::as_str);
        token.ok_or_else(|| Failure::new("the installation has no such organization"))
    }
}

/// How many agents `names` need, driven for so many seconds.
pub fn size(names: &[Name], seconds: u32) -> Size {
    let many = [Name::Issuance1000, Name::Rotation, Name::Endurance];
    let needs_many = names.iter().any(|name| many.contains(name));
    let needs_cold = names.contains(&Name::FirstToken);
    let cold = COLD * PATIENTLY * seconds * Connections::PerTwoCores.count(0);
    Size {
        warm: if needs_many { MANY } else { 1 },
        cold: if needs_cold { cold } else { 0 },
    }
}

/// The form by which a client gets a token.
fn grant(client: &Client) -> String {
    format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        client.id, client.secret
    )
}

fn first_token(fixture: &Fixture<'_>) -> Result<Traffic> {
    let cold = fixture.population.cold.iter();
    let forms = cold.map(|member| grant(&member.client)).collect();
    Ok(Traffic::forms_once("/oauth2/token", forms))
}

fn issuance(fixture: &Fixture<'_>) -> Result<Traffic> {
    let form = grant(&fixture.population.agent()?.client);
    Ok(Traffic::form("/oauth2/token", form))
}

fn issuance_of_many(fixture: &Fixture<'_>) -> Result<Traffic> {
    let warm = fixture.population.warm.iter();
    let forms = warm.map(|member| grant(&member.client)).collect();
    Ok(Traffic::forms("/oauth2/token", forms))
}

fn introspection(fixture: &Fixture<'_>) -> Result<Traffic> {
    let token = fixture.token(0)?;
    let form = format!("token={token}");
    Ok(Traffic::form("/oauth2/introspect", form).with_bearer(token))
}

fn read(fixture: &Fixture<'_>) -> Result<Traffic> {
    let id = &fixture.population.agent()?.client.id;
    Ok(Traffic::get(&format!("/api/v1/agents/{id}")).with_bearer(fixture.token(0)?))
}

fn audit_query(fixture: &Fixture<'_>) -> Result<Traffic> {
    Ok(Traffic::get("/api/v1/audit?limit=20").with_bearer(fixture.token(0)?))
}

fn registrations(fixture: &Fixture<'_>) -> Result<Traffic> {
    let body = registration(PLACE).to_string();
    let (before, after) = body
        .split_once(PLACE)
        .ok_or_else(|| Failure::new("a registration without a place for its number"))?;
    Ok(Traffic::numbered("/api/v1/agents", before, after).with_bearer(fixture.token(0)?))
}

fn rotation(fixture: &Fixture<'_>) -> Result<Traffic> {
    let path = |member: &Member| -> Result<(String, String)> {
        let (agent, credential) = (&member.client.id, &member.credential);
        let path = format!("/api/v1/agents/{agent}/credentials/{credential}/rotate");
        Ok((path, fixture.token(member.tenant)?.to_owned()))
    };
    let warm = fixture.population.warm.iter();
    Ok(Traffic::paths(warm.map(path).collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_needs_many_agents_gets_them() {
        let few = Size { warm: 1, cold: 0 };
        assert_eq!(size(&[Name::Read, Name::Start], 6), few);
        let all = size(&[Name::FirstToken, Name::Rotation], 6);
        assert!(
            all.warm == MANY && all.cold >= 6 * PATIENTLY * COLD,
            "{all:?}"
        );
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        assert_eq!(Name::Issuance1000.to_string(), "issuance-1000");
        assert_eq!(format!("{:>6}", Name::Read), "  read");
    }
}
