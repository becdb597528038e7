//! `bench`: the paths that matter of the release build, next to what the same
//! machine can do in the same run without the product.
//!
//! | Module | What it does |
//! |---|---|
//! | [`scenario`] | what is measured, as data |
//! | [`course`] | the course of the measurements on one installation |
//! | [`population`] | who takes part |
//! | [`single`] | what is measured request by request |
//! | [`endurance`] | memory after millions of requests |
//! | [`reference`], [`peer`] | signatures, empty handler, another server |
//! | [`targets`], [`report`] | verdicts, tables, JSON file |
//! | [`micro`] | the micro-benchmarks |

mod course;
mod endurance;
mod micro;
mod peer;
mod population;
mod reference;
mod report;
mod scenario;
mod single;
mod targets;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::failure::Result;
use crate::installation::Store;
use crate::installation::machine::Machine;
use crate::workspace::Workspace;
use crate::wrk::{Load, Pressure};
use crate::{server, setup, ui};
use report::Report;
use scenario::Name;

/// Arguments of `cargo xtask bench`.
#[derive(Args, Debug)]
#[command(after_help = "\
Builds the release binary, starts it on SQLite and over throw-away PostgreSQL and
Redis (both with their normal durability), drives it with wrk on loopback, prints a
table and the targets with what they came to, and writes target/bench.json. A target
that does not hold is no failure. Database, Redis and load share the machine, so leave
it alone meanwhile: about five minutes after the build. docs/performance.md says how to
read the figures.

Examples:
  cargo xtask bench
  cargo xtask bench --peer                         compare with npm's oidc-provider too
  cargo xtask bench --store postgres --only issuance,read
  cargo xtask bench --seconds 30 --connections 64
  cargo xtask bench --store postgres --only endurance
  cargo xtask bench --micro                        single steps, without a server")]
pub struct Arguments {
    /// Only these scenarios, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAME")]
    only: Vec<Name>,
    /// Only this store
    #[arg(long, value_enum)]
    store: Option<Store>,
    /// Seconds per scenario
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Connections of the load generator, each with one request at a time
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
    /// Compare token issuance with npm's oidc-provider; needs Node.js 20
    #[arg(long)]
    peer: bool,
    /// Run the micro-benchmarks instead
    #[arg(long, conflicts_with_all = ["only", "store", "seconds", "connections", "peer"])]
    micro: bool,
}

/// What the scenarios have to know of the arguments.
#[derive(Debug)]
pub struct Settings {
    /// What to measure.
    pub names: Vec<Name>,
    /// Seconds per scenario.
    pub seconds: u32,
    /// Connections where a scenario does not have its own number.
    pub connections: u32,
}

/// Carries out `cargo xtask bench`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.micro {
        return micro::command();
    }
    setup::for_bench()?;
    let workspace = Workspace::load()?;
    let node = arguments
        .peer
        .then(|| setup::for_peer(&workspace))
        .transpose()?;
    ui::step("building the release binaries");
    let binaries = server::build_release(&workspace, &["agentidp", "empty_handler"])?;

    let settings = Settings {
        names: names(arguments),
        seconds: arguments.seconds,
        connections: arguments.connections,
    };
    let mut report = references(&binaries.join("empty_handler"), node.as_deref(), &settings)?;
    for store in stores(arguments) {
        course::measure(&binaries.join("agentidp"), store, &settings, &mut report)?;
    }
    report.print();
    report.write(&workspace.target.join("bench.json"))?;
    Ok(ExitCode::SUCCESS)
}

/// Measures what the results are compared with.
fn references(empty: &Path, node: Option<&Path>, settings: &Settings) -> Result<Report> {
    ui::step("references");
    let mut report = Report::new(Machine::this(), reference::signatures()?);
    let load = Load::new()?;
    let pressure = Pressure {
        connections: settings.connections,
        seconds: settings.seconds,
        warm_up: 1,
    };
    let figures = reference::empty_handler(empty, &load, pressure)?;
    report.add(report::reference(figures));
    for key in ["RS256", "ES256"] {
        if let Some(node) = node {
            let figures = peer::issuance(node, key, &load, pressure)?;
            report.add(report::peer(peer::NAME, key, figures));
        }
    }
    Ok(report)
}

fn names(arguments: &Arguments) -> Vec<Name> {
    if arguments.only.is_empty() {
        let all = Name::value_variants().iter().copied();
        all.filter(|name| *name != Name::Endurance).collect()
    } else {
        arguments.only.clone()
    }
}

fn stores(arguments: &Arguments) -> Vec<Store> {
    let all = Store::value_variants().to_vec();
    arguments.store.map_or(all, |store| vec![store])
}
