//! A table in PostgreSQL that a test has locked.

use std::io;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use agentidp_testkit::services::psql;

use super::Database;
use super::process::POLL;

/// Longer than any test.
const LOCKED: &str = "SELECT pg_sleep(120)";
/// Whose session holds the lock.
const HOLDER: &str = "FROM pg_stat_activity WHERE datname = current_database() \
     AND wait_event = 'PgSleep'";
const PATIENCE: Duration = Duration::from_secs(20);

/// While it lives, the table can be read and not be written.
pub struct Locked<'a> {
    database: &'a Database,
    session: Option<JoinHandle<io::Result<String>>>,
}

impl<'a> Locked<'a> {
    /// Locks a table.
    pub fn table(database: &'a Database, table: &str) -> Self {
        let url = database.superuser_url();
        let sql = format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; {LOCKED}");
        let session = std::thread::spawn(move || psql(&url, &sql));
        let locked = Self {
            database,
            session: Some(session),
        };
        let deadline = Instant::now() + PATIENCE;
        while database.number(&format!("SELECT count(*) {HOLDER}")) == 0 {
            assert!(Instant::now() < deadline, "{table} was never locked");
            std::thread::sleep(POLL);
        }
        locked
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // The server may be gone, and the lock with it.
        let end = format!("SELECT pg_terminate_backend(pid) {HOLDER}");
        let _ = self.database.try_sql(&[end.as_str()]);
        if let Some(session) = self.session.take() {
            let _ = session.join();
        }
    }
}
