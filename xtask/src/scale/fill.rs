//! The generator of the data, an example of the crate that owns the tables.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Result;
use crate::run::{cargo, run};
use crate::scale::Size;
use crate::workspace::Workspace;

/// Builds the generator and returns the path of its binary. Apart from the
/// server: examples are built with the features that tests need.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut command = cargo(&workspace.root);
    command.args(["build", "--package", "agentidp-sql", "--locked"]);
    command.args(["--release", "--example", "fill"]);
    run(&mut command)?;
    Ok(workspace.target.join("release/examples/fill"))
}

/// Fills an empty database. `data` is the folder of the server that will use
/// it.
pub fn fill(binary: &Path, url: &str, data: &Path, size: Size) -> Result<()> {
    let mut command = Command::new(binary);
    command
        .env("DATABASE_URL", url)
        .arg("--key-ring")
        .arg(data.join("keys/encryption.json"))
        .arg("--client")
        .arg(data.join("client.json"))
        .args(["--organizations", &size.organizations.to_string()])
        .args(["--agents", &size.agents.to_string()])
        .args(["--events", &size.events.to_string()]);
    run(&mut command)
}
