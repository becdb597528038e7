//! Stripe's stand-in for its own API, which is written in Go.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::Environment;
use crate::failure::{Failure, Result};
use crate::run::{run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// The module, with its exact version.
const MODULE: &str = "tests/interop/stripe-mock.txt";

/// Makes sure that `target/interop-go` has the program and returns its path.
/// Does nothing if the version has not changed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let environment = Environment::new(workspace, "interop-go", &[MODULE])?;
    let module = environment.wanted().trim().to_owned();
    environment.ensure("bin/stripe-mock", |folder| install(folder, &module))
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
