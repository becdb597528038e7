//! Building the server binary, and the commands that run it.

use std::env;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;

use crate::failure::{Failure, Result};
use crate::run::{cargo, run};
use crate::setup;
use crate::ui;
use crate::workspace::Workspace;

/// Binary of the server.
pub const SERVER: &str = "agentidp";
/// Binary of the command-line tool.
pub const TOOL: &str = "sentryagent";

/// Arguments of `cargo xtask dev`.
#[derive(Args, Debug)]
#[command(after_help = "\
Without DATABASE_URL the server uses the embedded store in ./data and writes the
first client to ./data/bootstrap.json. RUST_LOG defaults to `info`.

Examples:
  cargo xtask dev
  PORT=4000 cargo xtask dev
  cargo xtask dev -- --migrate          with DATABASE_URL pointing to PostgreSQL")]
pub struct DevArguments {
    /// Passed on to `agentidp serve`
    #[arg(last = true)]
    serve: Vec<String>,
}

/// Builds the server and the command-line tool; returns the folder of their
/// binaries.
///
/// Always with the features of the whole workspace: with the server's alone,
/// cargo would build many dependencies a second time. With `tests`, the tests of
/// all crates are built along.
pub fn build(workspace: &Workspace, tests: bool) -> Result<PathBuf> {
    let mut command = cargo(&workspace.root);
    command.args(["build", "--workspace", "--locked"]);
    command.args(["--bin", SERVER, "--bin", TOOL]);
    if tests {
        command.arg("--tests");
    }
    run(&mut command)?;
    Ok(workspace.target.join("debug"))
}

/// Builds programs as the server is released and returns the folder of their
/// binaries.
pub fn build_release(workspace: &Workspace, programs: &[&str]) -> Result<PathBuf> {
    let mut command = cargo(&workspace.root);
    command.args(["build", "--workspace", "--locked", "--release"]);
    for program in programs {
        command.args(["--bin", program]);
    }
    run(&mut command)?;
    Ok(workspace.target.join("release"))
}

/// Carries out `cargo xtask dev`.
pub fn dev(arguments: &DevArguments) -> Result<ExitCode> {
    setup::for_build()?;
    let mut command = Command::new(build(&Workspace::load()?, false)?.join(SERVER));
    if env::var_os("RUST_LOG").is_none() {
        command.env("RUST_LOG", "info");
    }
    become_server(command.arg("serve").args(&arguments.serve))
}

/// Carries out `cargo xtask migrate`.
pub fn migrate() -> Result<ExitCode> {
    setup::for_build()?;
    let binary = build(&Workspace::load()?, false)?.join(SERVER);
    become_server(Command::new(binary).arg("migrate"))
}

/// Replaces this process by the server, so that signals reach it.
fn become_server(command: &mut Command) -> Result<ExitCode> {
    ui::step("starting the server");
    let error = command.exec();
    Err(Failure::new(format!(
        "the server could not be started: {error}"
    )))
}
