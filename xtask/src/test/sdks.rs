//! The SDKs of other languages, each tested with the tools of its language.
//! The Rust SDK is a crate of the workspace and needs nothing of this.

use std::path::Path;
use std::process::{Command, Stdio};

use super::summary::Summary;
use crate::failure::{Failure, Result};
use crate::run::run;
use crate::workspace::Workspace;
use crate::{setup, ui};

/// The tests of one SDK; they count as one.
struct Suite {
    name: &'static str,
    /// Programs without which it is skipped.
    tools: &'static [&'static str],
    test: fn(&Workspace) -> Result<()>,
}

const SUITES: [Suite; 4] = [
    Suite {
        name: "sdk-typescript",
        tools: &["npm"],
        test: typescript,
    },
    Suite {
        name: "sdk-python",
        tools: &[],
        test: python,
    },
    Suite {
        name: "sdk-go",
        tools: &["go"],
        test: go,
    },
    Suite {
        name: "sdk-java",
        tools: &["mvn"],
        test: java,
    },
];

/// Runs the suites whose name contains `filter`, adds them to `summary` and
/// returns those that had to be skipped.
pub fn test(workspace: &Workspace, filter: Option<&str>, summary: &mut Summary) -> Vec<String> {
    let wanted = |suite: &&Suite| filter.is_none_or(|word| suite.name.contains(word));
    let mut skipped = Vec::new();
    for suite in SUITES.iter().filter(wanted) {
        if let Some(reason) = suite.missing() {
            skipped.push(format!("skipped: {}: {reason}", suite.name));
            continue;
        }
        ui::step(format!("testing {}", suite.name));
        match (suite.test)(workspace) {
            Ok(()) => summary.passed += 1,
            Err(failure) => {
                ui::error(format!("{}: {failure}", suite.name));
                summary.failed += 1;
            }
        }
    }
    skipped
}

impl Suite {
    fn missing(&self) -> Option<String> {
        let mut tools = self.tools.iter();
        tools
            .find(|tool| !setup::is_on_path(tool))
            .map(|tool| format!("{tool} is not installed"))
    }
}

fn typescript(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("sdks/typescript");
    let quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    run(program("npm", &folder).arg("ci").args(quiet))?;
    for script in ["lint", "build", "test"] {
        run(program("npm", &folder).args(["run", script]))?;
    }
    Ok(())
}

fn python(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("sdks/python");
    let environment = workspace.target.join("sdk-python");
    let interpreter = environment.join("bin/python");
    if !interpreter.is_file() {
        let python = setup::find_python().ok_or_else(|| Failure::new("there is no Python"))?;
        let create = ["-m", "venv", "--clear"];
        run(program(python, &folder).args(create).arg(&environment))?;
    }
    let python = interpreter.display().to_string();
    let install = ["-m", "pip", "install", "--quiet"];
    let package = ["--disable-pip-version-check", "--editable", ".[dev]"];
    run(program(&python, &folder).args(install).args(package))?;
    run(program(&python, &folder).args(["-m", "mypy", "--strict", "src"]))?;
    run(program(&python, &folder).args(["-m", "pytest"]))
}

fn go(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("sdks/go");
    run(program("go", &folder).args(["vet", "./..."]))?;
    run(program("go", &folder).args(["test", "./..."]))
}

fn java(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join("sdks/java");
    let quiet = ["--quiet", "--batch-mode", "--no-transfer-progress"];
    run(program("mvn", &folder).args(quiet).arg("verify"))
}

/// A program in the folder of an SDK that prints to standard error.
fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(std::io::stderr());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_without_its_tools_is_told_by_name() {
        let suite = Suite {
            name: "sdk-x",
            tools: &["sh", "no-such-program"],
            test: |_| Ok(()),
        };
        let missing = suite.missing().unwrap();
        assert_eq!(missing, "no-such-program is not installed");
    }

    #[test]
    fn a_filter_for_something_else_runs_no_suite() {
        let workspace = Workspace::load().unwrap();
        let mut summary = Summary::default();
        let skipped = test(&workspace, Some("revocation"), &mut summary);
        assert!(skipped.is_empty());
        assert_eq!((summary.passed, summary.failed), (0, 0));
    }
}
