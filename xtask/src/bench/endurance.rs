//! Memory after millions of requests of all kinds that matter.

use super::Settings;
use super::scenario::{Fixture, Name, SCENARIOS};
use crate::failure::{Failure, Result};
use crate::installation::process;
use crate::installation::program::Program;
use crate::ui;
use crate::wrk::figures::Figures;
use crate::wrk::{Load, Pressure};

/// Requests that are answered well at least.
const REQUESTS: f64 = 5_000_000.0;
/// Scenario of the row that tells the memory after [`WARM`] requests.
pub const WARM_ROW: &str = "warm";
/// Requests after which the caches of the server are as full as they get.
const WARM: f64 = 1_000_000.0;

/// Seconds of each kind in a round: mostly what clients do all day.
const ROUND: [(Name, u32); 4] = [
    (Name::Read, 20),
    (Name::Introspection, 4),
    (Name::Issuance1000, 4),
    (Name::AuditQuery, 2),
];

/// What the server needs when it is warm and in the end.
pub struct Endurance {
    /// After [`WARM`] requests.
    pub warm: Figures,
    /// After [`REQUESTS`].
    pub last: Figures,
}

/// Drives a server round by round.
pub fn measure(
    server: &Program,
    fixture: &Fixture<'_>,
    load: &Load,
    settings: &Settings,
) -> Result<Endurance> {
    let (mut warm, mut answered, mut errors) = (None, 0.0, 0.0);
    let mut warms_up = true;
    loop {
        for (name, seconds) in ROUND {
            let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name);
            let scenario = scenario.ok_or_else(|| Failure::new("an unknown scenario"))?;
            let pressure = Pressure {
                connections: scenario.connections.count(settings.connections),
                seconds,
                // Clients that nobody knows yet come once.
                warm_up: if warms_up { scenario.warm_up } else { 0 },
            };
            let figures = load.drive(server, &(scenario.traffic)(fixture)?, pressure)?;
            let failed = figures.errors.unwrap_or_default();
            let good = figures.rate.unwrap_or_default() * f64::from(seconds) - failed;
            if good < 1.0 || failed > good / 100.0 {
                return Err(Failure::new(format!("{name} fails: {failed:.0} errors")));
            }
            answered += good;
            errors += failed;
        }
        warms_up = false;
        let last = Figures {
            errors: Some(errors),
            memory: process::resident(server.pid()),
            ..Figures::default()
        };
        let memory = last.memory.unwrap_or_default();
        ui::note(format!("{answered:.0} requests: {memory:.0} MB"));
        if answered < WARM {
            continue;
        }
        let warm = *warm.get_or_insert(last);
        if answered >= REQUESTS {
            return Ok(Endurance { warm, last });
        }
    }
}
