//! A product installation as an operator would make it: stores, settings,
//! commands, replicas.
//!
//! | Module | What it does |
//! |---|---|
//! | [`program`], [`process`] | running servers, what they use of the machine |
//! | [`api`] | the few requests that prepare and check something |
//! | [`machine`] | the machine that figures belong to |

pub mod api;
pub mod machine;
pub mod process;
pub mod program;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use agentidp_testkit::services::{Options, Postgres, Redis, free_port};
use clap::ValueEnum;
use serde_json::Value;
use tempfile::TempDir;

use api::Client;
use program::Program;

use crate::failure::{Failure, Result};
use crate::run::run_silently;

/// What is the same for all installations. Everything else, the cost of bcrypt
/// included, is the product's default.
pub const SETTINGS: [(&str, &str); 5] = [
    ("APP_ENV", "test"),
    // The same for all replicas, and over restarts on other ports.
    ("OIDC_ISSUER", "https://idp.bench.example"),
    ("RATE_LIMIT_ENABLED", "false"),
    ("RUST_LOG", "warn"),
    ("TIER_ENFORCEMENT", "false"),
];
/// Name of the database.
const DATABASE: &str = "bench";

/// Which stores are behind the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Store {
    /// The embedded store
    Sqlite,
    /// PostgreSQL with Redis
    Postgres,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Stores and settings of a number of servers; everything disappears when
/// dropped.
#[derive(Debug)]
pub struct Installation {
    binary: PathBuf,
    settings: BTreeMap<&'static str, String>,
    folder: TempDir,
    started: Cell<u32>,
    _services: Option<(Postgres, Redis)>,
}

impl Installation {
    /// An installation with its first administrator. PostgreSQL is on disk and
    /// flushes every commit.
    pub fn new(binary: &Path, store: Store) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut settings: BTreeMap<&'static str, String> = SETTINGS
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        let data = folder.path().join("data");
        settings.insert("AGENTIDP_DATA_DIR", data.display().to_string());
        let services = match store {
            Store::Sqlite => None,
            Store::Postgres => {
                let postgres = Postgres::start_with(Options { durable: true })?;
                // What a migration does; the server runs as an ordinary role.
                let role = format!("ALTER ROLE {} CREATEROLE", Postgres::APP_ROLE);
                postgres.query("postgres", &role)?;
                postgres.create_database(DATABASE)?;
                let redis = Redis::start()?;
                settings.insert("DATABASE_URL", postgres.url(DATABASE));
                settings.insert("REDIS_URL", redis.url());
                Some((postgres, redis))
            }
        };
        let made = Self {
            binary: binary.to_owned(),
            settings,
            folder,
            started: Cell::new(0),
            _services: services,
        };
        made.run(&["migrate"])?;
        made.run(&["bootstrap"])?;
        Ok(made)
    }

    /// Sets a variable for everything started from now on.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.insert(name, value.to_owned());
    }

    /// Gives a variable its default again.
    pub fn unset(&mut self, name: &str) {
        self.settings.remove(name);
    }

    /// Runs an operator command.
    pub fn run(&self, arguments: &[&str]) -> Result<()> {
        run_silently(self.command().args(arguments))
    }

    /// Starts a replica and waits for its first healthy answer.
    pub fn start(&self) -> Result<Program> {
        let port = free_port()?;
        self.started.set(self.started.get() + 1);
        let log = self
            .folder
            .path()
            .join(format!("{}.log", self.started.get()));
        let mut command = self.command();
        command.arg("serve").env("PORT", port.to_string());
        Program::start(&mut command, port, "/health", &log)
    }

    /// The first administrator.
    pub fn administrator(&self) -> Result<Client> {
        let path = self.folder.path().join("data").join("bootstrap.json");
        Client::from_json(&read_json(&path)?)
    }

    /// The binary with these settings and no others.
    fn command(&self) -> Command {
        let mut command = isolated(&self.binary, self.folder.path());
        command.envs(&self.settings);
        command
    }
}

/// A command of the product without settings of this one's environment, nor of a
/// `.env`, in a folder that only this run writes.
pub fn isolated(binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .current_dir(folder);
    command
}

/// The content of a JSON file.
pub fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).map_err(Failure::because(format!(
        "{} cannot be read",
        path.display()
    )))?;
    serde_json::from_str(&text).map_err(Failure::because(format!("{} is no JSON", path.display())))
}
