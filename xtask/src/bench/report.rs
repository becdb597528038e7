//! The table and the JSON file.

use std::fs;
use std::path::Path;

use crate::bench::load::Figures;
use crate::bench::reference::Signatures;
use crate::failure::{Failure, Result};
use crate::ui;

/// One line of the table.
pub struct Row {
    /// Stores behind the server.
    pub store: String,
    /// Algorithm of the signing key.
    pub algorithm: String,
    /// What was driven.
    pub scenario: String,
    /// What came out.
    pub result: Figures,
}

/// All results of one run.
pub struct Report {
    reference: Signatures,
    rows: Vec<Row>,
}

impl Report {
    /// An empty report beside this reference.
    pub fn new(reference: Signatures) -> Self {
        Self {
            reference,
            rows: Vec::new(),
        }
    }

    /// Adds a line.
    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Prints the table.
    pub fn print(&self) {
        ui::line(format!(
            "reference: one core signs {:.0} RS256/s, {:.0} ES256/s (openssl speed)",
            self.reference.rs256, self.reference.es256
        ));
        ui::line(format!(
            "{:<19} {:<6} {:<19} {:>9} {:>9} {:>9} {:>7} {:>8}",
            "store", "key", "scenario", "req/s", "p50 ms", "p99 ms", "errors", "RSS MiB"
        ));
        for row in &self.rows {
            let figures = &row.result;
            ui::line(format!(
                "{:<19} {:<6} {:<19} {:>9.0} {:>9.2} {:>9.2} {:>7} {:>8.0}",
                row.store,
                row.algorithm,
                row.scenario,
                figures.rate,
                figures.p50,
                figures.p99,
                figures.errors,
                figures.memory
            ));
        }
    }

    /// Writes the same as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let rows: Vec<String> = self.rows.iter().map(json).collect();
        let text = format!(
            "{{\"reference\":{{\"rs256\":{:.0},\"es256\":{:.0}}},\"rows\":[\n{}\n]}}\n",
            self.reference.rs256,
            self.reference.es256,
            rows.join(",\n")
        );
        fs::write(path, text).map_err(Failure::because(format!(
            "{} cannot be written",
            path.display()
        )))?;
        ui::note(format!("written to {}", path.display()));
        Ok(())
    }
}

/// The names are the program's own and need no escaping.
fn json(row: &Row) -> String {
    let figures = &row.result;
    format!(
        "{{\"store\":\"{}\",\"algorithm\":\"{}\",\"scenario\":\"{}\",\"rate\":{:.1},\
         \"p50Ms\":{:.3},\"p99Ms\":{:.3},\"errors\":{},\"rssMiB\":{:.1}}}",
        row.store,
        row.algorithm,
        row.scenario,
        figures.rate,
        figures.p50,
        figures.p99,
        figures.errors,
        figures.memory
    )
}
