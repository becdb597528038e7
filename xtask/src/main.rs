//! Developer commands of AgentIdP, run as `cargo xtask <command>`.
//!
//! Needs nothing but Rust and a C linker; what the other crates need to build
//! and to be tested is installed by `setup`. One module per command:
//!
//! | Module | Command |
//! |---|---|
//! | [`setup`] | system packages, Python environment |
//! | [`test`] | throw-away services, all tests, summary |
//! | [`check`] | format, lints, rules of the workspace, generated files |
//! | [`openapi`] | the generated API description |
//! | [`server`] | `dev` and `migrate`: build the server and run it |
//! | [`bench`] | the release build under load, micro-benchmarks |
//! | [`scale`] | lists, queries and reports over a million agents |
//! | [`load`] | the load scenarios with their thresholds |
//! | [`fuzz`] | the targets in `fuzz/` |
//!
//! [`installation`] is the product on this machine, for measurements, [`wrk`]
//! the load on it.

mod bench;
mod check;
mod failure;
mod fuzz;
mod installation;
mod load;
mod openapi;
mod run;
mod scale;
mod server;
mod setup;
mod test;
mod ui;
mod workspace;
mod wrk;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Developer commands of AgentIdP.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  cargo xtask setup                     install what building and testing need
  cargo xtask test                      run every test with its services
  cargo xtask test revocation           run the tests whose name contains a word
  cargo xtask check                     everything that is checked before a merge
  cargo xtask check --only fmt,sources  only some of it
  cargo xtask dev                       run the server on the embedded store";

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what building and testing need: Debian packages, Python packages
    Setup(setup::Arguments),
    /// Start throw-away PostgreSQL and Redis, run the tests, sum up
    Test(test::Arguments),
    /// Check format, lints, workspace rules, API description, licences
    Check(check::Arguments),
    /// Write the API description to openapi/, or check that it is current
    Openapi(openapi::Arguments),
    /// Apply the migrations of the database in use (DATABASE_URL)
    Migrate,
    /// Build the server and run it; settings come from the environment and .env
    Dev(server::DevArguments),
    /// Measure the release build on both kinds of stores, next to references
    Bench(bench::Arguments),
    /// Fill a million agents and ten million events, and measure lists, queries, reports
    Scale(scale::Arguments),
    /// Run the load scenarios of tests/load and check their thresholds
    Load(load::Arguments),
    /// Look for inputs that break a property of a parser (cargo-fuzz)
    Fuzz(fuzz::Arguments),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Setup(arguments) => setup::command(&arguments),
        Command::Test(arguments) => test::command(&arguments),
        Command::Check(arguments) => check::command(&arguments),
        Command::Openapi(arguments) => openapi::command(&arguments),
        Command::Migrate => server::migrate(),
        Command::Dev(arguments) => server::dev(&arguments),
        Command::Bench(arguments) => bench::command(&arguments),
        Command::Scale(arguments) => scale::command(&arguments),
        Command::Load(arguments) => load::command(&arguments),
        Command::Fuzz(arguments) => fuzz::command(&arguments),
    };
    result.unwrap_or_else(|failure: Failure| {
        ui::error(failure);
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_after_two_dashes_are_passed_on() {
        let cli =
            Cli::try_parse_from(["xtask", "test", "audit", "--", "--test-threads", "1"]).unwrap();
        let Command::Test(arguments) = cli.command else {
            panic!("wrong command")
        };
        assert_eq!(arguments.filter.as_deref(), Some("audit"));
        assert_eq!(arguments.harness, ["--test-threads", "1"]);
    }
}
