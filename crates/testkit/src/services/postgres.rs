//! A throw-away PostgreSQL server.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::disk::SmallDisk;
use super::guard::{Guard, wait_until_gone};
use super::hoard::Hoard;
use super::on_free_port;
use super::programs::{children, free_mebibytes, not_installed, output_of, postgres_bin, signal};

/// Memory file system, the fastest place for data that nobody keeps.
const SHARED_MEMORY: &str = "/dev/shm";
/// Room a cluster with a few hundred small databases may need.
const ROOM_MEBIBYTES: u64 = 1024;
/// Start includes recovery after a crash.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How a server is set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `true`: on disk with every commit flushed and autovacuum on, as in
    /// production; for crash tests and benchmarks. `false`: in memory if there
    /// is room, nothing flushed.
    pub durable: bool,
}

/// A PostgreSQL server in a directory of its own, on a free port of 127.0.0.1.
///
/// Everybody may log in without a password. Two roles exist: the superuser
/// `postgres`, and [`Postgres::APP_ROLE`], an ordinary role that owns the
/// databases made by [`Postgres::create_database`] and is therefore subject to
/// forced row-level security. Dropping the value ends the server and removes
/// its data.
#[derive(Debug)]
pub struct Postgres {
    guard: Guard,
    bin: PathBuf,
    options: Options,
    port: u16,
    paused: bool,
}

impl Postgres {
    /// The ordinary role, with the right to create databases.
    pub const APP_ROLE: &str = "agentidp";

    /// Starts a fast server without durability.
    ///
    /// # Errors
    ///
    /// When PostgreSQL is not installed or does not start; the message has its log.
    pub fn start() -> io::Result<Self> {
        Self::start_with(Options::default())
    }

    /// Starts a server with the given options.
    ///
    /// # Errors
    ///
    /// As [`Postgres::start`].
    pub fn start_with(options: Options) -> io::Result<Self> {
        let bin = postgres_bin().ok_or_else(|| not_installed("PostgreSQL"))?;
        // SIGQUIT: end at once, children included, and leave no shared memory.
        let guard = Guard::new(&base(options), "postgres", "QUIT", &["postgres", "nobody"])?;
        let mut server = Self {
            guard,
            bin,
            options,
            port: 0,
            paused: false,
        };
        server.init()?;
        on_free_port(|port| {
            server.port = port;
            server.launch()
        })?;
        let role = format!("CREATE ROLE {} LOGIN CREATEDB", Self::APP_ROLE);
        server.query("postgres", &role)?;
        Ok(server)
    }

    /// URL of a database for the ordinary role.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url_as(Self::APP_ROLE, database)
    }

    /// URL of a database for the superuser.
    #[must_use]
    pub fn superuser_url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgresql://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// The TCP port; it stays the same over stop and start.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Process number of the server while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.guard.pid()
    }

    /// Creates an empty database owned by the ordinary role.
    ///
    /// # Errors
    ///
    /// When the database exists or the server is away.
    pub fn create_database(&self, name: &str) -> io::Result<()> {
        self.create_database_from(name, "template0")
    }

    /// Creates a copy of the database `template`, which nobody may be using.
    ///
    /// # Errors
    ///
    /// As [`Postgres::create_database`].
    pub fn create_database_from(&self, name: &str, template: &str) -> io::Result<()> {
        let (name, template) = (quoted(name), quoted(template));
        let owner = Self::APP_ROLE;
        let sql =
            format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner} STRATEGY FILE_COPY");
        self.query("postgres", &sql).map(drop)
    }

    /// Drops a database and whatever connections it has.
    ///
    /// # Errors
    ///
    /// When the server is away.
    pub fn drop_database(&self, name: &str) -> io::Result<()> {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
        self.query("postgres", &sql).map(drop)
    }

    /// Moves a database nobody is using to a disk of `mebibytes` of its own.
    /// Drop the disk before the server.
    ///
    /// # Errors
    ///
    /// When this process may not mount, or the database is in use.
    pub fn move_to_small_disk(&self, database: &str, mebibytes: u32) -> io::Result<SmallDisk> {
        let disk = SmallDisk::mount(&self.guard.path().join("disk"), mebibytes)?;
        // The server may run as another user than this process.
        let mut chown = Command::new("chown");
        chown.arg("--reference").arg(self.data()).arg(disk.path());
        output_of(&mut chown)?;
        let location = disk.path().display();
        let create = format!("CREATE TABLESPACE small LOCATION '{location}'");
        self.query("postgres", &create)?;
        let database = quoted(database);
        let alter = format!("ALTER DATABASE {database} SET TABLESPACE small");
        self.query("postgres", &alter)?;
        Ok(disk)
    }

    /// Takes every connection the server has left to give, the ones that are
    /// reserved for superusers included.
    ///
    /// # Errors
    ///
    /// When the server is away.
    pub fn take_all_connections(&self) -> io::Result<Hoard> {
        Hoard::of(self.port)
    }

    /// Runs SQL in a database as superuser, through `psql`; see [`psql`].
    ///
    /// # Errors
    ///
    /// When a statement fails or the server is away.
    pub fn query(&self, database: &str, sql: &str) -> io::Result<String> {
        psql_in(&self.bin, &self.superuser_url(database), sql)
    }

    /// Ends the server in order: connections are cut, everything is written.
    ///
    /// # Errors
    ///
    /// When the process cannot be signalled.
    pub fn stop(&mut self) -> io::Result<()> {
        self.resume()?;
        self.guard.end("INT")
    }

    /// Kills the server and all its processes, as a power cut would.
    ///
    /// # Errors
    ///
    /// When the processes cannot be signalled.
    pub fn kill(&mut self) -> io::Result<()> {
        let Some(pid) = self.pid() else {
            return Ok(());
        };
        let backends = children(pid);
        self.guard.end("KILL")?;
        self.paused = false;
        signal("KILL", &backends)?;
        wait_until_gone(&backends)
    }

    /// Starts a stopped or killed server again, with its data, on the same port.
    ///
    /// # Errors
    ///
    /// When the server runs already or does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.pid().is_some() {
            return Err(io::Error::other("the server runs already; stop it first"));
        }
        self.launch()
    }

    /// Stops the server in order and starts it again.
    ///
    /// # Errors
    ///
    /// As [`Postgres::stop`] and [`Postgres::start_again`].
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.start_again()
    }

    /// Freezes the server and its connections: they stay open and never answer.
    ///
    /// # Errors
    ///
    /// When the processes cannot be signalled.
    pub fn pause(&mut self) -> io::Result<()> {
        if let Some(pid) = self.pid() {
            self.paused = true;
            // The parent first, so that no new process appears meanwhile.
            signal("STOP", &[pid])?;
            signal("STOP", &children(pid))?;
        }
        Ok(())
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    ///
    /// When the processes cannot be signalled.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.paused
            && let Some(pid) = self.pid()
        {
            signal("CONT", &children(pid))?;
            signal("CONT", &[pid])?;
        }
        self.paused = false;
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.guard.path().join("data")
    }

    fn init(&self) -> io::Result<()> {
        let mut command = Command::new(self.bin.join("initdb"));
        command
            .arg("-D")
            .arg(self.data())
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        command.args(["--locale=C.UTF-8", "--no-sync", "--no-instructions"]);
        self.guard.prepare(&mut command);
        output_of(&mut command).map(drop)
    }

    fn launch(&mut self) -> io::Result<()> {
        let mut arguments = vec!["-D".to_owned(), self.data().display().to_string()];
        arguments.extend(["-p".to_owned(), self.port.to_string()]);
        for setting in COMMON_SETTINGS.iter().chain(self.durability()) {
            arguments.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let program = self.bin.join("postgres");
        self.guard.launch(&program, &arguments)?;
        let lock_file = self.data().join("postmaster.pid");
        self.guard
            .wait_until(START_TIMEOUT, |guard| is_ready(&lock_file, guard.pid()))
    }

    fn durability(&self) -> &'static [&'static str] {
        if self.options.durable {
            &["fsync=on", "synchronous_commit=on", "full_page_writes=on"]
        } else {
            &[
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum=off",
            ]
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A frozen child would delay the end; the guard copes with errors.
        let _ = self.resume();
        if self.pid().is_none() {
            remove_shared_memory(&self.data().join("postmaster.pid"));
        }
    }
}

const COMMON_SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "wal_level=minimal",
    "max_wal_senders=0",
    // Inside the data directory, so that nothing is left behind by a crash.
    "dynamic_shared_memory_type=mmap",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// Runs SQL through `psql` and returns the rows: one line each, columns
/// separated by `|`, no header. Several statements are separated by `;`.
///
/// # Errors
///
/// When `psql` is missing, a statement fails or the server is away.
pub fn psql(url: &str, sql: &str) -> io::Result<String> {
    let bin = postgres_bin().ok_or_else(|| not_installed("PostgreSQL"))?;
    psql_in(&bin, url, sql)
}

fn psql_in(bin: &Path, url: &str, sql: &str) -> io::Result<String> {
    let mut command = Command::new(bin.join("psql"));
    command.args([
        "-X",
        "-A",
        "-t",
        "-q",
        "-w",
        "-v",
        "ON_ERROR_STOP=1",
        "-d",
        url,
        "-c",
        sql,
    ]);
    command
        .env("LC_ALL", "C.UTF-8")
        .env("PGCONNECT_TIMEOUT", "10")
        .env_remove("PGOPTIONS");
    output_of(&mut command)
}

fn base(options: Options) -> PathBuf {
    let in_memory = !options.durable && free_mebibytes(SHARED_MEMORY) >= ROOM_MEBIBYTES;
    if in_memory {
        PathBuf::from(SHARED_MEMORY)
    } else {
        env::temp_dir()
    }
}

/// The server's lock file has its process number in line 1 and its state in
/// line 8. A crash leaves an old file, so the number has to be the right one.
fn is_ready(lock_file: &Path, pid: Option<u32>) -> bool {
    let text = fs::read_to_string(lock_file).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    let owner = lines.next().and_then(|line| line.parse().ok());
    owner.is_some() && owner == pid && lines.nth(6) == Some("ready")
}

/// A killed server that is never started again leaves a few bytes of System V
/// shared memory; the lock file has its number at the end of line 7.
fn remove_shared_memory(lock_file: &Path) {
    let text = fs::read_to_string(lock_file).unwrap_or_default();
    if let Some(id) = text
        .lines()
        .nth(6)
        .and_then(|line| line.split_whitespace().nth(1))
    {
        let _ = output_of(Command::new("ipcrm").args(["-m", id]));
    }
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
