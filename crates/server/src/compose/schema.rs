//! Decides what to do about the schema before a database is opened.

use agentidp_sql::SchemaState;

use crate::compose::database::ClosedDatabase;
use crate::failure::{Failure, Outcome};

/// What a command may do to get started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Run the server; migrate even PostgreSQL.
    ServeMigrating,
    /// Run the server.
    Serve,
    /// Create the first administrator.
    Bootstrap,
    /// Work on an installation that exists.
    Operate,
}

impl Purpose {
    /// Whether a first start may create what is missing.
    pub(crate) fn may_create(self) -> bool {
        self != Self::Operate
    }

    fn may_migrate(self, database: &ClosedDatabase) -> bool {
        if database.is_shared() {
            self == Self::ServeMigrating
        } else {
            self.may_create()
        }
    }
}

/// Makes sure that the schema is the one of this program.
///
/// # Errors
///
/// When it is not and may not be changed, with the command that helps.
pub(crate) async fn prepare(database: &ClosedDatabase, purpose: Purpose) -> Outcome<()> {
    match database.schema_state().await? {
        SchemaState::Current => Ok(()),
        SchemaState::Newer => Err(Failure::new(
            "the database schema is newer than this program; run the version of agentidp that \
             migrated it, or restore a backup from before",
        )),
        SchemaState::Empty | SchemaState::Behind if purpose.may_migrate(database) => {
            let applied = database.migrate().await?;
            tracing::info!(applied, "database migrations applied");
            Ok(())
        }
        SchemaState::Empty => Err(Failure::new(match database.file() {
            Some(file) => format!(
                "there is no database at {} yet; `agentidp serve` creates it",
                file.display()
            ),
            None => "the database is empty; run `agentidp migrate` first".to_owned(),
        })),
        SchemaState::Behind => Err(Failure::new(
            "the database schema is older than this program; run `agentidp migrate` first",
        )),
    }
}
