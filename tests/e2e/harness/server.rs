//! A running server.

use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use super::client::Api;
use super::process::{POLL, Process};

/// Start on a machine that is busy with other tests.
const START: Duration = Duration::from_secs(60);
/// End in order, running requests included.
const STOP: Duration = Duration::from_secs(45);
/// The last line before requests are answered; the port follows.
const READY: &str = "SentryAgent.ai AgentIdP listening on port ";

/// A server that answers on a port of 127.0.0.1.
pub struct Server {
    process: Process,
    /// The port it listens on.
    pub port: u16,
    /// A client of it.
    pub api: Api,
}

impl Server {
    /// Starts a server and waits for its ready line.
    pub fn start(command: &mut Command) -> Self {
        let mut process = Process::spawn(command);
        let deadline = Instant::now() + START;
        let port = loop {
            if let Some(port) = port_of(&process.stdout.text()) {
                break port;
            }
            let ended = process.ended();
            assert!(ended.is_none(), "ended ({ended:?}):\n{}", process.output());
            assert!(
                Instant::now() < deadline,
                "not ready:\n{}",
                process.output()
            );
            std::thread::sleep(POLL);
        };
        let api = Api::at(port);
        Self { process, port, api }
    }

    /// Number of its process.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it printed for people.
    pub fn printed(&self) -> String {
        self.process.stdout.text()
    }

    /// What it logged.
    pub fn log(&self) -> String {
        self.process.stderr.text()
    }

    /// Waits until the log contains `text` more than `before` times.
    pub fn wait_for_log(&self, text: &str, before: usize) {
        let deadline = Instant::now() + START;
        while self.log().matches(text).count() <= before {
            assert!(
                Instant::now() < deadline,
                "never logged {text:?}:\n{}",
                self.log()
            );
            std::thread::sleep(POLL);
        }
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// Ends it with SIGTERM; the status and everything it logged.
    pub fn stop(self) -> (ExitStatus, String) {
        self.end_with("TERM")
    }

    /// Ends it with a signal; the status and everything it logged.
    pub fn end_with(self, signal: &str) -> (ExitStatus, String) {
        self.process.signal(signal);
        self.ended()
    }

    /// Waits for the end it was told to come to; the status and everything it
    /// logged.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = self.process.wait(STOP);
        let log = self.log();
        assert!(!log.contains("panicked at"), "{log}");
        (status, log)
    }
}

fn port_of(printed: &str) -> Option<u16> {
    let mut lines = printed
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    lines.find_map(|line| line.trim_end().strip_prefix(READY)?.parse().ok())
}
