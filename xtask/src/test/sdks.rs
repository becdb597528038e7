//! The SDKs of other languages, each tested with the tools of its language.
//! The Rust SDK is a crate of the workspace and needs nothing of this.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use super::summary::Summary;
use crate::failure::{Failure, Result};
use crate::run::run;
use crate::setup::Environment;
use crate::workspace::Workspace;
use crate::{setup, ui};

const PYTHON: &str = "sdks/python";

/// Least coverage in percent, as the other SDKs demand it in their own settings.
const GO_COVERAGE: f64 = 80.0;

/// The tests of one SDK; they count as one.
struct Suite {
    name: &'static str,
    /// Where the SDK is, from the root of the repository.
    folder: &'static str,
    /// Programs without which it is skipped.
    tools: &'static [&'static str],
    test: fn(&Programs<'_>) -> Result<()>,
}

/// How a suite ended, and what its programs printed.
struct Outcome {
    result: Result<()>,
    output: String,
}

/// Runs programs in the folder of an SDK and keeps what they print.
struct Programs<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    log: File,
}

static SUITES: [Suite; 4] = [
    Suite {
        name: "sdk-typescript",
        folder: "sdks/typescript",
        tools: &["npm"],
        test: typescript,
    },
    Suite {
        name: "sdk-python",
        folder: PYTHON,
        tools: &[],
        test: python,
    },
    Suite {
        name: "sdk-go",
        folder: "sdks/go",
        tools: &["go"],
        test: go,
    },
    Suite {
        name: "sdk-java",
        folder: "sdks/java",
        tools: &["mvn", "javac"],
        test: java,
    },
];

/// Runs the suites whose name contains `filter` at the same time, adds them to
/// `summary` and returns those that had to be skipped.
pub fn test(workspace: &Workspace, filter: Option<&str>, summary: &mut Summary) -> Vec<String> {
    let wanted = |suite: &&Suite| filter.is_none_or(|word| suite.name.contains(word));
    let (mut ready, mut skipped) = (Vec::new(), Vec::new());
    for suite in SUITES.iter().filter(wanted) {
        match suite.missing() {
            Some(reason) => skipped.push(format!("skipped: {}: {reason}", suite.name)),
            None => ready.push(suite),
        }
    }
    let (sender, ended) = mpsc::channel();
    thread::scope(|scope| {
        for suite in ready {
            ui::step(format!("testing {}", suite.name));
            let sender = sender.clone();
            scope.spawn(move || sender.send((suite.name, suite.run(workspace))).ok());
        }
        // The loop ends with the last suite.
        drop(sender);
        for (name, outcome) in ended {
            report(name, &outcome, summary);
        }
    });
    skipped
}

fn report(name: &str, outcome: &Outcome, summary: &mut Summary) {
    ui::step(format!("output of {name}"));
    outcome.output.lines().for_each(ui::note);
    match &outcome.result {
        Ok(()) => summary.passed += 1,
        Err(failure) => {
            ui::error(format!("{name}: {failure}"));
            summary.failed += 1;
        }
    }
}

impl Suite {
    fn missing(&self) -> Option<String> {
        let mut tools = self.tools.iter();
        tools
            .find(|tool| !setup::is_on_path(tool))
            .map(|tool| format!("{tool} is not installed"))
    }

    fn run(&self, workspace: &Workspace) -> Outcome {
        let mut programs = match tempfile::tempfile() {
            Ok(log) => Programs {
                workspace,
                folder: workspace.root.join(self.folder),
                log,
            },
            Err(error) => {
                return Outcome {
                    result: Err(error.into()),
                    output: String::new(),
                };
            }
        };
        let result = (self.test)(&programs);
        match programs.output() {
            Ok(output) => Outcome { result, output },
            Err(failure) => Outcome {
                result: result.and(Err(failure)),
                output: String::new(),
            },
        }
    }
}

impl Programs<'_> {
    /// Runs a program, which must succeed.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.command(program, arguments);
        run(command
            .stdout(self.log.try_clone()?)
            .stderr(self.log.try_clone()?))
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// All that was printed so far.
    fn output(&mut self) -> Result<String> {
        let mut bytes = Vec::new();
        self.log.rewind()?;
        self.log.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn typescript(programs: &Programs<'_>) -> Result<()> {
    programs.run(
        "npm",
        &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    )?;
    for script in ["lint", "build", "test"] {
        programs.run("npm", &["run", script])?;
    }
    Ok(())
}

fn python(programs: &Programs<'_>) -> Result<()> {
    let pins = format!("{PYTHON}/pyproject.toml");
    let environment = Environment::new(programs.workspace, "sdk-python", &[&pins])?;
    let python = environment.ensure("bin/python", |folder| {
        let python = setup::find_python().ok_or_else(|| Failure::new("there is no Python"))?;
        let environment = folder.display().to_string();
        programs.run(python, &["-m", "venv", "--clear", &environment])?;
        let python = folder.join("bin/python").display().to_string();
        let pip = ["-m", "pip", "install", "--quiet"];
        let package = ["--disable-pip-version-check", "--editable", ".[dev]"];
        programs.run(&python, &[pip.as_slice(), package.as_slice()].concat())
    })?;
    let python = python.display().to_string();
    programs.run(&python, &["-m", "mypy", "--strict", "src"])?;
    programs.run(&python, &["-m", "pytest"])
}

fn go(programs: &Programs<'_>) -> Result<()> {
    programs.run("go", &["vet", "./..."])?;
    let profile = programs.workspace.target.join("go-cover.out");
    let profile = profile.display().to_string();
    // All tests are in the package itself; the examples have none.
    programs.run("go", &["test", &format!("-coverprofile={profile}"), "."])?;
    let functions = format!("-func={profile}");
    let mut report = programs.command("go", &["tool", "cover", &functions]);
    let report = report.output()?.stdout;
    match total(&String::from_utf8_lossy(&report)) {
        Some(covered) if covered >= GO_COVERAGE => Ok(()),
        Some(covered) => Err(Failure::new(format!(
            "the tests cover {covered} % of the statements, less than {GO_COVERAGE} %"
        ))),
        None => Err(Failure::new("`go tool cover` tells no coverage")),
    }
}

/// The percentage in the last line of `go tool cover -func`.
fn total(report: &str) -> Option<f64> {
    let line = report.lines().find(|line| line.starts_with("total:"))?;
    let percent = line.split_whitespace().last()?.strip_suffix('%')?;
    percent.parse().ok()
}

fn java(programs: &Programs<'_>) -> Result<()> {
    let quiet = ["--quiet", "--batch-mode", "--no-transfer-progress"];
    programs.run("mvn", &[quiet.as_slice(), &["verify"]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(tools: &'static [&'static str], test: fn(&Programs<'_>) -> Result<()>) -> Suite {
        Suite {
            name: "sdk-x",
            folder: "sdks",
            tools,
            test,
        }
    }

    #[test]
    fn a_suite_without_its_tools_is_told_by_name() {
        let suite = suite(&["sh", "no-such-program"], |_| Ok(()));
        let missing = suite.missing().unwrap();
        assert_eq!(missing, "no-such-program is not installed");
    }

    #[test]
    fn what_programs_print_is_kept_in_order_also_when_one_fails() {
        let workspace = Workspace::load().unwrap();
        let suite = suite(&[], |programs| {
            programs.run("sh", &["-c", "echo one; echo two >&2"])?;
            programs.run("sh", &["-c", "echo three; exit 2"])?;
            programs.run("sh", &["-c", "echo four"])
        });
        let outcome = suite.run(&workspace);
        assert_eq!(outcome.output, "one\ntwo\nthree\n");
        let mut summary = Summary::default();
        report(suite.name, &outcome, &mut summary);
        assert_eq!((summary.passed, summary.failed), (0, 1));
    }

    #[test]
    fn the_coverage_is_that_of_the_last_line() {
        let report = "x/agents.go:15:\tRegisterAgent\t100.0%\ntotal:\t(statements)\t79.9%\n";
        assert!(total(report).is_some_and(|covered| covered < GO_COVERAGE));
        assert!(total("total: (statements) 80.0%").is_some_and(|covered| covered >= GO_COVERAGE));
        assert_eq!(total("no test files"), None);
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
