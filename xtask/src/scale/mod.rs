//! `scale`: what lists, queries, reports and verification cost when there is a
//! lot, next to what they cost when there is little.
//!
//! | Module | What it does |
//! |---|---|
//! | [`cluster`] | PostgreSQL with a small and a large database, kept if wanted |
//! | [`fill`] | builds and runs the generator of the data |
//! | [`installation`] | starts the server over one of the databases |
//! | [`sample`] | what there is in it to ask for |
//! | [`scenarios`], [`pages`] | the requests: the API, the pages |
//! | [`drive`] | sends one of them and watches the memory |
//! | [`plans`] | the statements behind them, with their plans |
//! | [`report`] | the table and the JSON file |

mod cluster;
mod drive;
mod fill;
mod installation;
mod pages;
mod plans;
mod report;
mod sample;
mod scenarios;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use agentidp_testkit::services::Redis;
use clap::Args;

use crate::failure::{Failure, Result};
use crate::workspace::Workspace;
use crate::wrk::figures::Figures;
use crate::wrk::traffic::Traffic;
use crate::wrk::{Load, Pressure};
use crate::{server, setup, ui};
use cluster::Cluster;
use drive::{Once, Single};
use installation::{Binaries, Installation, Place};
use report::{Measured, Report};
use sample::Sample;
use scenarios::Scenario;

/// Arguments of `cargo xtask scale`.
#[derive(Args, Debug)]
#[command(after_help = "\
Fills one database with a little and one with a lot, both in a throw-away
PostgreSQL with normal durability and 2 GiB of shared buffers, verifies every
audit log, asks the release build for lists, queries, reports and pages of the
largest organization (a tenth of everything) on both, prints one table and writes
target/scale.json. The statements behind the requests and their plans, both
sizes, are in target/scale-plans.txt.

The whole run needs about 12 GB below the temporary folder; --keep as much again
in its folder, and saves the filling the next time.

Examples:
  cargo xtask scale
  cargo xtask scale --keep /var/tmp/scale
  cargo xtask scale --organizations 50 --agents 50000 --events 500000")]
pub struct Arguments {
    /// Organizations of the large database
    #[arg(long, default_value_t = 1_000)]
    organizations: u64,
    /// Its agents; a tenth belongs to the largest organization
    #[arg(long, default_value_t = 1_000_000)]
    agents: u64,
    /// Its audit events; a tenth belongs to the largest organization
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Folder in which the filled databases are kept, and found again
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Seconds per scenario
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Connections of the load generator, each with one request at a time; pages
    /// have one
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
}

/// How much there is in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Organizations.
    organizations: u64,
    /// Agents.
    agents: u64,
    /// Audit events.
    events: u64,
}

impl Size {
    /// Refuses what the generator would refuse, before anything is built.
    fn check(self) -> Result<()> {
        let enough = self.organizations > 0
            && self.agents >= self.organizations
            && self.events >= self.agents.saturating_mul(2);
        if enough {
            return Ok(());
        }
        Err(Failure::new(
            "there must be an organization, an agent for each, and two events for each agent",
        ))
    }
}

/// The largest organization has a thousand agents.
const SMALL: Size = Size {
    organizations: 10,
    agents: 10_000,
    events: 100_000,
};

/// Carries out `cargo xtask scale`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    let large = Size {
        organizations: arguments.organizations,
        agents: arguments.agents,
        events: arguments.events,
    };
    large.check()?;
    setup::for_bench()?;
    let workspace = Workspace::load()?;
    ui::step("building the release binary and the generator");
    let binaries = Binaries {
        server: server::build_release(&workspace, &["agentidp"])?.join("agentidp"),
        fill: fill::build(&workspace)?,
    };
    let cluster = Cluster::start(&binaries, [SMALL, large], arguments.keep.as_deref())?;
    let mut report = Report::new([SMALL, large]);
    let mut plans = String::new();
    for place in cluster.places() {
        let measured = measure(arguments, &binaries, &cluster, place)?;
        report.add(measured.0);
        plans += &measured.1;
    }
    report.print();
    report.write(&workspace.target.join("scale.json"))?;
    let file = workspace.target.join("scale-plans.txt");
    fs::write(&file, plans)?;
    ui::note(format!("plans written to {}", file.display()));
    Ok(ExitCode::SUCCESS)
}

/// Measures on one database; answers also the plans.
fn measure(
    arguments: &Arguments,
    binaries: &Binaries,
    cluster: &Cluster,
    place: &Place,
) -> Result<(Measured, String)> {
    let size = place.size();
    ui::step(format!("verifying {} events", size.events));
    let walk = drive::verify_all(binaries, cluster, place)?;
    let sample = Sample::of(cluster, place)?;
    let api = scenarios::all(&sample);
    let pages = pages::all(&sample);
    ui::step(format!("plans at {} agents", size.agents));
    let everything: Vec<&Scenario> = api.iter().chain(&pages).collect();
    let plans = plans::capture(binaries, cluster, place, &everything)?;
    ui::step(format!("requests at {} agents", size.agents));
    let redis = Redis::start()?;
    let installation = Installation::start(binaries, cluster, place, &redis)?;
    installation.wait_for_background_verification(cluster)?;
    let report = once(&installation, &scenarios::report())?;
    let cards = once(&installation, &scenarios::agent_cards())?;
    let results = drive_all(arguments, &installation, &api, arguments.connections)?;
    let pages = drive_all(arguments, &installation, &pages, pages::CONNECTIONS)?;
    let verification = once(&installation, &scenarios::verification())?;
    Ok((
        Measured {
            results,
            pages,
            walk,
            once: [report, cards, verification],
            events_of_largest: sample.events,
        },
        plans,
    ))
}

/// Sends the first request of a scenario; it must succeed.
fn once(installation: &Installation<'_>, scenario: &Scenario) -> Result<Single> {
    let header = installation.header(scenario.access)?;
    Once::new()?.send(installation.program(), scenario, header.as_ref())
}

/// Drives one scenario after another.
fn drive_all(
    arguments: &Arguments,
    installation: &Installation<'_>,
    scenarios: &[Scenario],
    connections: u32,
) -> Result<Vec<(String, Figures)>> {
    let (load, once) = (Load::new()?, Once::new()?);
    let pressure = Pressure {
        connections,
        seconds: arguments.seconds,
        warm_up: 1,
    };
    let mut results = Vec::new();
    for scenario in scenarios {
        // The load generator takes an answer that leads elsewhere for a success.
        let header = installation.header(scenario.access)?;
        once.send(installation.program(), scenario, header.as_ref())?;
        let mut traffic = Traffic::gets(&scenario.paths);
        if let Some(header) = header {
            traffic = traffic.with_header(header.name, &header.value);
        }
        let figures = load.drive(installation.program(), &traffic, pressure)?;
        let p99 = figures.p99.unwrap_or_default();
        ui::note(format!("{}: p99 {p99:.1} ms", scenario.name));
        results.push((scenario.name.to_owned(), figures));
    }
    Ok(results)
}
