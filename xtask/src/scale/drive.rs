//! Sends requests and watches what they cost.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::failure::{Failure, Result};
use crate::installation::process;
use crate::installation::program::Program;
use crate::scale::cluster::Cluster;
use crate::scale::installation::{Binaries, Header, Place};
use crate::scale::scenarios::Scenario;

/// Pause between two looks at the memory of a process.
const POLL: Duration = Duration::from_millis(10);

/// What came out of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    /// Name in the table.
    pub name: &'static str,
    /// How long it took.
    pub seconds: f64,
    /// Bytes of the answer.
    pub bytes: u64,
    /// Resident memory of the server in MB: before, at most, afterwards.
    pub memory: [f64; 3],
}

/// A verification of all logs by `agentidp verify-audit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// How long it took.
    pub seconds: f64,
    /// Its resident memory in MB, at most.
    pub memory: f64,
}

/// Verifies all logs of a database, and requires that they are intact.
pub fn verify_all(binaries: &Binaries, cluster: &Cluster, place: &Place) -> Result<Walk> {
    let begun = Instant::now();
    let child = place
        .command(binaries, &cluster.url(place), "verify-audit")
        // A line per log, which nobody would read meanwhile.
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let pid = child.id();
    let (output, memory) = watch(child, pid)?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!(
            "`agentidp verify-audit` failed, or a log is not intact: {}",
            reason.trim()
        )));
    }
    Ok(Walk {
        seconds: begun.elapsed().as_secs_f64(),
        memory,
    })
}

/// Sends one request and watches the memory of the server.
pub struct Once {
    headers: TempDir,
}

impl Once {
    /// One that has sent nothing yet.
    pub fn new() -> Result<Self> {
        Ok(Self {
            headers: tempfile::tempdir()?,
        })
    }

    /// Sends the first request of a scenario once; it must succeed. A page that
    /// leads elsewhere does not.
    pub fn send(
        &self,
        server: &Program,
        scenario: &Scenario,
        header: Option<&Header>,
    ) -> Result<Single> {
        let line = header.map(|header| format!("{}: {}\n", header.name, header.value));
        // It lies in a folder of this user only, not on a command line.
        let header = self.headers.path().join("header");
        fs::write(&header, line.unwrap_or_default())?;
        let path = scenario.paths.first().map_or("", String::as_str);
        let before = memory(server.pid());
        let child = Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-H"])
            .arg(format!("@{}", header.display()))
            .args(["-w", "%{http_code} %{time_total} %{size_download}"])
            .arg(format!("{}{path}", server.base()))
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::because("`curl` could not be started"))?;
        let (output, peak) = watch(child, server.pid())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (seconds, bytes) = answer(&text)
            .ok_or_else(|| Failure::new(format!("{path} was answered with {text}")))?;
        Ok(Single {
            name: scenario.name,
            seconds,
            bytes,
            memory: [before, peak, memory(server.pid())],
        })
    }
}

/// Seconds and bytes of an answer with status 200.
fn answer(text: &str) -> Option<(f64, u64)> {
    let (seconds, bytes) = text.trim().strip_prefix("200 ")?.split_once(' ')?;
    Some((seconds.parse().ok()?, bytes.parse().ok()?))
}

/// Waits for the end of `child`; answers the largest memory that the process
/// `pid` had meanwhile.
fn watch(mut child: Child, pid: u32) -> Result<(Output, f64)> {
    let mut peak = memory(pid);
    while child.try_wait()?.is_none() {
        peak = peak.max(memory(pid));
        thread::sleep(POLL);
    }
    Ok((child.wait_with_output()?, peak))
}

/// Resident memory of a process in MB; 0 when it has ended.
fn memory(pid: u32) -> f64 {
    process::resident(pid).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        assert_eq!(answer("200 0.25 17"), Some((0.25, 17)));
        assert_eq!(answer("503 0.25 17"), None);
    }
}
