//! New connections.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection as _, ConnectionError, ConnectionResult, QueryResult};

const WRITE_AHEAD_LOG: &str = "PRAGMA journal_mode = WAL;";
/// `recursive_triggers`: a replaced row fires the delete triggers, too.
const SETUP: &str = "\
    PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; \
    PRAGMA recursive_triggers = ON; \
    PRAGMA trusted_schema = OFF; \
    PRAGMA temp_store = MEMORY; \
    PRAGMA cache_size = -16000; \
    PRAGMA mmap_size = 268435456;";
const READ_ONLY: &str = "PRAGMA query_only = ON;";

/// Pause between two attempts to use the journal of a new file.
const PAUSE: Duration = Duration::from_millis(5);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Writer,
    Reader,
}

/// Opens a connection with all its settings; it waits up to `patience` for other
/// connections, also those of other processes. Blocks.
pub(super) fn establish(
    path: &str,
    kind: Kind,
    patience: Duration,
) -> ConnectionResult<SqliteConnection> {
    let mut connection = SqliteConnection::establish(path)?;
    set_up(&mut connection, kind, patience).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

fn set_up(connection: &mut SqliteConnection, kind: Kind, patience: Duration) -> QueryResult<()> {
    let millis = patience.as_millis();
    connection.batch_execute(&format!("PRAGMA busy_timeout = {millis};"))?;
    use_write_ahead_log(connection, patience)?;
    connection.batch_execute(SETUP)?;
    if kind == Kind::Reader {
        connection.batch_execute(READ_ONLY)?;
    }
    Ok(())
}

/// SQLite does not wait when two connections change the journal of one file:
/// it refuses one of them at once, whatever `busy_timeout` says.
fn use_write_ahead_log(connection: &mut SqliteConnection, patience: Duration) -> QueryResult<()> {
    let start = Instant::now();
    loop {
        match connection.batch_execute(WRITE_AHEAD_LOG) {
            Err(error) if is_locked(&error) && start.elapsed() < patience => thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn is_locked(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, information) if information.message() == "database is locked")
}
