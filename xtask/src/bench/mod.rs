//! `bench`: the hot paths of the release build, on both kinds of stores, next
//! to what the machine's crypto library can do.
//!
//! | Module | What it does |
//! |---|---|
//! | [`reference`] | signatures per second of one core (`openssl speed`) |
//! | [`installation`] | starts the server over a fresh store |
//! | [`load`] | drives one request with wrk and reads its result |
//! | [`report`] | the table and the JSON file |

mod installation;
mod load;
mod reference;
mod report;

use std::process::ExitCode;

use clap::Args;

use crate::failure::Result;
use crate::workspace::Workspace;
use crate::{server, setup, ui};
use installation::{Installation, Kind};
use load::{Load, Request};
use report::{Report, Row};

/// Arguments of `cargo xtask bench`.
#[derive(Args, Debug)]
#[command(after_help = "\
Builds the release binary, starts it on SQLite and over throw-away PostgreSQL and
Redis (both with their normal durability), drives it with wrk on loopback, prints a
table and writes target/bench.json. Database, Redis and load share the machine.

Examples:
  cargo xtask bench
  cargo xtask bench --seconds 30 --connections 64")]
pub struct Arguments {
    /// Seconds per scenario
    #[arg(long, default_value_t = 8)]
    seconds: u32,
    /// Connections of the load generator, each with one request at a time
    #[arg(long, default_value_t = 64)]
    connections: u32,
}

/// Carries out `cargo xtask bench`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    setup::for_bench()?;
    let workspace = Workspace::load()?;
    ui::step("building the release binary");
    let binary = server::build_release(&workspace)?;
    let mut report = Report::new(reference::signatures()?);
    for kind in [Kind::Sqlite, Kind::PostgresRedis] {
        for algorithm in ["RS256", "ES256"] {
            ui::step(format!("{kind}, {algorithm}"));
            let installation = Installation::start(&binary, kind, algorithm)?;
            let load = Load::new(arguments.seconds, arguments.connections)?;
            for request in requests(&installation)? {
                let result = load.run(&installation, &request)?;
                report.add(Row {
                    store: kind.to_string(),
                    algorithm: algorithm.to_owned(),
                    scenario: request.name.to_owned(),
                    result,
                });
            }
        }
    }
    report.print();
    report.write(&workspace.target.join("bench.json"))?;
    Ok(ExitCode::SUCCESS)
}

/// What is measured on each installation.
fn requests(installation: &Installation) -> Result<Vec<Request>> {
    let token = installation.token()?;
    let client = installation.client();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        client.id, client.secret
    );
    Ok(vec![
        Request::post("token issuance", "/oauth2/token", &form),
        Request::get(
            "authenticated read",
            &format!("/api/v1/agents/{}", client.id),
        )
        .with_bearer(&token),
        Request::post(
            "introspection",
            "/oauth2/introspect",
            &format!("token={token}"),
        )
        .with_bearer(&token),
    ])
}
