//! The database behind an installation, seen with the eyes of somebody who
//! has all rights on it.

use std::path::{Path, PathBuf};
use std::process::Command;

use agentidp_testkit::requirements;
use agentidp_testkit::services::{Options, Postgres, SmallDisk};

/// Runs statements on a SQLite file and prints rows as `psql -A -t` does.
const SQLITE: &str = "
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
for statement in sys.argv[2:]:
    for row in connection.execute(statement):
        values = (v.hex() if isinstance(v, bytes) else '' if v is None else str(v) for v in row)
        print('|'.join(values))
";

/// Where the rows are.
pub enum Database {
    Sqlite(PathBuf),
    Shared(&'static Postgres, String),
    Own(Box<Postgres>, String),
}

/// A cluster whose ordinary role may do what a migration does.
pub fn cluster(durable: bool) -> Postgres {
    let cluster = Postgres::start_with(Options { durable }).unwrap();
    let role = format!("ALTER ROLE {} CREATEROLE", Postgres::APP_ROLE);
    cluster.query("postgres", &role).unwrap();
    cluster
}

impl Database {
    pub(super) fn sqlite(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }

    pub(super) fn shared(cluster: &'static Postgres, name: &str) -> Self {
        cluster.create_database(name).unwrap();
        Self::Shared(cluster, name.to_owned())
    }

    pub(super) fn own(durable: bool, name: &str) -> Self {
        let cluster = cluster(durable);
        cluster.create_database(name).unwrap();
        Self::Own(Box::new(cluster), name.to_owned())
    }

    /// Whether this is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// URL for the server, which is an ordinary role.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Shared(cluster, name) => cluster.url(name),
            Self::Own(cluster, name) => cluster.url(name),
        }
    }

    /// URL of the PostgreSQL database for somebody who may do everything.
    pub(super) fn superuser_url(&self) -> String {
        match self {
            Self::Sqlite(_) => panic!("the database is a file"),
            Self::Shared(cluster, name) => cluster.superuser_url(name),
            Self::Own(cluster, name) => cluster.superuser_url(name),
        }
    }

    /// The server of this test alone.
    pub fn cluster(&mut self) -> &mut Postgres {
        match self {
            Self::Own(cluster, _) => cluster,
            _ => panic!("the database is not the test's own"),
        }
    }

    /// Moves the database of this test's own server to a disk of its own.
    pub fn move_to_small_disk(&self, mebibytes: u32) -> std::io::Result<SmallDisk> {
        match self {
            Self::Own(cluster, name) => cluster.move_to_small_disk(name, mebibytes),
            _ => panic!("the database is not the test's own"),
        }
    }

    /// Whether statements can be run; otherwise the test was reported as
    /// skipped.
    pub fn is_accessible(&self) -> bool {
        let probe = "SELECT sqlite_version() >= '3.37'";
        let accessible = self.is_postgres()
            || run_sqlite(Path::new(":memory:"), &[probe]).is_ok_and(|rows| rows == "1");
        if !accessible {
            requirements::skip("no Python with SQLite 3.37 or newer to look into the database");
        }
        accessible
    }

    /// Runs statements; the rows, columns separated by `|`.
    ///
    /// # Errors
    ///
    /// The message of the database.
    pub fn try_sql(&self, statements: &[&str]) -> Result<String, String> {
        match self {
            Self::Sqlite(path) => run_sqlite(path, statements),
            Self::Shared(cluster, name) => run_postgres(cluster, name, statements),
            Self::Own(cluster, name) => run_postgres(cluster, name, statements),
        }
    }

    /// Runs a statement that must succeed.
    pub fn sql(&self, statement: &str) -> String {
        self.try_sql(&[statement])
            .unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// A query with one number as result.
    pub fn number(&self, query: &str) -> i64 {
        let text = self.sql(query);
        text.parse().unwrap_or_else(|_| panic!("{query}: {text:?}"))
    }

    /// Everything that any column of any table holds, as text.
    pub fn dump(&self) -> String {
        let tables = if self.is_postgres() {
            "SELECT table_name FROM information_schema.tables \
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        } else {
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"
        };
        let tables = self.sql(tables);
        let contents = tables.lines().map(|table| {
            format!(
                "{table}:\n{}\n",
                self.sql(&format!("SELECT * FROM {table}"))
            )
        });
        contents.collect()
    }

    /// An id as literal.
    pub fn id(&self, uuid: &str) -> String {
        if self.is_postgres() {
            format!("'{uuid}'")
        } else {
            format!("x'{}'", uuid.replace('-', ""))
        }
    }
}

fn run_postgres(cluster: &Postgres, name: &str, statements: &[&str]) -> Result<String, String> {
    let sql = statements.join(";\n");
    cluster.query(name, &sql).map_err(|error| error.to_string())
}

fn run_sqlite(path: &Path, statements: &[&str]) -> Result<String, String> {
    let python = std::env::var_os(requirements::PYTHON).filter(|value| !value.is_empty());
    let output = Command::new(python.unwrap_or_else(|| "python3".into()))
        .args(["-c", SQLITE])
        .arg(path)
        .args(statements)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
