//! A server over one of the databases.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use agentidp_testkit::services::{Redis, free_port};
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::installation::api::{Client, member};
use crate::installation::program::Program;
use crate::installation::{SETTINGS, isolated, read_json};
use crate::scale::Size;
use crate::scale::cluster::Cluster;
use crate::scale::scenarios::Access;

/// Scopes of tokens; credentials are listed for whoever may change them.
const SCOPES: &str = "agents:read agents:write audit:read";
/// How long its first verification of all logs may take.
const VERIFICATION: Duration = Duration::from_secs(3600);
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
    folder: PathBuf,
}

impl Place {
    /// With a data folder in `folder`.
    pub fn new(database: &'static str, size: Size, folder: &Path) -> Self {
        Self {
            database,
            size,
            folder: folder.to_owned(),
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
    pub fn data(&self) -> PathBuf {
        self.folder.join(self.database)
    }

    /// A command of the server.
    pub fn command(&self, binaries: &Binaries, url: &str, name: &str) -> Command {
        let mut command = isolated(&binaries.server, &self.folder);
        command
            .arg(name)
            .envs(SETTINGS)
            .env("DATABASE_URL", url)
            .env("AGENTIDP_DATA_DIR", self.data());
        command
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
        read_json(&self.data().join("client.json"))
    }
}

/// A line of a request that lets it in.
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Its value, a secret.
    pub value: String,
}

/// A running server; ends when dropped.
pub struct Installation<'a> {
    place: &'a Place,
    program: Program,
    /// Cookie of the administrator, who signs in once.
    session: OnceCell<String>,
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
        let log = place.data().join("server.log");
        Ok(Self {
            place,
            program: Program::start(&mut command, port, "/health", &log)?,
            session: OnceCell::new(),
            started,
        })
    }

    /// The server.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What lets requests of the administrator of the largest organization in;
    /// nothing where everybody may ask. A token is a new one, good for an hour.
    pub fn header(&self, access: Access) -> Result<Option<Header>> {
        let (name, value) = match access {
            Access::Open => return Ok(None),
            Access::Token => ("Authorization", format!("Bearer {}", self.token()?)),
            Access::Session => ("Cookie", self.session()?),
        };
        Ok(Some(Header { name, value }))
    }

    fn token(&self) -> Result<String> {
        self.program.api().token(&self.place.client()?, SCOPES)
    }

    fn session(&self) -> Result<String> {
        if let Some(cookie) = self.session.get() {
            return Ok(cookie.clone());
        }
        let cookie = self.program.api().sign_in(&self.place.client()?)?;
        Ok(self.session.get_or_init(|| cookie).clone())
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
