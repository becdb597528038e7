//! The table and the JSON file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::record::Record;
use crate::failure::{Failure, Result};
use crate::installation::machine::Machine;
use crate::ui;

/// All results of one run.
pub struct Report {
    deployment: String,
    machine: Machine,
    records: Vec<Record>,
}

impl Report {
    /// An empty report on a deployment, driven from this machine.
    pub fn new(deployment: String, machine: Machine) -> Self {
        Self {
            deployment,
            machine,
            records: Vec::new(),
        }
    }

    /// Adds what a scenario has left behind.
    pub fn add(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Whether the thresholds of all scenarios held.
    pub fn held(&self) -> bool {
        self.records.iter().all(|record| record.held)
    }

    /// Prints the table.
    pub fn print(&self) {
        ui::line(&self.deployment);
        ui::line(format!("load from: {}", self.machine.text()));
        ui::line(format!(
            "{:<13} {:>6} {:>10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>10} {:>9}  held",
            "scenario",
            "users",
            "offered/s",
            "req/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "limit ms",
            "after ms",
            "failed %"
        ));
        self.records
            .iter()
            .for_each(|record| ui::line(line(record)));
    }

    /// Writes the same as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, format!("{:#}\n", self.json())).map_err(Failure::because(format!(
            "{} cannot be written",
            path.display()
        )))?;
        ui::note(format!("written to {}", path.display()));
        Ok(())
    }

    fn json(&self) -> Value {
        let records: Vec<_> = self.records.iter().map(|record| &record.json).collect();
        json!({
            "deployment": self.deployment,
            "loadFrom": self.machine.json(),
            "scenarios": records,
        })
    }
}

/// A line of the table. "after" is the 95th percentile after an overload, for which
/// the limit holds then.
fn line(record: &Record) -> String {
    let or_dash = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
    };
    format!(
        "{:<13} {:>6.0} {:>10} {:>8.1} {:>9.2} {:>9.2} {:>9.2} {:>9.0} {:>10} {:>9.3}  {}",
        record.scenario,
        record.users,
        or_dash(record.offered, 1),
        record.rate,
        record.p50,
        record.p95,
        record.p99,
        record.limit,
        or_dash(record.afterwards, 2),
        record.failed * 100.0,
        if record.held { "yes" } else { "NO" }
    )
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::example;
    use super::*;

    fn report(records: &[Record]) -> Report {
        let machine = Machine::this();
        let mut report = Report::new("https://idp.example.com".to_owned(), machine);
        records.iter().cloned().for_each(|one| report.add(one));
        report
    }

    #[test]
    fn one_threshold_that_does_not_hold_is_enough() {
        assert!(report(&[example(true)]).held());
        assert!(!report(&[example(true), example(false)]).held());
        assert!(line(&example(false)).ends_with("0.050  NO"));
    }

    #[test]
    fn the_records_are_kept_as_they_are() {
        let json = report(&[example(true), example(false)]).json();
        assert_eq!(json["deployment"], "https://idp.example.com");
        let scenarios = json["scenarios"].as_array().unwrap();
        assert_eq!(scenarios.len(), 2);
        assert_eq!(scenarios[0]["scenario"], "issuance");
    }
}
