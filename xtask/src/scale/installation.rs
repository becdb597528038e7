//! A server over one of the databases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use agentidp_testkit::services::{Redis, free_port};
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::installation::api::{Client, member};
use crate::installation::program::Program;
use crate::scale::Size;
use crate::scale::cluster::Cluster;

/// How long its first verification of all logs may take.
const VERIFICATION: Duration = Duration::from_secs(1800);
/// Pause between two looks at whether it is over.
const POLL: Duration = Duration::from_millis(500);

/// What is run.
pub struct Binaries {
    /// The server.
    pub server: PathBuf,
    /// The generator.
    pub fill: PathBuf,
}

/// A database and the data folder of its server.
pub struct Place {
    database: &'static str,
    size: Size,
    data: PathBuf,
}

impl Place {
    /// With a data folder in `folder`.
    pub fn new(database: &'static str, size: Size, folder: &Path) -> Self {
        Self {
            database,
            size,
            data: folder.join(database),
        }
    }

    /// Name of the database.
    pub fn database(&self) -> &'static str {
        self.database
    }

    /// How much there is in it.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Data folder of the server.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A command of the server, silent.
    pub fn command(&self, binaries: &Binaries, url: &str, name: &str) -> Command {
        let mut command = Command::new(&binaries.server);
        command
            .arg(name)
            // No .env of the workspace.
            .current_dir(std::env::temp_dir())
            .env("DATABASE_URL", url)
            .env("AGENTIDP_DATA_DIR", &self.data)
            .envs([
                ("APP_ENV", "test"),
                ("RUST_LOG", "warn"),
                ("RATE_LIMIT_ENABLED", "false"),
                ("TIER_ENFORCEMENT", "false"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Runs such a command to its end and requires that it succeeds.
    pub fn require(&self, binaries: &Binaries, url: &str, name: &str) -> Result<()> {
        let output = self
            .command(binaries, url, name)
            .stderr(Stdio::piped())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Failure::new(format!("`agentidp {name}` failed: {reason}")))
    }

    /// Id of the largest organization.
    pub fn organization(&self) -> Result<String> {
        member(&self.written()?, "organizationId")
    }

    /// Administrator of the largest organization.
    pub fn client(&self) -> Result<Client> {
        Client::from_json(&self.written()?)
    }

    /// What the generator has written for whoever uses its data.
    fn written(&self) -> Result<Value> {
        let file = self.data.join("client.json");
        let text = fs::read_to_string(&file).map_err(Failure::because(format!(
            "{} cannot be read",
            file.display()
        )))?;
        serde_json::from_str(&text)
            .map_err(Failure::because(format!("{} is no JSON", file.display())))
    }
}

/// A running server; ends when dropped.
pub struct Installation<'a> {
    place: &'a Place,
    program: Program,
    /// By the clock of the database.
    started: String,
}

impl<'a> Installation<'a> {
    /// Starts a server and waits until it answers.
    pub fn start(
        binaries: &Binaries,
        cluster: &Cluster,
        place: &'a Place,
        redis: &Redis,
    ) -> Result<Self> {
        let port = free_port()?;
        let started = cluster.query(place, "SELECT now()")?;
        let mut command = place.command(binaries, &cluster.url(place), "serve");
        command
            .env("REDIS_URL", redis.url())
            .env("PORT", port.to_string());
        let log = place.data.join("server.log");
        Ok(Self {
            place,
            program: Program::start(&mut command, port, "/health", &log)?,
            started,
        })
    }

    /// The server.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// A token of the administrator of the largest organization.
    pub fn token(&self) -> Result<String> {
        let client = self.place.client()?;
        self.program.api().token(&client, "agents:read audit:read")
    }

    /// Waits for the verification of all logs that a server begins soon after
    /// its start, so that it does not run beside the measurements.
    pub fn wait_for_background_verification(&self, cluster: &Cluster) -> Result<()> {
        let deadline = Instant::now() + VERIFICATION;
        let query = format!(
            "SELECT count(*) FROM compliance_status \
             WHERE control_id = 'CC7.2' AND status = 'passing' AND last_checked > '{}'",
            self.started
        );
        while cluster.query(self.place, &query)? != "1" {
            if Instant::now() > deadline {
                return Err(Failure::new("the background verification does not end"));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}
