//! `agentidp migrate`.

use std::process::ExitCode;

use agentidp_sql::SchemaState;

use crate::compose::ClosedDatabase;
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::ui;

pub(super) async fn run(config: &Config) -> Outcome<ExitCode> {
    let database = ClosedDatabase::new(&config.store);
    if database.schema_state().await? == SchemaState::Newer {
        return Err(Failure::new(
            "the database schema is newer than this program; nothing was changed",
        ));
    }
    match database.migrate().await? {
        0 => ui::line("the database schema is up to date"),
        1 => ui::line("1 migration applied"),
        applied => ui::line(format!("{applied} migrations applied")),
    }
    Ok(ExitCode::SUCCESS)
}
