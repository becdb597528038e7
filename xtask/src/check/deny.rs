//! `cargo deny`.

use std::process::Command;

use super::Outcome;
use crate::failure::Result;
use crate::run::{is_ci, run};
use crate::setup;
use crate::workspace::Workspace;

/// Checks licences, bans and sources against `deny.toml`. They need nothing but
/// the packages themselves; the database of advisories lies on GitHub, so it is
/// left to `cargo deny check advisories`. Skipped where cargo-deny cannot be
/// had, but not in CI.
pub fn check(workspace: &Workspace) -> Result<Outcome> {
    let program = match setup::cargo_deny(workspace) {
        Ok(program) => program,
        Err(failure) if is_ci() => return Err(failure),
        Err(failure) => return Ok(Outcome::Skipped(failure.to_string())),
    };
    run(Command::new(program)
        .current_dir(&workspace.root)
        .args(["--locked", "check"])
        // A reservation may name a crate of the layout that is yet to come.
        .args(["--allow", "unused-wrapper"])
        .args(["licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed)
}
