//! Load by wrk: one kind of request as fast as the connections allow.
//!
//! | Module | What it does |
//! |---|---|
//! | [`traffic`] | what wrk sends, as a script |
//! | [`figures`] | what came out |

pub mod figures;
pub mod traffic;

use std::cell::Cell;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

use figures::Figures;
use traffic::Traffic;

use crate::failure::{Failure, Result};
use crate::installation::process;
use crate::installation::program::Program;

/// How traffic is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressure {
    /// Connections, each with one request at a time.
    pub connections: u32,
    /// Seconds that count.
    pub seconds: u32,
    /// Seconds before these that do not.
    pub warm_up: u32,
}

/// The load generator.
#[derive(Debug)]
pub struct Load {
    scripts: TempDir,
    runs: Cell<u32>,
}

impl Load {
    /// One that has driven nothing yet.
    pub fn new() -> Result<Self> {
        Ok(Self {
            scripts: tempfile::tempdir()?,
            runs: Cell::new(0),
        })
    }

    /// Drives `traffic` against a program.
    pub fn drive(
        &self,
        program: &Program,
        traffic: &Traffic,
        pressure: Pressure,
    ) -> Result<Figures> {
        let Pressure {
            connections,
            seconds,
            warm_up,
        } = pressure;
        if warm_up > 0 {
            self.wrk(program, traffic, connections, warm_up)?;
        }
        let before = program.cpu_seconds();
        let (mut figures, elapsed) = self.wrk(program, traffic, connections, seconds)?;
        let used = program.cpu_seconds() - before;
        figures.cpu = Some(100.0 * used / elapsed);
        figures.memory = process::peak_resident(program.pid());
        Ok(figures)
    }

    fn wrk(
        &self,
        program: &Program,
        traffic: &Traffic,
        connections: u32,
        seconds: u32,
    ) -> Result<(Figures, f64)> {
        self.runs.set(self.runs.get() + 1);
        // The script holds secrets: it lies in a folder of this user only, not
        // on a command line.
        let script = self.scripts.path().join("traffic.lua");
        fs::write(&script, traffic.script(self.runs.get()))?;
        let output = Command::new("wrk")
            .args(["-t", "1", "-c", &connections.to_string()])
            .args(["-d", &format!("{seconds}s"), "--timeout", "30s", "-s"])
            .arg(&script)
            .arg(format!("{}{}", program.base(), traffic.path))
            .output()
            .map_err(Failure::because("`wrk` could not be started"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        parse(&text).ok_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            Failure::new(format!("wrk printed no figures: {text}{errors}"))
        })
    }
}

/// Reads the line of the script; also how many seconds the load took.
fn parse(text: &str) -> Option<(Figures, f64)> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("FIGURES "))?;
    let numbers: Vec<f64> = line
        .split(' ')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [requests, micros, p50, p99, max, errors] = numbers.try_into().ok()?;
    let elapsed = micros / 1_000_000.0;
    let figures = Figures {
        rate: Some(requests / elapsed),
        p50: Some(p50 / 1000.0),
        p99: Some(p99 / 1000.0),
        max: Some(max / 1000.0),
        errors: Some(errors),
        ..Figures::default()
    };
    Some((figures, elapsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_line() {
        let (figures, elapsed) = parse("noise\nFIGURES 1000 2000000 1500 20000 31000 3\n").unwrap();
        assert_eq!(
            figures,
            Figures {
                rate: Some(500.0),
                p50: Some(1.5),
                p99: Some(20.0),
                max: Some(31.0),
                errors: Some(3.0),
                ..Figures::default()
            }
        );
        assert_eq!(elapsed, 2.0);
        assert!(parse("nothing").is_none());
    }
}
