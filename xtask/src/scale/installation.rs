//! A server over one of the databases.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use agentidp_testkit::services::{Redis, free_port};

use crate::failure::{Failure, Result};
use crate::run::first_line;
use crate::scale::Size;
use crate::scale::cluster::Cluster;

/// How long a server may take to answer for the first time.
const START: Duration = Duration::from_secs(30);
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

    /// Id of the largest organization, id and secret of its administrator.
    pub fn client(&self) -> Result<[String; 3]> {
        let file = self.data.join("client.json");
        let text = fs::read_to_string(&file).map_err(Failure::because(format!(
            "{} cannot be read",
            file.display()
        )))?;
        let names = ["organizationId", "clientId", "clientSecret"];
        let [organization, id, secret] = names.map(|name| member(&text, name));
        match (organization, id, secret) {
            (Some(organization), Some(id), Some(secret)) => Ok([organization, id, secret]),
            _ => Err(Failure::new(format!("{} is incomplete", file.display()))),
        }
    }
}

/// A running server; ends when dropped.
pub struct Installation<'a> {
    place: &'a Place,
    server: Child,
    base: String,
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
        let server = place
            .command(binaries, &cluster.url(place), "serve")
            .env("REDIS_URL", redis.url())
            .env("PORT", port.to_string())
            .spawn()?;
        let mut installation = Self {
            place,
            server,
            base: format!("http://127.0.0.1:{port}"),
            started,
        };
        installation.wait()?;
        Ok(installation)
    }

    /// Address without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A token of the administrator of the largest organization.
    pub fn token(&self) -> Result<String> {
        let [_, id, secret] = self.place.client()?;
        let answer = first_line(Command::new("curl").args([
            "-s",
            &format!("{}/oauth2/token", self.base),
            "-d",
            "grant_type=client_credentials&scope=agents:read audit:read",
            "-d",
            &format!("client_id={id}"),
            "-d",
            &format!("client_secret={secret}"),
        ]))
        .unwrap_or_default();
        member(&answer, "access_token")
            .ok_or_else(|| Failure::new(format!("the server gave no token: {answer}")))
    }

    /// Process number.
    pub fn pid(&self) -> u32 {
        self.server.id()
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

    fn wait(&mut self) -> Result<()> {
        let address = self.base.trim_start_matches("http://").to_owned();
        let deadline = Instant::now() + START;
        while std::net::TcpStream::connect(&address).is_err() {
            if let Some(status) = self.server.try_wait()? {
                return Err(Failure::new(format!("the server ended early ({status})")));
            }
            if Instant::now() > deadline {
                return Err(Failure::new("the server did not start in time"));
            }
            thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Installation<'_> {
    fn drop(&mut self) {
        // Nobody can act on an error here.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A text member of a flat JSON object.
fn member(json: &str, name: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{name}\":"))?;
    let (_, rest) = rest.split_once('"')?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_both_layouts() {
        for json in [
            r#"{"a":"b","c":"d"}"#,
            "{\n  \"a\": \"b\",\n  \"c\": \"d\"\n}",
        ] {
            assert_eq!(member(json, "c").as_deref(), Some("d"));
            assert_eq!(member(json, "e"), None);
        }
    }
}
