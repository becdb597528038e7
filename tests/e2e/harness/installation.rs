//! An installation of its own for each test: data directory, database, Redis,
//! settings.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use agentidp_testkit::requirements;
use agentidp_testkit::services::{Postgres, Redis, SmallDisk, postgres_bin, redis_server};
use agentidp_testkit::vault::FakeVault;
use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::database::Database;
use super::process::Process;
use super::server::Server;

/// An operator command on a busy machine.
const COMMAND: Duration = Duration::from_secs(60);
/// Public URL, the same for all replicas and over restarts on other ports.
pub const ISSUER: &str = "https://idp.example.test";

/// Fast and quiet, unless a test is about the setting. ES256 keys are made in
/// no time.
const SETTINGS: [(&str, &str); 6] = [
    ("APP_ENV", "test"),
    ("BCRYPT_COST", "4"),
    ("RATE_LIMIT_ENABLED", "false"),
    ("OIDC_ISSUER", ISSUER),
    ("JWT_ALGORITHM", "ES256"),
    ("PORT", "0"),
];

/// How a command ended.
pub struct Ended {
    /// Its exit code; -1 after a signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Everything servers and commands of one test share.
pub struct Installation {
    binary: PathBuf,
    folder: TempDir,
    pub database: Database,
    pub redis: Option<Redis>,
    variables: BTreeMap<String, String>,
}

impl Installation {
    /// The embedded store, empty. `None`: the test was reported as skipped.
    pub fn embedded() -> Option<Self> {
        Self::new(|folder| Database::sqlite(&folder.join("data").join("agentidp.db")))
    }

    /// As [`embedded`](Self::embedded), with the data directory on a disk of
    /// `mebibytes`. Drop the disk before the installation.
    pub fn embedded_on_small_disk(mebibytes: u32) -> Option<(Self, SmallDisk)> {
        let made = Self::embedded()?;
        let disk = mounted(SmallDisk::mount(&made.data(), mebibytes))?;
        Some((made, disk))
    }

    /// As [`on_own_cluster`](Self::on_own_cluster), with the database on a disk
    /// of `mebibytes`. Drop the disk before the installation.
    pub fn on_own_cluster_with_small_disk(mebibytes: u32) -> Option<(Self, SmallDisk)> {
        let made = Self::on_own_cluster(false)?;
        let disk = mounted(made.database.move_to_small_disk(mebibytes))?;
        Some((made, disk))
    }

    /// A migrated PostgreSQL database in the cluster all tests share, a Redis
    /// of its own (its channel is not bound to a database number), and the
    /// first administrator.
    pub fn scaled() -> Option<Self> {
        Self::on_shared_cluster().map(|mut made| {
            made.add_redis();
            made.prepare();
            made
        })
    }

    /// As [`embedded`](Self::embedded), with secrets and key ring in Vault.
    pub fn embedded_with_vault(vault: &FakeVault) -> Option<Self> {
        let mut made = Self::embedded()?;
        made.use_vault(vault);
        Some(made)
    }

    /// As [`scaled`](Self::scaled), with secrets and key ring in Vault.
    pub fn scaled_with_vault(vault: &FakeVault) -> Option<Self> {
        let mut made = Self::on_shared_cluster()?;
        made.add_redis();
        made.use_vault(vault);
        made.prepare();
        Some(made)
    }

    /// Lets everything started from now on use a Vault.
    pub fn use_vault(&mut self, vault: &FakeVault) {
        self.set("VAULT_ADDR", &vault.address());
        self.set("VAULT_TOKEN", &vault.token());
    }

    /// An empty PostgreSQL database in the shared cluster.
    pub fn on_shared_cluster() -> Option<Self> {
        requires_services()?;
        let made = Self::new(|_| Database::shared(shared_cluster(), &database_name()));
        made.map(Self::use_postgres)
    }

    /// A PostgreSQL server for this test alone, which may be stopped; with
    /// `durable`, it survives being killed.
    pub fn on_own_cluster(durable: bool) -> Option<Self> {
        requires_services()?;
        let mut made = Self::new(|_| Database::own(durable, &database_name()))?.use_postgres();
        made.add_redis();
        made.prepare();
        Some(made)
    }

    fn new(database: impl FnOnce(&Path) -> Database) -> Option<Self> {
        let binary = binary(requirements::SERVER, "agentidp")?;
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path());
        let mut made = Self {
            binary,
            folder,
            database,
            redis: None,
            variables: BTreeMap::new(),
        };
        for (name, value) in SETTINGS {
            made.set(name, value);
        }
        let data = made.data().display().to_string();
        made.set("AGENTIDP_DATA_DIR", &data);
        Some(made)
    }

    fn use_postgres(mut self) -> Self {
        let url = self.database.url();
        self.set("DATABASE_URL", &url);
        self.set("DB_POOL_CONNECTION_TIMEOUT_MS", "2000");
        self
    }

    fn add_redis(&mut self) {
        let redis = Redis::start().unwrap();
        self.set("REDIS_URL", &redis.url());
        self.redis = Some(redis);
    }

    /// What an operator does before the first start on PostgreSQL.
    fn prepare(&self) {
        self.succeed(&["migrate"]);
        self.succeed(&["bootstrap"]);
    }

    /// Sets a variable for everything started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// A folder that disappears with the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The binary with these settings and no others.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(&self.variables)
            .current_dir(self.folder());
        command
    }

    /// Starts a server.
    pub fn start(&self) -> Server {
        Server::start(&mut self.command(&["serve"]))
    }

    /// Starts a server on a port it had before.
    pub fn start_on(&self, port: u16) -> Server {
        Server::start(self.command(&["serve"]).env("PORT", port.to_string()))
    }

    /// Starts a server that may have this many files open and no more.
    pub fn start_with_files(&self, files: u32) -> Server {
        let serve = self.command(&["serve"]);
        let variables = serve.get_envs();
        let mut command = Command::new("sh");
        command
            .args(["-c", r#"ulimit -n "$0" && exec "$@""#])
            .arg(files.to_string())
            .arg(serve.get_program())
            .args(serve.get_args())
            .env_clear()
            .envs(variables.filter_map(|(name, value)| Some((name, value?))))
            .current_dir(self.folder());
        Server::start(&mut command)
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// Runs a command that must succeed; what it wrote to stdout.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        let output = format!("{}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.code, 0, "{arguments:?}:\n{output}");
        ended.stdout
    }

    /// The first administrator, from `bootstrap.json`.
    pub fn admin(&self) -> Client {
        Client::from_json(&self.bootstrap_file())
    }

    /// The content of `bootstrap.json`.
    pub fn bootstrap_file(&self) -> Value {
        let text = std::fs::read_to_string(self.data().join("bootstrap.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// Runs any command to its end.
pub fn finish(command: &mut Command) -> Ended {
    let mut process = Process::spawn(command);
    let status = process.wait(COMMAND);
    Ended {
        code: status.code().unwrap_or(-1),
        stdout: process.stdout.text(),
        stderr: process.stderr.text(),
    }
}

/// A binary under test: the configured one, else the one that was built beside
/// this test.
pub fn binary(variable: &str, program: &str) -> Option<PathBuf> {
    let configured = std::env::var_os(variable).filter(|path| !path.is_empty());
    let path = configured.map_or_else(
        || {
            let tests = std::env::current_exe().unwrap();
            tests.ancestors().nth(2).unwrap().join(program)
        },
        PathBuf::from,
    );
    if path.is_file() {
        return Some(path);
    }
    requirements::skip(&format!(
        "no program {program} at {}; `cargo xtask test` builds it",
        path.display()
    ));
    None
}

fn mounted(disk: io::Result<SmallDisk>) -> Option<SmallDisk> {
    if let Err(error) = &disk {
        requirements::skip(&format!("no file system can be mounted here: {error}"));
    }
    disk.ok()
}

fn requires_services() -> Option<()> {
    if postgres_bin().is_some() && redis_server().is_some() {
        return Some(());
    }
    requirements::skip("PostgreSQL or Redis is not installed; run `cargo xtask setup`");
    None
}

/// One cluster for all tests that do not stop it. Its watchdog ends it with
/// the test process.
fn shared_cluster() -> &'static Postgres {
    static CLUSTER: OnceLock<Postgres> = OnceLock::new();
    CLUSTER.get_or_init(|| super::database::cluster(false))
}

fn database_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("e2e_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}
