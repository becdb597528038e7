//! A throw-away Redis server.

use std::env;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use super::guard::Guard;
use super::on_free_port;
use super::programs::{not_installed, redis_server, signal};

const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a reply to `PING` may take.
const REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// A Redis server without persistence, on a free port of 127.0.0.1.
///
/// Dropping the value ends the server.
#[derive(Debug)]
pub struct Redis {
    guard: Guard,
    program: PathBuf,
    port: u16,
    paused: bool,
}

impl Redis {
    /// Starts a server.
    ///
    /// # Errors
    ///
    /// When Redis is not installed or does not start; the message has its log.
    pub fn start() -> io::Result<Self> {
        let program = redis_server().ok_or_else(|| not_installed("redis-server"))?;
        let guard = Guard::new(&env::temp_dir(), "redis", "TERM", &[])?;
        let mut server = Self {
            guard,
            program,
            port: 0,
            paused: false,
        };
        on_free_port(|port| {
            server.port = port;
            server.launch()
        })?;
        Ok(server)
    }

    /// URL of the server; append `/<number>` for another database than 0.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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

    /// Whether the server answers a `PING` within a second.
    #[must_use]
    pub fn answers(&self) -> bool {
        ping(self.port).unwrap_or(false)
    }

    /// Removes every key of every database. Channels are not affected.
    ///
    /// # Errors
    ///
    /// When the server does not answer within a second, or refuses.
    pub fn flush(&self) -> io::Result<()> {
        if ask(self.port, b"FLUSHALL\r\n", b"+OK\r\n")? {
            return Ok(());
        }
        Err(io::Error::other("the server did not flush"))
    }

    /// Ends the server in order. All data is lost.
    ///
    /// # Errors
    ///
    /// When the process cannot be signalled.
    pub fn stop(&mut self) -> io::Result<()> {
        self.resume()?;
        self.guard.end("TERM")
    }

    /// Kills the server. All data is lost.
    ///
    /// # Errors
    ///
    /// When the process cannot be signalled.
    pub fn kill(&mut self) -> io::Result<()> {
        self.paused = false;
        self.guard.end("KILL")
    }

    /// Starts a stopped or killed server again, empty, on the same port.
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
    /// As [`Redis::stop`] and [`Redis::start_again`].
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.start_again()
    }

    /// Freezes the server: connections stay open and never answer.
    ///
    /// # Errors
    ///
    /// When the process cannot be signalled.
    pub fn pause(&mut self) -> io::Result<()> {
        if let Some(pid) = self.pid() {
            self.paused = true;
            signal("STOP", &[pid])?;
        }
        Ok(())
    }

    /// Lets a paused server go on.
    ///
    /// # Errors
    ///
    /// When the process cannot be signalled.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.paused
            && let Some(pid) = self.pid()
        {
            signal("CONT", &[pid])?;
        }
        self.paused = false;
        Ok(())
    }

    fn launch(&mut self) -> io::Result<()> {
        let port = self.port.to_string();
        let directory = self.guard.path().display().to_string();
        let settings = [
            ("--port", port.as_str()),
            ("--bind", "127.0.0.1"),
            ("--dir", directory.as_str()),
            ("--save", ""),
            ("--appendonly", "no"),
            ("--daemonize", "no"),
        ];
        let arguments: Vec<String> = settings
            .iter()
            .flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()])
            .collect();
        self.guard.launch(&self.program, &arguments)?;
        let port = self.port;
        self.guard
            .wait_until(START_TIMEOUT, |_| ping(port).unwrap_or(false))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // A frozen process does not see its signal; the guard copes with errors.
        let _ = self.resume();
    }
}

fn ping(port: u16) -> io::Result<bool> {
    ask(port, b"PING\r\n", b"+PONG\r\n")
}

/// Whether the server answers `command` with `wanted`.
fn ask(port: u16, command: &[u8], wanted: &[u8]) -> io::Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, REPLY_TIMEOUT)?;
    stream.set_read_timeout(Some(REPLY_TIMEOUT))?;
    stream.write_all(command)?;
    let mut reply = vec![0; wanted.len()];
    stream.read_exact(&mut reply)?;
    Ok(reply == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::programs::is_running;

    #[test]
    fn starts_stops_and_starts_on_the_same_port() {
        let mut server = Redis::start().unwrap();
        let url = server.url();
        assert!(server.answers());
        server.stop().unwrap();
        assert!(!server.answers());
        assert_eq!(server.pid(), None);
        server.start_again().unwrap();
        assert!(server.answers());
        assert_eq!(server.url(), url);
        assert!(
            server
                .start_again()
                .unwrap_err()
                .to_string()
                .contains("runs already")
        );
        server.kill().unwrap();
        assert!(!server.answers());
    }

    #[test]
    fn a_paused_server_answers_only_after_resume() {
        let mut server = Redis::start().unwrap();
        server.pause().unwrap();
        assert!(!server.answers());
        server.resume().unwrap();
        assert!(server.answers());
    }

    #[test]
    fn drop_ends_the_server_and_removes_its_directory() {
        for paused in [false, true] {
            let mut server = Redis::start().unwrap();
            if paused {
                server.pause().unwrap();
            }
            let (pid, directory) = (server.pid().unwrap(), server.guard.path().to_owned());
            drop(server);
            assert!(!is_running(pid));
            assert!(!directory.exists());
        }
    }
}
