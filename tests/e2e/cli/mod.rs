//! The command-line tool against the real server: in a terminal, as its users
//! have it, and with pipes, as scripts have it. A stand-in takes the place of the
//! server for what that one does not do on demand.

mod agents;
mod catching_up;
mod completions;
mod configuration;
mod environment;
mod rotation;
mod scaffold;
mod stand_in;
mod strange_server;
mod tail;
mod terminal;
mod tokens;
mod usage;

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use agentidp_testkit::requirements;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::process::Process;
use crate::harness::{Client, Ended, Installation, Server, Tenant, binary, finish, tenant};
use terminal::Terminal;

/// A command on a busy machine.
const COMMAND: Duration = Duration::from_secs(60);

/// The tool, and a home directory of its own.
pub struct Tool {
    binary: PathBuf,
    home: TempDir,
}

impl Tool {
    /// Not configured. `None`: the test was reported as skipped.
    pub fn new() -> Option<Self> {
        Some(Self {
            binary: binary(requirements::TOOL, "sentryagent")?,
            home: tempfile::tempdir().unwrap(),
        })
    }

    /// The tool without any other settings of this machine.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(self.home.path());
        command
    }

    /// Runs it to its end, without input.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        finish(&mut self.command(arguments))
    }

    /// Runs it with this input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let (mut process, mut pipe) = Process::spawn_with_input(&mut self.command(arguments));
        // A program that fails early reads nothing.
        pipe.write_all(input.as_bytes()).ok();
        drop(pipe);
        let status = process.wait(COMMAND);
        Ended {
            code: status.code().unwrap_or(-1),
            stdout: process.stdout.text(),
            stderr: process.stderr.text(),
        }
    }

    /// Runs it; it must succeed and say nothing on stderr.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (0, ""),
            "{arguments:?}"
        );
        ended.stdout
    }

    /// Runs it; it must fail and print no result. What it said.
    pub fn fail(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (1, ""),
            "{arguments:?}"
        );
        ended.stderr
    }

    /// Runs it with `--output json`; the document it prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--output", "json"]].concat();
        serde_json::from_str(&self.succeed(&arguments)).unwrap()
    }

    /// Starts it in a terminal.
    pub fn terminal(&self, arguments: &[&str]) -> Terminal {
        Terminal::open(&self.command(arguments))
    }

    /// Tells it of a server and a credential.
    pub fn configure(&self, api_url: &str, client: &Client, more: &[&str]) {
        let answers = format!("{api_url}\n{}\n{}\n", client.id, client.secret);
        let ended = self.run_with(&[&["configure"][..], more].concat(), &answers);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }

    /// The configuration file.
    pub fn file(&self) -> PathBuf {
        self.home.path().join(".sentryagent/config.json")
    }

    /// A path below its home directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().canonicalize().unwrap().join(name)
    }
}

/// The tool, configured as the administrator of an organization.
pub struct World {
    pub tool: Tool,
    pub server: Server,
    pub tenant: Tenant,
    /// A token of the administrator.
    pub token: String,
    pub installation: Installation,
}

impl World {
    /// `None`: the test was reported as skipped.
    pub async fn new(slug: &str) -> Option<Self> {
        let (tool, installation) = (Tool::new()?, Installation::embedded()?);
        let server = installation.start();
        let (tenant, token) = tenant(&installation, &server, slug).await;
        tool.configure(&server.api.base, &tenant.admin, &[]);
        Some(Self {
            tool,
            server,
            tenant,
            token,
            installation,
        })
    }
}
