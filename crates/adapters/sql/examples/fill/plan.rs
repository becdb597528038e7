//! How much of everything there is, and when it happened.

use agentidp_domain::id::OrganizationId;
use agentidp_domain::organization::PlanTier;
use agentidp_domain::random::Random;
use agentidp_domain::time::Timestamp;

use crate::random::{Purpose, Seeded};
use crate::{Arguments, Outcome};

/// How far back the logs go. Within the shortest retention, so that queries
/// show all of them for a month after the fill.
const SPAN_MILLIS: i64 = 60 * 24 * 3_600_000;
/// The first organization has this part of all agents and events.
const FIRST_PART: u64 = 10;
/// Steepness of the power law behind it: organization `n` of the others weighs
/// `1 / (n + FLATTENING)`.
const FLATTENING: u64 = 2;

/// The whole of it.
pub struct Plan {
    /// What everything is drawn from.
    pub seed: u64,
    /// The organizations, the largest one first.
    pub tenants: Vec<Tenant>,
    start_millis: i64,
}

/// One organization.
pub struct Tenant {
    /// Number, from 0.
    pub number: u64,
    /// Id.
    pub id: OrganizationId,
    /// Its agents, at least one.
    pub agents: u64,
    /// Its audit events, at least two per agent.
    pub events: u64,
}

impl Plan {
    /// Distributes what the arguments ask for.
    ///
    /// # Errors
    ///
    /// When there is less than one agent per organization or two events per
    /// agent.
    pub fn new(arguments: &Arguments) -> Outcome<Self> {
        let (organizations, agents) = (arguments.organizations, arguments.agents);
        if organizations == 0 || agents < organizations {
            return Err("every organization needs an agent".into());
        }
        let spare = agents
            .checked_mul(2)
            .and_then(|least| arguments.events.checked_sub(least))
            .ok_or("every agent needs two events")?;
        let weights = weights(organizations);
        let spare_agents = shares(agents - organizations, &weights);
        let counts = spare_agents.into_iter().zip(shares(spare, &weights));
        let tenants = (0..).zip(counts).map(|(number, (agents, events))| {
            let draw = Seeded::new(arguments.seed, Purpose::Organization, number, 0);
            Tenant {
                number,
                id: OrganizationId::new(draw.uuid()),
                agents: agents + 1,
                events: events + 2 * (agents + 1),
            }
        });
        Ok(Self {
            seed: arguments.seed,
            tenants: tenants.collect(),
            start_millis: arguments.until.unix_millis() - SPAN_MILLIS,
        })
    }

    /// When the event at `position` of a log happened; never falls.
    ///
    /// # Errors
    ///
    /// Outside the calendar.
    pub fn time(&self, tenant: &Tenant, position: u64) -> Outcome<Timestamp> {
        let passed = i128::from(SPAN_MILLIS) * i128::from(position) / i128::from(tenant.events);
        let millis = self.start_millis + i64::try_from(passed)?;
        Ok(Timestamp::from_unix_millis(millis).ok_or("a time outside the calendar")?)
    }

    /// When an agent was registered: at the time of its event.
    ///
    /// # Errors
    ///
    /// Outside the calendar.
    pub fn registered(&self, tenant: &Tenant, agent: u64) -> Outcome<Timestamp> {
        self.time(tenant, agent * tenant.every() + 1)
    }
}

impl Tenant {
    /// Events per agent: agent `n` comes into being with the events from
    /// position `n * every()` on.
    pub fn every(&self) -> u64 {
        self.events.checked_div(self.agents).unwrap_or(2).max(2)
    }

    /// The cheapest plan it fits in.
    pub fn tier(&self) -> PlanTier {
        let fits = |tier: PlanTier| {
            let most = tier.limits().max_agents.value();
            most.is_none_or(|most| self.agents <= u64::from(most))
        };
        let mut tiers = PlanTier::ALL.iter().copied();
        tiers
            .find(|tier| fits(*tier))
            .unwrap_or(PlanTier::Enterprise)
    }
}

/// One weight per organization.
fn weights(organizations: u64) -> Vec<u128> {
    const ONE: u128 = 1 << 40;
    let others = (1..organizations).map(|number| ONE / u128::from(number + FLATTENING));
    let others: Vec<u128> = others.collect();
    let rest: u128 = others.iter().sum();
    let first = (rest / u128::from(FIRST_PART - 1)).max(1);
    std::iter::once(first).chain(others).collect()
}

/// `total` in whole parts that are to one another as the weights.
fn shares(total: u64, weights: &[u128]) -> Vec<u64> {
    let sum: u128 = weights.iter().sum::<u128>().max(1);
    let (mut passed, mut given) = (0_u128, 0_u64);
    let part = |weight: &u128| {
        passed += *weight;
        let until = u64::try_from(u128::from(total) * passed / sum).unwrap_or(total);
        let part = until - given;
        given = until;
        part
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(organizations: u64, agents: u64, events: u64) -> Outcome<Plan> {
        use clap::Parser;
        let sizes = [organizations, agents, events].map(|size| size.to_string());
        let [organizations, agents, events] = sizes;
        Plan::new(&Arguments::parse_from([
            "fill",
            "--database-url=x",
            "--key-ring=x",
            "--client=x",
            &format!("--organizations={organizations}"),
            &format!("--agents={agents}"),
            &format!("--events={events}"),
        ]))
    }

    #[test]
    fn everything_is_given_out_and_the_first_has_a_tenth() {
        for sizes in [(1, 1, 2), (3, 10, 25), (1_000, 1_000_000, 10_000_000)] {
            let plan = plan(sizes.0, sizes.1, sizes.2).unwrap();
            let sum = |of: fn(&Tenant) -> u64| plan.tenants.iter().map(of).sum::<u64>();
            assert_eq!(sum(|tenant| tenant.agents), sizes.1);
            assert_eq!(sum(|tenant| tenant.events), sizes.2);
            assert!(
                plan.tenants
                    .iter()
                    .all(|one| one.agents > 0 && one.events >= 2 * one.agents)
            );
        }
        let plan = plan(1_000, 1_000_000, 10_000_000).unwrap();
        assert!((99_000..=101_000).contains(&plan.tenants[0].agents));
        assert!(plan.tenants[1].agents < plan.tenants[0].agents);
        assert!(plan.tenants[999].agents < plan.tenants[1].agents / 100);
    }

    #[test]
    fn too_little_is_refused() {
        assert!(plan(2, 1, 10).is_err());
        assert!(plan(2, 5, 9).is_err());
    }

    #[test]
    fn times_rise_to_the_end() {
        let plan = plan(1, 3, 10).unwrap();
        let tenant = &plan.tenants[0];
        let times: Vec<_> = (0..10).map(|n| plan.time(tenant, n).unwrap()).collect();
        assert!(times.is_sorted());
        assert_eq!(plan.registered(tenant, 1).unwrap(), times[4]);
    }
}
