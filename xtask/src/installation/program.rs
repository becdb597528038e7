//! A server program in the background: started, found ready, ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::api::Api;
use super::process;
use crate::failure::{Failure, Result};
use crate::run::run_silently;

/// How long a program may take to answer for the first time.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end before it is killed.
const END: Duration = Duration::from_secs(20);
/// Pause between two looks at something that is about to happen.
const POLL: Duration = Duration::from_millis(1);

/// A running program that serves HTTP on 127.0.0.1; ends when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    base: String,
    started_in: Duration,
    log: PathBuf,
}

impl Program {
    /// Starts a program that will listen on `port`, and waits until a GET of
    /// `health` gives 200. What it prints goes to `log`.
    pub fn start(command: &mut Command, port: u16, health: &str, log: &Path) -> Result<Self> {
        let output = File::create(log)?;
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let begin = Instant::now();
        let mut program = Self {
            child: command.spawn()?,
            base: format!("http://127.0.0.1:{port}"),
            started_in: Duration::ZERO,
            log: log.to_owned(),
        };
        program.wait_until_ready(health, begin + START)?;
        program.started_in = begin.elapsed();
        Ok(program)
    }

    /// Address without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A client of it.
    pub fn api(&self) -> Api {
        Api::new(&self.base)
    }

    /// Number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// From the start of the process to its first healthy answer.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// CPU time it has used so far, in seconds; 0 where the kernel does not
    /// tell.
    pub fn cpu_seconds(&self) -> f64 {
        process::cpu_seconds(self.pid()).unwrap_or_default()
    }

    /// Ends it in order.
    pub fn stop(mut self) -> Result<()> {
        // The shell's own `kill`: a minimal system has no other.
        run_silently(
            Command::new("sh")
                .args(["-c", "kill -s TERM \"$1\"", "sh"])
                .arg(self.pid().to_string()),
        )?;
        let deadline = Instant::now() + END;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err(Failure::new("the server does not end"));
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn wait_until_ready(&mut self, health: &str, deadline: Instant) -> Result<()> {
        let api = self.api();
        while !api.is_ready(health) {
            let ended = self.child.try_wait()?;
            let problem = match ended {
                Some(status) => format!("ended early ({status})"),
                None if Instant::now() > deadline => "did not start in time".to_owned(),
                None => {
                    thread::sleep(POLL);
                    continue;
                }
            };
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            return Err(Failure::new(format!(
                "the server {problem}; its log:\n{log}"
            )));
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Nobody can act on an error here; after `stop` there is one.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ends_early_is_reported_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let port = agentidp_testkit::services::free_port().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo PORT is wrong >&2; exit 3"]);
        let log = folder.path().join("log");
        let error = Program::start(&mut command, port, "/health", &log).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("ended early") && text.contains("PORT is wrong"),
            "{text}"
        );
    }
}
