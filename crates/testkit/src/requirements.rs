//! Suites that need something from outside: run them, or skip them by name.
//!
//! `cargo xtask test` starts the services and sets the variables. Under a plain
//! `cargo test` a suite whose variable is missing says so and passes; with `CI`
//! set the same is a failure, so that nothing is skipped silently.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::thread;

/// Superuser URL of the PostgreSQL server of the test run, database `postgres`.
pub const POSTGRES_URL: &str = "AGENTIDP_TEST_POSTGRES_URL";
/// URL of the Redis server of the test run, without a database number.
pub const REDIS_URL: &str = "AGENTIDP_TEST_REDIS_URL";
/// Python interpreter that has the packages of `tests/interop/requirements.txt`.
pub const PYTHON: &str = "AGENTIDP_TEST_PYTHON";
/// Node.js interpreter with the packages of `tests/interop/package-lock.json`
/// two folders up, in `node_modules`.
pub const NODE: &str = "AGENTIDP_TEST_NODE";
/// Node.js interpreter with the packages of `tests/browser/package-lock.json`
/// two folders up, in `node_modules`.
pub const BROWSER: &str = "AGENTIDP_TEST_BROWSER";
/// Chromium, in which dashboard and portal are tested.
pub const CHROMIUM: &str = "AGENTIDP_TEST_CHROMIUM";
/// Java class path of a Kafka broker, as `tests/interop/kafka/pom.xml` says.
pub const KAFKA_CLASSPATH: &str = "AGENTIDP_TEST_KAFKA_CLASSPATH";
/// Stripe's stand-in for its API, `tests/interop/stripe-mock.txt`.
pub const STRIPE_MOCK: &str = "AGENTIDP_TEST_STRIPE_MOCK";
/// `promtool`, which checks the rules for Prometheus.
pub const PROMTOOL: &str = "AGENTIDP_TEST_PROMTOOL";
/// Library `libfaketimeMT.so.1`, which moves the clock of a process.
pub const FAKETIME: &str = "AGENTIDP_TEST_FAKETIME";
/// Address of a real HashiCorp Vault with an engine of kind KV version 2 at
/// `secret`; see [`wish`].
pub const VAULT_ADDR: &str = "AGENTIDP_TEST_VAULT_ADDR";
/// A token of that server that may do everything.
pub const VAULT_TOKEN: &str = "AGENTIDP_TEST_VAULT_TOKEN";
/// Path of the `agentidp` binary under test.
pub const SERVER: &str = "AGENTIDP_TEST_SERVER";
/// Path of the `sentryagent` binary under test.
pub const TOOL: &str = "AGENTIDP_TEST_TOOL";
/// File to which every skipped suite adds a line.
pub const SKIPS_FILE: &str = "AGENTIDP_TEST_SKIPS";

/// The value of an environment variable that a test cannot do without.
///
/// `None` means that the test has been reported as skipped and should return.
///
/// # Panics
///
/// When the variable is missing and `CI` is set.
#[must_use]
pub fn require(variable: &str) -> Option<String> {
    let value = value_of(variable);
    if value.is_none() {
        skip(&format!(
            "{variable} is not set; `cargo xtask test` sets it"
        ));
    }
    value
}

/// The value of an environment variable that switches a suite on, for what no
/// machine can be expected to have. `None` is not a skip, not even in CI.
#[must_use]
pub fn wish(variable: &str) -> Option<String> {
    value_of(variable)
}

/// Reports the running test as skipped because of `missing`.
///
/// # Panics
///
/// When `CI` is set: there every suite has to run.
pub fn skip(missing: &str) {
    let line = skip_line(thread::current().name(), missing);
    assert!(
        value_of("CI").is_none(),
        "{line} (nothing may be skipped while CI is set)"
    );
    // Written past the capture of the test harness, so that it is always seen.
    let _ = writeln!(io::stdout(), "{line}");
    if let Some(file) = value_of(SKIPS_FILE) {
        // A report that cannot be written is no reason to fail the test.
        let _ = append_line(Path::new(&file), &line);
    }
}

/// An empty variable counts as unset, as everywhere in the product.
fn value_of(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// One line per skipped test; the harness names its threads after the tests.
fn skip_line(test: Option<&str>, missing: &str) -> String {
    format!("skipped: {}: {missing}", test.unwrap_or("unnamed test"))
}

/// Appends in a single write, because several test binaries share the file.
fn append_line(file: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_variable_is_returned() {
        assert!(require("PATH").is_some());
    }

    #[test]
    fn a_skip_names_the_test_and_what_is_missing() {
        let line = skip_line(thread::current().name(), "X is not set");
        assert_eq!(
            line,
            "skipped: requirements::tests::a_skip_names_the_test_and_what_is_missing: X is not set"
        );
    }

    #[test]
    fn skips_are_collected_line_by_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("skips");
        append_line(&file, "skipped: a: b").unwrap();
        append_line(&file, "skipped: c: d").unwrap();
        assert_eq!(
            std::fs::read_to_string(file).unwrap(),
            "skipped: a: b\nskipped: c: d\n"
        );
    }
}
