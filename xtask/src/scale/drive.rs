//! Sends requests and watches what they cost.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::failure::{Failure, Result};
use crate::scale::cluster::Cluster;
use crate::scale::installation::{Binaries, Installation, Place};
use crate::scale::scenarios::Scenario;
use crate::ui;

/// Pause between two looks at the memory of a process.
const POLL: Duration = Duration::from_millis(10);

/// What came out of many requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Requests per second.
    pub rate: f64,
    /// Median latency, milliseconds.
    pub p50: f64,
    /// 99th percentile of latency, milliseconds.
    pub p99: f64,
    /// Requests that failed, other answers than 2xx and 3xx included.
    pub errors: u64,
}

/// What came out of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Single {
    /// Name in the table.
    pub name: &'static str,
    /// How long it took.
    pub seconds: f64,
    /// Bytes of the answer.
    pub bytes: u64,
    /// Resident memory of the server in MiB: before, at most, afterwards.
    pub memory: [f64; 3],
}

/// A verification of all logs by `agentidp verify-audit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// How long it took.
    pub seconds: f64,
    /// Its resident memory in MiB, at most.
    pub memory: f64,
}

/// Verifies all logs of a database, and requires that they are intact.
pub fn verify_all(binaries: &Binaries, cluster: &Cluster, place: &Place) -> Result<Walk> {
    let begun = Instant::now();
    let child = place
        .command(binaries, &cluster.url(place), "verify-audit")
        .spawn()?;
    let pid = child.id();
    let (output, memory) = watch(child, pid)?;
    if !output.status.success() {
        return Err(Failure::new("an audit log of the generator is not intact"));
    }
    Ok(Walk {
        seconds: begun.elapsed().as_secs_f64(),
        memory,
    })
}

/// Drives requests.
pub struct Drive {
    seconds: u32,
    connections: u32,
    scripts: TempDir,
}

impl Drive {
    /// `connections` at once for `seconds`.
    pub fn new(seconds: u32, connections: u32) -> Result<Self> {
        Ok(Self {
            seconds,
            connections,
            scripts: tempfile::tempdir()?,
        })
    }

    /// Drives a scenario, after a second of warming up.
    pub fn run(
        &self,
        installation: &Installation<'_>,
        scenario: &Scenario,
        token: &str,
    ) -> Result<Figures> {
        self.wrk(installation, scenario, token, 1)?;
        let figures = self.wrk(installation, scenario, token, self.seconds)?;
        ui::note(format!("{}: p99 {:.1} ms", scenario.name, figures.p99));
        Ok(figures)
    }

    /// Sends the first request of a scenario once; it must succeed.
    pub fn once(
        &self,
        installation: &Installation<'_>,
        scenario: &Scenario,
        token: &str,
    ) -> Result<Single> {
        // The token lies in a folder of this user only, not on a command line.
        let header = self.scripts.path().join("header");
        fs::write(&header, scenario.authorization(token).unwrap_or_default())?;
        let path = scenario.paths.first().map_or("", String::as_str);
        let before = memory(installation.pid());
        let child = Command::new("curl")
            .args(["-s", "-o", "/dev/null", "-H"])
            .arg(format!("@{}", header.display()))
            .args(["-w", "%{http_code} %{time_total} %{size_download}"])
            .arg(format!("{}{path}", installation.base()))
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::because("`curl` could not be started"))?;
        let (output, peak) = watch(child, installation.pid())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (seconds, bytes) = answer(&text)
            .ok_or_else(|| Failure::new(format!("{path} was answered with {text}")))?;
        Ok(Single {
            name: scenario.name,
            seconds,
            bytes,
            memory: [before, peak, memory(installation.pid())],
        })
    }

    fn wrk(
        &self,
        installation: &Installation<'_>,
        scenario: &Scenario,
        token: &str,
        seconds: u32,
    ) -> Result<Figures> {
        let script = self.scripts.path().join("request.lua");
        fs::write(&script, lua(scenario, token))?;
        let output = Command::new("wrk")
            .args(["-t", "1", "-c", &self.connections.to_string()])
            .args(["-d", &format!("{seconds}s"), "--timeout", "30s", "-s"])
            .arg(&script)
            .arg(installation.base())
            .output()
            .map_err(Failure::because("`wrk` could not be started"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        figures(&text).ok_or_else(|| Failure::new(format!("wrk printed no figures: {text}")))
    }
}

/// The script that makes wrk ask for the paths in turn and print one line of
/// figures.
fn lua(scenario: &Scenario, token: &str) -> String {
    let paths: Vec<String> = scenario
        .paths
        .iter()
        .map(|path| format!("\"{path}\""))
        .collect();
    let header = if scenario.authenticated {
        format!("wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n")
    } else {
        String::new()
    };
    format!(
        "{header}local paths = {{ {} }}\n\
         local turn = 0\n\
         request = function()\n\
         turn = turn % #paths + 1\n\
         return wrk.format(\"GET\", paths[turn])\n\
         end\n\
         done = function(summary, latency)\n\
         local e = summary.errors\n\
         io.write(string.format(\"FIGURES %d %d %d %d %d\\n\", summary.requests, \
         summary.duration, latency:percentile(50), latency:percentile(99), \
         e.connect + e.read + e.write + e.status + e.timeout))\n\
         end\n",
        paths.join(", ")
    )
}

fn figures(text: &str) -> Option<Figures> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("FIGURES "))?;
    let numbers: Vec<f64> = line
        .split(' ')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [requests, micros, p50, p99, errors] = numbers.try_into().ok()?;
    Some(Figures {
        rate: requests / (micros / 1_000_000.0),
        p50: p50 / 1000.0,
        p99: p99 / 1000.0,
        errors: format!("{errors:.0}").parse().ok()?,
    })
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

/// Resident memory of a process in MiB; 0 when it has ended.
fn memory(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_answers_are_read() {
        let read = figures("noise\nFIGURES 1000 2000000 1500 20000 3\n").unwrap();
        let wanted = Figures {
            rate: 500.0,
            p50: 1.5,
            p99: 20.0,
            errors: 3,
        };
        assert_eq!(read, wanted);
        assert_eq!(answer("200 0.25 17"), Some((0.25, 17)));
        assert_eq!(answer("503 0.25 17"), None);
    }

    #[test]
    fn the_own_process_has_memory() {
        assert!(memory(std::process::id()) > 0.0);
    }
}
