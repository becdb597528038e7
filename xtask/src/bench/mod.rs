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

use crate::failure::{Failure, Result};
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
    let names = names(arguments)?;
    setup::for_bench()?;
    let workspace = Workspace::load()?;
    let node = arguments
        .peer
        .then(|| setup::for_peer(&workspace))
        .transpose()?;
    ui::step("building the release binaries");
    let binaries = server::build_release(&workspace, &["agentidp", "empty_handler"])?;

    let settings = Settings {
        names,
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

/// What is to be measured; a name that measures nothing is refused, before
/// minutes are spent on the rest.
fn names(arguments: &Arguments) -> Result<Vec<Name>> {
    let all = Name::value_variants().iter().copied();
    if arguments.only.is_empty() {
        return Ok(all.filter(|name| *name != Name::Endurance).collect());
    }
    let stores = stores(arguments);
    let is_measured = |name: Name| stores.iter().any(|store| name.is_measured_over(*store));
    let mut only = arguments.only.iter();
    if let Some(name) = only.find(|name| !is_measured(**name)) {
        let there_are: Vec<_> = all
            .filter(|name| is_measured(*name))
            .map(|name| name.to_string())
            .collect();
        return Err(Failure::new(format!(
            "--only {name} measures nothing over this store; there are {}",
            there_are.join(", ")
        )));
    }
    Ok(arguments.only.clone())
}

fn stores(arguments: &Arguments) -> Vec<Store> {
    let all = Store::value_variants().to_vec();
    arguments.store.map_or(all, |store| vec![store])
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    /// What a command line selects, or how it is refused.
    fn selected(line: &[&str]) -> std::result::Result<Vec<Name>, String> {
        let line = Line::try_parse_from(std::iter::once("bench").chain(line.iter().copied()))
            .map_err(|error| error.to_string())?;
        names(&line.arguments).map_err(|failure| failure.to_string())
    }

    #[test]
    fn all_but_the_long_one_are_selected_unless_some_are_named() {
        let all = selected(&[]).unwrap();
        assert_eq!(all.len(), Name::value_variants().len() - 1);
        assert!(!all.contains(&Name::Endurance));
        let some = selected(&["--only", "read,endurance", "--store", "sqlite"]);
        assert_eq!(some.unwrap(), [Name::Read, Name::Endurance]);
    }

    #[test]
    fn a_name_that_measures_nothing_is_refused_with_those_there_are() {
        for line in [
            ["--only", "warm", "--store", "postgres"],
            ["--only", "read,revocation", "--store", "sqlite"],
        ] {
            let refusal = selected(&line).unwrap_err();
            for name in ["issuance-1000", "audit-verify", "endurance"] {
                assert!(refusal.contains(name), "{line:?}: {refusal}");
            }
        }
        assert!(selected(&["--only", "revocation"]).is_ok());
    }
}
