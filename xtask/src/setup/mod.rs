//! `setup`: everything the other commands need on this machine.

mod environment;
mod go;
mod kafka;
mod node;
mod packages;
mod python;

pub use packages::is_on_path;
pub use python::find as find_python;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use agentidp_testkit::requirements;

use crate::failure::{Failure, Result};
use crate::run::{cargo, is_ci, run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// What [`for_tests`] made available.
#[derive(Debug)]
pub struct Ready {
    /// What the interoperability tests use.
    pub tools: Vec<Tool>,
}

/// An interpreter with the packages of the interoperability tests, a program that
/// they speak to, or the class path of one.
#[derive(Debug)]
pub struct Tool {
    /// Its name for people.
    pub name: &'static str,
    /// The variable that tells the tests where it is.
    pub variable: &'static str,
    /// Where it is, or why there is none.
    pub path: std::result::Result<PathBuf, String>,
}

/// Carries out `cargo xtask setup`.
pub fn command() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    components(&workspace)?;
    let ready = for_tests(&workspace)?;
    for Tool { name, path, .. } in &ready.tools {
        ui::line(match path {
            Ok(path) => format!("{name} for the interop tests: {}", path.display()),
            Err(reason) => format!("skipped: interop tests with {name}: {reason}"),
        });
    }
    let optional = [
        ("wrk", "benchmarks"),
        ("go", "tests of the Go SDK"),
        ("mvn", "tests of the Java SDK"),
    ];
    for (program, purpose) in optional {
        if !is_on_path(program) {
            ui::line(format!(
                "optional: {program} is not installed; only {purpose} need it"
            ));
        }
    }
    ui::line("ready: building and testing have what they need");
    Ok(ExitCode::SUCCESS)
}

/// What building the server needs.
pub fn for_build() -> Result<()> {
    packages::ensure(packages::FOR_BUILD)
}

/// What measuring the hot paths needs.
pub fn for_bench() -> Result<()> {
    packages::ensure(packages::FOR_BENCH)
}

/// What building and testing need. Without Python, Node.js, Java or Go the
/// interoperability tests that need it are skipped; in CI that is a failure.
pub fn for_tests(workspace: &Workspace) -> Result<Ready> {
    ui::step("setup");
    packages::ensure(packages::ALL)?;
    let tools = vec![
        Tool::new("Python", requirements::PYTHON, python::ensure(workspace)),
        Tool::new("Node.js", requirements::NODE, node::ensure(workspace)),
        Tool::new(
            "Kafka",
            requirements::KAFKA_CLASSPATH,
            kafka::ensure(workspace),
        ),
        Tool::new(
            "stripe-mock",
            requirements::STRIPE_MOCK,
            go::ensure(workspace),
        ),
    ];
    let missing = tools.iter().find_map(|one| one.path.as_ref().err());
    match missing {
        Some(reason) if is_ci() => Err(Failure::new(reason.clone())),
        _ => Ok(Ready { tools }),
    }
}

impl Tool {
    fn new(name: &'static str, variable: &'static str, path: Result<PathBuf>) -> Self {
        Self {
            name,
            variable,
            path: path.map_err(|failure| failure.to_string()),
        }
    }
}

/// rustfmt and clippy, which a minimal Rust installation lacks.
fn components(workspace: &Workspace) -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if succeeds(cargo(&workspace.root).args([subcommand, "--version"])) {
            continue;
        }
        run(Command::new("rustup").args(["component", "add", component])).map_err(
            Failure::because(format!(
                "install the Rust component `{component}` and try again"
            )),
        )?;
    }
    Ok(())
}
