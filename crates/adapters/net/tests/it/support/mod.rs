//! Servers and look-ups under the control of the tests.

pub mod lookup;
pub mod server;

use std::process::Output;
use std::time::Duration;

use agentidp_domain::outbound::{ChosenBy, OutboundUrl};
use agentidp_net::{FetcherSettings, GuardedFetcher};
use tokio::process::Command;

/// An address that is public by its number and given to nobody.
pub const PUBLIC: &str = "3ffe::1";

/// Settings with a deadline that no test in good order comes near to.
pub fn settings(allow_private: bool) -> FetcherSettings {
    FetcherSettings {
        allow_private,
        deadline: Duration::from_secs(60),
    }
}

/// As in production, with the names of the system.
pub fn guarded() -> GuardedFetcher {
    GuardedFetcher::new(settings(false)).unwrap()
}

/// As in development, with the names of the system.
pub fn open() -> GuardedFetcher {
    GuardedFetcher::new(settings(true)).unwrap()
}

pub fn stranger(url: &str) -> OutboundUrl {
    OutboundUrl::parse(url, ChosenBy::Stranger, true).unwrap()
}

pub fn operator(url: &str) -> OutboundUrl {
    OutboundUrl::parse(url, ChosenBy::Operator, true).unwrap()
}

/// Runs the test `name` once more in a process of its own, with variables of
/// the environment that must not change in this one.
pub async fn run_again(name: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture"]);
    for variable in ["NO_PROXY", "no_proxy", "SSL_CERT_DIR", "REQUEST_METHOD"] {
        command.env_remove(variable);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .envs(variables.iter().copied())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&stdout);
    assert!(
        status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&stderr)
    );
}
