//! Programs that are written in Go: Stripe's stand-in for its own API, and the
//! load generator k6.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::Environment;
use crate::failure::{Failure, Result};
use crate::run::{run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// Stripe's stand-in for its own API.
pub fn stripe_mock(workspace: &Workspace) -> Result<PathBuf> {
    ensure(
        workspace,
        "interop-go",
        "tests/interop/stripe-mock.txt",
        "bin/stripe-mock",
    )
}

/// The load generator. Building it takes minutes, once per version.
pub fn k6(workspace: &Workspace) -> Result<PathBuf> {
    ensure(workspace, "load-go", "tests/load/k6.txt", "bin/k6")
}

/// Makes sure that the folder `name` below `target` has the program of the module
/// that the file `pin` names with its exact version; returns the program's path.
/// Does nothing if the version has not changed.
fn ensure(workspace: &Workspace, name: &str, pin: &str, program: &str) -> Result<PathBuf> {
    let environment = Environment::new(workspace, name, &[pin])?;
    let module = environment.wanted().trim().to_owned();
    environment.ensure(program, |folder| install(folder, &module))
}

/// Go itself is not installed: Debian's is often too old for the module.
fn install(environment: &Path, module: &str) -> Result<()> {
    if !succeeds(Command::new("go").arg("version")) {
        return Err(Failure::new(format!(
            "there is no Go, which {module} is built with; see https://go.dev/dl"
        )));
    }
    ui::step(format!("installing {module}"));
    run(Command::new("go")
        .args(["install", module])
        .env("GOBIN", environment.join("bin")))
}
