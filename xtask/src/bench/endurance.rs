//! Memory after millions of requests of all kinds that matter.

use super::Settings;
use super::scenario::{Fixture, Name, SCENARIOS};
use crate::failure::{Failure, Result};
use crate::installation::process;
use crate::installation::program::Program;
use crate::ui;
use crate::wrk::figures::Figures;
use crate::wrk::{Load, Pressure};

/// Requests that are answered at least.
const REQUESTS: f64 = 5_000_000.0;

/// Seconds of each kind in a round: mostly what clients do all day.
const ROUND: [(Name, u32); 4] = [
    (Name::Read, 20),
    (Name::Introspection, 4),
    (Name::Issuance1000, 4),
    (Name::AuditQuery, 2),
];

/// What the server needs after the first round and after the last one.
pub struct Endurance {
    /// After the first round.
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
    loop {
        for (name, seconds) in ROUND {
            let figures = drive(server, fixture, load, settings, (name, seconds))?;
            answered += figures.rate.unwrap_or_default() * f64::from(seconds);
            errors += figures.errors.unwrap_or_default();
        }
        let last = Figures {
            errors: Some(errors),
            memory: process::resident(server.pid()),
            ..Figures::default()
        };
        let memory = last.memory.unwrap_or_default();
        ui::note(format!("{answered:.0} requests: {memory:.0} MB"));
        let warm = *warm.get_or_insert(last);
        if answered >= REQUESTS {
            return Ok(Endurance { warm, last });
        }
    }
}

fn drive(
    server: &Program,
    fixture: &Fixture<'_>,
    load: &Load,
    settings: &Settings,
    (name, seconds): (Name, u32),
) -> Result<Figures> {
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name);
    let scenario = scenario.ok_or_else(|| Failure::new("a round has an unknown scenario"))?;
    let pressure = Pressure {
        connections: scenario.connections.count(settings.connections),
        seconds,
        warm_up: 0,
    };
    load.drive(server, &(scenario.traffic)(fixture)?, pressure)
}
