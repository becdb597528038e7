//! `test`: the services the tests need, the tests, and what came out.

mod sdks;
mod summary;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::thread;

use agentidp_testkit::requirements;
use agentidp_testkit::services::{Postgres, Redis};
use clap::Args;
use tempfile::TempDir;

use crate::failure::{Failure, Result};
use crate::run::{cargo, is_ci};
use crate::workspace::Workspace;
use crate::{server, setup, ui};
use summary::Summary;

/// Package of the end-to-end tests, which run the server binary.
const END_TO_END: &str = "agentidp-tests";
/// How many tests of a program run at once.
const THREADS: &str = "RUST_TEST_THREADS";
/// Database of the contract's `TEST_DATABASE_URL`; exists and is empty.
const DATABASE: &str = "sentryagent_idp_test";

/// Arguments of `cargo xtask test`.
#[derive(Args, Debug)]
#[command(after_help = "\
Installs what is missing (see `setup`), starts one PostgreSQL and one Redis on free
ports, builds the server and runs `cargo test` on the whole workspace, then the
tests of the SDKs in other languages, one suite each: sdk-typescript, sdk-python,
sdk-go, sdk-java. Suites that cannot run are listed as skipped; with CI set they are
failures.

The tests find in their environment:
  AGENTIDP_TEST_POSTGRES_URL  superuser, database `postgres`
  AGENTIDP_TEST_REDIS_URL     Redis without a database number
  AGENTIDP_TEST_SERVER        the agentidp binary
  AGENTIDP_TEST_TOOL          the sentryagent binary
  AGENTIDP_TEST_PYTHON        Python with tests/interop/requirements.txt
  AGENTIDP_TEST_NODE          Node.js with tests/interop/package-lock.json
  AGENTIDP_TEST_BROWSER       Node.js with tests/browser/package-lock.json
  AGENTIDP_TEST_CHROMIUM      the browser for dashboard and portal
  AGENTIDP_TEST_KAFKA_CLASSPATH  class path of a broker, tests/interop/kafka/pom.xml
  AGENTIDP_TEST_STRIPE_MOCK   the program of tests/interop/stripe-mock.txt
  AGENTIDP_TEST_PROMTOOL      Prometheus' promtool
  AGENTIDP_TEST_FAKETIME      libfaketimeMT.so.1, which moves the server's clock
  TEST_DATABASE_URL           an empty database, owned by an ordinary role
  TEST_REDIS_URL              database 1 of the same Redis

AGENTIDP_TEST_KILL_ROUNDS=50 lets the tests named `kill` kill the server so often on
each store, instead of 4 times.

With AGENTIDP_TEST_VAULT_ADDR and AGENTIDP_TEST_VAULT_TOKEN set, the contract of the
adapter for Vault runs against that server too.

Examples:
  cargo xtask test
  cargo xtask test revocation           tests whose name contains `revocation`
  cargo xtask test sdk-                 the tests of the SDKs
  cargo xtask test -p agentidp-sql      the tests of one crate
  cargo xtask test audit -- --nocapture pass arguments to the test harness")]
pub struct Arguments {
    /// Run only tests whose name contains this text
    pub filter: Option<String>,
    /// Test only this crate; can be given several times
    #[arg(short, long = "package", value_name = "CRATE")]
    packages: Vec<String>,
    /// Arguments for the test harness
    #[arg(last = true)]
    pub harness: Vec<String>,
}

/// Carries out `cargo xtask test`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let ready = setup::for_tests(&workspace)?;
    let services = Services::start()?;
    let mut variables = services.variables();
    for tool in ready.tools {
        match tool.path {
            Ok(path) => variables.push((tool.variable, path.into())),
            Err(reason) => ui::note(format!(
                "no {} for the {} tests: {reason}",
                tool.name, tool.tests
            )),
        }
    }
    if arguments.packages.is_empty() || arguments.packages.iter().any(|name| name == END_TO_END) {
        ui::step("building the server, the command-line tool and the tests");
        let folder = server::build(&workspace, arguments.packages.is_empty())?;
        variables.push((requirements::SERVER, folder.join(server::SERVER).into()));
        variables.push((requirements::TOOL, folder.join(server::TOOL).into()));
    }

    ui::step("testing");
    let mut command = cargo_test(&workspace, arguments);
    command.envs(variables);
    let mut summary = Summary::default();
    let status = stream(&mut command, |line| {
        ui::raw(line);
        summary.read(&String::from_utf8_lossy(line));
    })?;
    let mut skipped = services.skipped();
    if arguments.packages.is_empty() {
        let filter = arguments.filter.as_deref();
        skipped.extend(sdks::test(&workspace, filter, &mut summary));
    }
    let (lines, passed) = verdict(&summary, &skipped, status.success(), is_ci());
    lines.iter().for_each(ui::line);
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One PostgreSQL, one Redis and the list of skipped tests of a run.
#[derive(Debug)]
struct Services {
    postgres: Postgres,
    redis: Redis,
    folder: TempDir,
}

impl Services {
    fn start() -> Result<Self> {
        ui::step("starting PostgreSQL and Redis");
        let postgres = Postgres::start().map_err(Failure::because("PostgreSQL"))?;
        postgres.create_database(DATABASE)?;
        let redis = Redis::start().map_err(Failure::because("Redis"))?;
        Ok(Self {
            postgres,
            redis,
            folder: tempfile::tempdir()?,
        })
    }

    fn variables(&self) -> Vec<(&'static str, OsString)> {
        let redis = self.redis.url();
        vec![
            (
                requirements::POSTGRES_URL,
                self.postgres.superuser_url("postgres").into(),
            ),
            (
                requirements::SKIPS_FILE,
                self.folder.path().join("skips").into(),
            ),
            ("TEST_DATABASE_URL", self.postgres.url(DATABASE).into()),
            ("TEST_REDIS_URL", format!("{redis}/1").into()),
            (requirements::REDIS_URL, redis.into()),
        ]
    }

    /// What the tests reported through `testkit::requirements`.
    fn skipped(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("skips")).unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines.dedup();
        lines
    }
}

fn cargo_test(workspace: &Workspace, arguments: &Arguments) -> Command {
    let mut command = cargo(&workspace.root);
    command.args(["test", "--locked", "--no-fail-fast"]);
    if arguments.packages.is_empty() {
        command.arg("--workspace");
    }
    for package in &arguments.packages {
        command.args(["--package", package]);
    }
    command
        .args(&arguments.filter)
        .arg("--")
        .args(&arguments.harness);
    // The settings of a developer's shell must not steer the server under test.
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL");
    if env::var_os(THREADS).is_none() {
        command.env(THREADS, threads().to_string());
    }
    command
}

/// Three tests per core: many wait for servers more than they compute.
fn threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    cores.saturating_mul(3)
}

/// Gives each line of a command's standard output to `look`, as it comes.
fn stream(command: &mut Command, mut look: impl FnMut(&[u8])) -> Result<ExitStatus> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line)? > 0 {
            look(&line);
            line.clear();
        }
    }
    Ok(child.wait()?)
}

/// What to print at the end, the plain numbers in the very last line, and
/// whether the run counts as passed.
fn verdict(
    summary: &Summary,
    skipped: &[String],
    succeeded: bool,
    is_ci: bool,
) -> (Vec<String>, bool) {
    let mut lines = vec![String::new()];
    let mut failed = summary.failed;
    if !succeeded && failed == 0 {
        lines.push("cargo test failed without a failed test: a build error or a crash".to_owned());
        failed = 1;
    }
    if !skipped.is_empty() {
        lines.push("skipped suites:".to_owned());
        lines.extend(skipped.iter().map(|line| format!("  {line}")));
    }
    lines.push(summary::closing_line(summary.passed, failed, skipped.len()));
    (lines, failed == 0 && (skipped.is_empty() || !is_ci))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_looked_at_line_by_line() {
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "printf 'a\\nb'; exit 3"]);
        let status = stream(&mut command, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, [&b"a\n"[..], &b"b"[..]]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_failure_without_failed_tests_still_fails() {
        let summary = Summary {
            passed: 3,
            failed: 0,
        };
        assert!(verdict(&summary, &[], true, true).1);
        let (lines, passed) = verdict(&summary, &[], false, false);
        assert!(!passed);
        assert_eq!(lines.last().map(String::as_str), Some("3 passed, 1 failed"));
        assert!(
            !verdict(
                &Summary {
                    passed: 3,
                    failed: 1
                },
                &[],
                false,
                false
            )
            .1
        );
    }

    #[test]
    fn skipped_suites_are_listed_and_fail_in_ci_only() {
        let summary = Summary {
            passed: 3,
            failed: 0,
        };
        let skipped = ["skipped: interop: no Python".to_owned()];
        let (lines, passed) = verdict(&summary, &skipped, true, false);
        assert!(passed);
        let expected = [
            "",
            "skipped suites:",
            "  skipped: interop: no Python",
            "3 passed, 0 failed, 1 skipped",
        ];
        assert_eq!(lines, expected);
        assert!(!verdict(&summary, &skipped, true, true).1);
    }
}
