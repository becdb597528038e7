//! `setup`: everything the other commands need on this machine.

mod chromium;
mod deny;
mod environment;
mod faketime;
mod go;
mod kafka;
mod node;
mod packages;
mod promtool;
mod python;

pub use deny::ensure as cargo_deny;
pub use environment::Environment;
pub use packages::is_on_path;
pub use python::find as find_python;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use agentidp_testkit::requirements;
use clap::Args;

use crate::failure::{Failure, Result};
use crate::run::{cargo, is_ci, run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// What [`for_tests`] made available.
#[derive(Debug)]
pub struct Ready {
    /// What some tests cannot do without.
    pub tools: Vec<Tool>,
}

/// A program, or the class path of one, without which some tests are skipped.
#[derive(Debug)]
pub struct Tool {
    /// Its name for people.
    pub name: &'static str,
    /// The tests that need it.
    pub tests: &'static str,
    /// The variable that tells the tests where it is.
    pub variable: &'static str,
    /// Where it is, or why there is none.
    pub path: std::result::Result<PathBuf, String>,
}

/// Arguments of `cargo xtask setup`.
#[derive(Args, Debug)]
#[command(after_help = "\
What is there already stays as it is: a second run takes a second.

Examples:
  cargo xtask setup                     everything
  cargo xtask setup --build             headers, rustfmt and clippy; a few seconds")]
pub struct Arguments {
    /// Only what compiling and linting need, not what the tests run
    #[arg(long)]
    build: bool,
}

/// Carries out `cargo xtask setup`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    components(&workspace)?;
    if arguments.build {
        for_build()?;
        ui::line("ready: building has what it needs");
        return Ok(ExitCode::SUCCESS);
    }
    let ready = for_tests(&workspace)?;
    for tool in &ready.tools {
        let Tool { name, tests, .. } = tool;
        ui::line(match &tool.path {
            Ok(path) => format!("{name} for the {tests} tests: {}", path.display()),
            Err(reason) => format!("skipped: {tests} tests with {name}: {reason}"),
        });
    }
    let optional = [
        ("wrk", "benchmarks"),
        ("go", "tests of the Go SDK and load scenarios"),
        ("mvn", "tests of the Java SDK"),
        ("javac", "tests of the Java SDK"),
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

/// The Node.js beside the packages of the server that benchmarks compare with.
pub fn for_peer(workspace: &Workspace) -> Result<PathBuf> {
    node::ensure(workspace, &node::PEER)
}

/// What an installation to drive needs: building the server, and its stores.
pub fn for_installation() -> Result<()> {
    packages::ensure(packages::FOR_INSTALLATION)
}

/// Returns the load generator k6, which is installed when it is missing.
pub fn for_load(workspace: &Workspace) -> Result<PathBuf> {
    go::k6(workspace)
}

/// What building and testing need. Without Python, Node.js, Chromium, Java, Go,
/// promtool or libfaketime the tests that need it are skipped; in CI that is a failure.
pub fn for_tests(workspace: &Workspace) -> Result<Ready> {
    ui::step("setup");
    packages::ensure(packages::ALL)?;
    let tool = |name, tests, variable, path: Result<PathBuf>| Tool {
        name,
        tests,
        variable,
        path: path.map_err(|failure| failure.to_string()),
    };
    let (python, node) = (
        python::ensure(workspace),
        node::ensure(workspace, &node::INTEROP),
    );
    let (driver, chromium) = (node::ensure(workspace, &node::BROWSER), chromium::ensure());
    let (kafka, stripe) = (kafka::ensure(workspace), go::stripe_mock(workspace));
    let (promtool, faketime) = (promtool::ensure(workspace), faketime::ensure(workspace));
    let tools = vec![
        tool("Python", "interop", requirements::PYTHON, python),
        tool("Node.js", "interop", requirements::NODE, node),
        tool("Playwright", "browser", requirements::BROWSER, driver),
        tool("Chromium", "browser", requirements::CHROMIUM, chromium),
        tool("Kafka", "interop", requirements::KAFKA_CLASSPATH, kafka),
        tool("stripe-mock", "interop", requirements::STRIPE_MOCK, stripe),
        tool("promtool", "monitoring", requirements::PROMTOOL, promtool),
        tool("libfaketime", "clock", requirements::FAKETIME, faketime),
    ];
    let missing = tools.iter().find_map(|one| one.path.as_ref().err());
    match missing {
        Some(reason) if is_ci() => Err(Failure::new(reason.clone())),
        _ => Ok(Ready { tools }),
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
