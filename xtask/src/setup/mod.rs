//! `setup`: everything the other commands need on this machine.

mod packages;
mod python;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::failure::{Failure, Result};
use crate::run::{cargo, is_ci, run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// What [`for_tests`] made available.
#[derive(Debug)]
pub struct Ready {
    /// Python with the packages of the interoperability tests, or why there is none.
    pub python: std::result::Result<PathBuf, String>,
}

/// Carries out `cargo xtask setup`.
pub fn command() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    components(&workspace)?;
    let ready = for_tests(&workspace)?;
    match &ready.python {
        Ok(interpreter) => ui::line(format!(
            "Python for the interop tests: {}",
            interpreter.display()
        )),
        Err(reason) => ui::line(format!("skipped: interop tests: {reason}")),
    }
    if !packages::is_on_path("wrk") {
        ui::line("optional: wrk is not installed; only benchmarks need it");
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

/// What building and testing need. Without Python the interoperability tests
/// are skipped; in CI that is a failure.
pub fn for_tests(workspace: &Workspace) -> Result<Ready> {
    ui::step("setup");
    packages::ensure(packages::ALL)?;
    let python = python::ensure(workspace).map_err(|failure| failure.to_string());
    match python {
        Err(reason) if is_ci() => Err(Failure::new(reason)),
        python => Ok(Ready { python }),
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
