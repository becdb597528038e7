//! `cargo deny`, where it is installed.

use super::Outcome;
use crate::failure::Result;
use crate::run::{cargo, run, succeeds};
use crate::workspace::Workspace;

/// Checks licences, bans and sources against `deny.toml`. None of them needs the
/// network; the database of advisories does, so it is left to
/// `cargo deny check advisories`.
pub fn check(workspace: &Workspace) -> Result<Outcome> {
    if !succeeds(cargo(&workspace.root).args(["deny", "--version"])) {
        let reason = "cargo-deny is not installed (`cargo install cargo-deny --locked`)";
        return Ok(Outcome::Skipped(reason.to_owned()));
    }
    run(cargo(&workspace.root)
        .args(["deny", "--locked", "--offline", "check"])
        // A reservation may name a crate of the layout that is yet to come.
        .args(["--allow", "unused-wrapper"])
        .args(["licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed)
}
