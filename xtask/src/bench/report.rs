//! The table and the JSON file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::reference::Signatures;
use super::scenario::Name;
use super::targets::{self, Verdict};
use crate::failure::{Failure, Result};
use crate::installation::machine::Machine;
use crate::ui;
use crate::wrk::figures::{Figures, rounded};

/// Subject of [`EMPTY`].
pub const REFERENCE: &str = "reference";
/// Scenario of the empty handler.
pub const EMPTY: &str = "empty handler";

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Stores behind the server, or what else was measured.
    pub subject: String,
    /// Type of the signing key; empty where it does not matter.
    pub key: String,
    /// What was measured.
    pub scenario: String,
    /// What came out.
    pub figures: Figures,
}

/// All results of one run.
#[derive(Debug)]
pub struct Report {
    machine: Machine,
    /// What one core can sign.
    pub signatures: Signatures,
    rows: Vec<Row>,
}

impl Report {
    /// An empty report.
    pub fn new(machine: Machine, signatures: Signatures) -> Self {
        Self {
            machine,
            signatures,
            rows: Vec::new(),
        }
    }

    /// Adds a line, and shows that there is one more.
    pub fn add(&mut self, row: Row) {
        let Figures { rate, p50, p99, .. } = row.figures;
        ui::note(format!(
            "{} {}: {}/s, p50 {} ms, p99 {} ms",
            row.scenario,
            row.key,
            cell(rate, 0),
            cell(p50, 1),
            cell(p99, 1)
        ));
        self.rows.push(row);
    }

    /// All lines.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The figures of one line; `key` is empty where it does not matter.
    pub fn find(&self, subject: &str, key: &str, scenario: &str) -> Option<&Figures> {
        let is_it =
            |row: &&Row| row.subject == subject && row.key == key && row.scenario == scenario;
        self.rows.iter().find(is_it).map(|row| &row.figures)
    }

    /// Prints both tables.
    pub fn print(&self) {
        ui::line(self.machine.text());
        ui::line(format!(
            "one core signs {:.0} RS256/s and {:.0} ES256/s (openssl speed)\n",
            self.signatures.rs256, self.signatures.es256
        ));
        ui::line(format!(
            "{:<13} {:<5} {:<13} {:>9} {:>8} {:>8} {:>8} {:>7} {:>6} {:>7}",
            "store",
            "key",
            "scenario",
            "per s",
            "p50 ms",
            "p99 ms",
            "max ms",
            "errors",
            "CPU %",
            "RSS MB"
        ));
        self.rows.iter().map(line).for_each(ui::line);
        ui::line("");
        print_verdicts(&targets::judge(self));
    }

    /// Writes the same as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let json = json!({
            "machine": self.machine.json(),
            "signaturesPerSecond": {
                "RS256": rounded(Some(self.signatures.rs256)),
                "ES256": rounded(Some(self.signatures.es256)),
            },
            "rows": self.rows.iter().map(row_json).collect::<Vec<_>>(),
            "targets": targets::judge(self).iter().map(Verdict::json).collect::<Vec<_>>(),
        });
        fs::write(path, format!("{json:#}\n")).map_err(Failure::because(format!(
            "{} cannot be written",
            path.display()
        )))?;
        ui::note(format!("written to {}", path.display()));
        Ok(())
    }
}

fn line(row: &Row) -> String {
    let figures = &row.figures;
    format!(
        "{:<13} {:<5} {:<13} {:>9} {:>8} {:>8} {:>8} {:>7} {:>6} {:>7}",
        row.subject,
        row.key,
        row.scenario,
        cell(figures.rate, 0),
        cell(figures.p50, 2),
        cell(figures.p99, 2),
        cell(figures.max, 1),
        cell(figures.errors, 0),
        cell(figures.cpu, 0),
        cell(figures.memory, 0)
    )
}

fn print_verdicts(verdicts: &[Verdict]) {
    ui::line(format!(
        "{:<36} {:<38} {:>12}  holds",
        "target", "demand", "measured"
    ));
    for verdict in verdicts {
        ui::line(format!(
            "{:<36} {:<38} {:>12}  {}",
            verdict.target.work,
            verdict.target.demand,
            verdict.measured(),
            verdict.word()
        ));
    }
    let missed = verdicts
        .iter()
        .filter(|verdict| verdict.holds() == Some(false));
    for verdict in missed {
        ui::line(format!(
            "note: {} does not hold; docs/performance.md says what bounds it",
            verdict.target.work
        ));
    }
}

/// A number of the table, `-` where there is none.
pub fn cell(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.decimals$}"))
}

fn row_json(row: &Row) -> Value {
    let figures = &row.figures;
    json!({
        "store": row.subject,
        "key": row.key,
        "scenario": row.scenario,
        "perSecond": rounded(figures.rate),
        "p50Ms": rounded(figures.p50),
        "p99Ms": rounded(figures.p99),
        "maxMs": rounded(figures.max),
        "errors": rounded(figures.errors),
        "cpuPercent": rounded(figures.cpu),
        "rssMB": rounded(figures.memory),
    })
}

/// The empty handler as a line of the table.
pub fn reference(figures: Figures) -> Row {
    Row {
        subject: REFERENCE.to_owned(),
        key: String::new(),
        scenario: EMPTY.to_owned(),
        figures,
    }
}

/// Another authorization server as a line of the table.
pub fn peer(name: &str, key: &str, figures: Figures) -> Row {
    Row {
        subject: name.to_owned(),
        key: key.to_owned(),
        scenario: Name::Issuance.to_string(),
        figures,
    }
}
