//! Load by wrk: one kind of request as fast as the connections allow.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::bench::installation::Installation;
use crate::failure::{Failure, Result};
use crate::ui;

/// A kind of request.
pub struct Request {
    /// Name in the table.
    pub name: &'static str,
    method: &'static str,
    path: String,
    body: Option<String>,
    bearer: Option<String>,
}

impl Request {
    /// A GET.
    pub fn get(name: &'static str, path: &str) -> Self {
        Self {
            name,
            method: "GET",
            path: path.to_owned(),
            body: None,
            bearer: None,
        }
    }

    /// A POST of a form.
    pub fn post(name: &'static str, path: &str, form: &str) -> Self {
        Self {
            method: "POST",
            body: Some(form.to_owned()),
            ..Self::get(name, path)
        }
    }

    /// The same with a token.
    pub fn with_bearer(mut self, token: &str) -> Self {
        self.bearer = Some(token.to_owned());
        self
    }

    /// The script that makes wrk send it and print one line of figures.
    fn script(&self) -> String {
        let mut script = format!("wrk.method = \"{}\"\n", self.method);
        if let Some(body) = &self.body {
            script += &format!("wrk.body = \"{body}\"\n");
            script += "wrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\n";
        }
        if let Some(token) = &self.bearer {
            script += &format!("wrk.headers[\"Authorization\"] = \"Bearer {token}\"\n");
        }
        script += "done = function(summary, latency)\n\
                   local e = summary.errors\n\
                   io.write(string.format(\"FIGURES %d %d %d %d %d\\n\", summary.requests, \
                   summary.duration, latency:percentile(50), latency:percentile(99), \
                   e.connect + e.read + e.write + e.status + e.timeout))\nend\n";
        script
    }
}

/// What came out.
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
    /// Resident memory of the server afterwards, MiB.
    pub memory: f64,
}

/// Drives requests.
pub struct Load {
    seconds: u32,
    connections: u32,
    scripts: TempDir,
}

impl Load {
    /// `connections` at once for `seconds`.
    pub fn new(seconds: u32, connections: u32) -> Result<Self> {
        Ok(Self {
            seconds,
            connections,
            scripts: tempfile::tempdir()?,
        })
    }

    /// Drives `request`, after a second of warming up.
    pub fn run(&self, installation: &Installation, request: &Request) -> Result<Figures> {
        self.drive(installation, request, 1)?;
        let mut figures = self.drive(installation, request, self.seconds)?;
        figures.memory = installation.memory().unwrap_or_default();
        ui::note(format!("{}: {:.0}/s", request.name, figures.rate));
        Ok(figures)
    }

    fn drive(
        &self,
        installation: &Installation,
        request: &Request,
        seconds: u32,
    ) -> Result<Figures> {
        // The script holds a secret: it lies in a folder of this user only,
        // not on a command line.
        let script = self.scripts.path().join("request.lua");
        fs::write(&script, request.script())?;
        let output = Command::new("wrk")
            .args(["-t", "1", "-c", &self.connections.to_string()])
            .args(["-d", &format!("{seconds}s"), "--timeout", "10s", "-s"])
            .arg(&script)
            .arg(format!("{}{}", installation.base(), request.path))
            .output()
            .map_err(Failure::because("`wrk` could not be started"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        parse(&text).ok_or_else(|| Failure::new(format!("wrk printed no figures: {text}")))
    }
}

fn parse(text: &str) -> Option<Figures> {
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
        memory: 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_line() {
        let figures = parse("noise\nFIGURES 1000 2000000 1500 20000 3\n").unwrap();
        assert_eq!(
            figures,
            Figures {
                rate: 500.0,
                p50: 1.5,
                p99: 20.0,
                errors: 3,
                memory: 0.0
            }
        );
    }
}
