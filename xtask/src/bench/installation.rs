//! A server over a fresh store, as an operator would start it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use agentidp_testkit::services::{Options, Postgres, Redis, free_port};
use tempfile::TempDir;

use crate::failure::{Failure, Result};
use crate::run::first_line;

/// How long a server may take to answer for the first time.
const START: Duration = Duration::from_secs(30);

/// Which stores are behind the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded store.
    Sqlite,
    /// PostgreSQL and Redis.
    PostgresRedis,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::PostgresRedis => "PostgreSQL + Redis",
        })
    }
}

/// The first administrator.
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: String,
}

/// A running server; ends with its stores when dropped.
pub struct Installation {
    server: Child,
    base: String,
    client: Client,
    // Dropped after the server.
    _stores: Option<(Postgres, Redis)>,
    _folder: TempDir,
}

impl Installation {
    /// Starts a server whose signing keys have this algorithm.
    pub fn start(binary: &Path, kind: Kind, algorithm: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = free_port()?;
        let stores = match kind {
            Kind::Sqlite => None,
            Kind::PostgresRedis => Some(stores()?),
        };
        let mut settings = vec![
            ("PORT", port.to_string()),
            ("JWT_ALGORITHM", algorithm.to_owned()),
            ("APP_ENV", "test".to_owned()),
            ("RUST_LOG", "warn".to_owned()),
            ("RATE_LIMIT_ENABLED", "false".to_owned()),
            ("TIER_ENFORCEMENT", "false".to_owned()),
            (
                "AGENTIDP_DATA_DIR",
                folder.path().join("data").display().to_string(),
            ),
        ];
        if let Some((postgres, redis)) = &stores {
            settings.push(("DATABASE_URL", postgres.superuser_url("bench")));
            settings.push(("REDIS_URL", redis.url()));
        }
        let command = |arguments: &[&str]| {
            let mut command = Command::new(binary);
            command
                .args(arguments)
                .current_dir(folder.path())
                .envs(settings.iter().map(|(name, value)| (name, value)))
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        if stores.is_some() {
            require(&mut command(&["migrate"]))?;
            require(&mut command(&["bootstrap"]))?;
        }
        let server = command(&["serve"]).spawn()?;
        let mut installation = Self {
            server,
            base: format!("http://127.0.0.1:{port}"),
            client: Client {
                id: String::new(),
                secret: String::new(),
            },
            _stores: stores,
            _folder: folder,
        };
        installation.wait()?;
        installation.client = read_client(&installation.data().join("bootstrap.json"))?;
        Ok(installation)
    }

    /// Address without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The first administrator.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A token with the scopes that the scenarios need.
    pub fn token(&self) -> Result<String> {
        let answer = first_line(Command::new("curl").args([
            "-s",
            &format!("{}/oauth2/token", self.base),
            "-d",
            "grant_type=client_credentials&scope=agents:read tokens:read",
            "-d",
            &format!("client_id={}", self.client.id),
            "-d",
            &format!("client_secret={}", self.client.secret),
        ]))
        .unwrap_or_default();
        member(&answer, "access_token")
            .ok_or_else(|| Failure::new("the server gave no token; is `curl` installed?"))
    }

    /// Resident memory of the server, in MiB.
    pub fn memory(&self) -> Option<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    }

    fn data(&self) -> PathBuf {
        self._folder.path().join("data")
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
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn stores() -> Result<(Postgres, Redis)> {
    let postgres = Postgres::start_with(Options { durable: true })?;
    postgres.create_database("bench")?;
    Ok((postgres, Redis::start()?))
}

fn require(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "preparing the store failed ({status})"
        )))
    }
}

fn read_client(path: &Path) -> Result<Client> {
    let text = fs::read_to_string(path).map_err(Failure::because(format!(
        "{} cannot be read",
        path.display()
    )))?;
    let text = text.replace([' ', '\n'], "");
    match (member(&text, "clientId"), member(&text, "clientSecret")) {
        (Some(id), Some(secret)) => Ok(Client { id, secret }),
        _ => Err(Failure::new(format!("{} is incomplete", path.display()))),
    }
}

/// A text member of a flat JSON object.
fn member(json: &str, name: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{name}\":\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found() {
        let json = r#"{"clientId":"a","clientSecret":"b"}"#;
        assert_eq!(member(json, "clientSecret").as_deref(), Some("b"));
        assert_eq!(member(json, "other"), None);
    }
}
