//! The table and the JSON file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::installation::machine::Machine;
use crate::scale::Size;
use crate::scale::drive::{Single, Walk};
use crate::scale::pages;
use crate::ui;
use crate::wrk::figures::{Figures, rounded};

/// What was measured on one database.
pub struct Measured {
    /// Per scenario of the API.
    pub results: Vec<(String, Figures)>,
    /// Per page.
    pub pages: Vec<(String, Figures)>,
    /// Verification of all logs.
    pub walk: Walk,
    /// What is asked for once; the verification of the largest log last.
    pub once: [Single; 3],
    /// Events in the largest log.
    pub events_of_largest: u64,
}

/// All results of one run.
pub struct Report {
    sizes: [Size; 2],
    measured: Vec<Measured>,
}

impl Report {
    /// An empty report.
    pub fn new(sizes: [Size; 2]) -> Self {
        Self {
            sizes,
            measured: Vec::new(),
        }
    }

    /// Adds what was measured at the next size.
    pub fn add(&mut self, measured: Measured) {
        self.measured.push(measured);
    }

    /// Prints the tables.
    pub fn print(&self) {
        self.print_rows();
        for (size, measured) in self.sizes.iter().zip(&self.measured) {
            ui::line(format!("\nonce, at {} agents:", size.agents));
            for single in &measured.once {
                let [before, peak, after] = single.memory;
                ui::line(format!(
                    "{:<34} {:>8.2} s {:>10} bytes, RSS of the server {before:.0} MB, at most \
                     {peak:.0}, then {after:.0}",
                    single.name, single.seconds, single.bytes
                ));
            }
            ui::line(format!(
                "audit/verify: {:.0} events/s; verify-audit of all {} events: {:.0} events/s, \
                 RSS at most {:.0} MB",
                measured.verified_per_second(),
                size.events,
                per_second(size.events, measured.walk.seconds),
                measured.walk.memory
            ));
        }
    }

    fn print_rows(&self) {
        let [small, large] = self.sizes;
        ui::line(format!(
            "{:<34} {:>29} | {:>29}",
            "largest organization of",
            format!("{} agents", small.agents),
            format!("{} agents", large.agents)
        ));
        let heads = format!("{:>9} {:>9} {:>9}", "req/s", "p50 ms", "p99 ms");
        ui::line(format!("{:<34} {heads} | {heads} {:>7}", "", "errors"));
        let [small, large] = self.measured.as_slice() else {
            return;
        };
        for (before, after) in small.results.iter().zip(&large.results) {
            ui::line(both(before, after));
        }
        let title = format!("pages, target p99 < {:.0} ms", pages::TARGET);
        ui::line(format!("\n{title:<34} {heads} | {heads} {:>7}", "errors"));
        for (before, after) in small.pages.iter().zip(&large.pages) {
            let holds = if pages::holds(&after.1) { "yes" } else { "NO" };
            ui::line(format!("{}  {holds}", both(before, after)));
        }
    }

    /// Writes the same as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let sizes = self.sizes.iter().zip(&self.measured);
        let sizes: Vec<Value> = sizes.map(|(size, measured)| json(size, measured)).collect();
        let report = json!({"machine": Machine::this().json(), "sizes": sizes});
        fs::write(path, format!("{report:#}\n")).map_err(Failure::because(format!(
            "{} cannot be written",
            path.display()
        )))?;
        ui::note(format!("written to {}", path.display()));
        Ok(())
    }
}

impl Measured {
    fn verified_per_second(&self) -> f64 {
        let [.., verification] = &self.once;
        per_second(self.events_of_largest, verification.seconds)
    }
}

/// A line about one scenario at both sizes.
fn both((name, before): &(String, Figures), (_, after): &(String, Figures)) -> String {
    let errors = shown(before.errors) + shown(after.errors);
    format!("{name:<34} {} | {} {errors:>7.0}", row(before), row(after))
}

fn row(figures: &Figures) -> String {
    format!(
        "{:>9.0} {:>9.2} {:>9.2}",
        shown(figures.rate),
        shown(figures.p50),
        shown(figures.p99)
    )
}

/// wrk tells all of these.
fn shown(figure: Option<f64>) -> f64 {
    figure.unwrap_or_default()
}

/// Exact up to 2^32 events, and a lower bound beyond.
fn per_second(events: u64, seconds: f64) -> f64 {
    f64::from(u32::try_from(events).unwrap_or(u32::MAX)) / seconds.max(0.001)
}

fn rows_json(results: &[(String, Figures)]) -> Vec<Value> {
    let rows = results.iter().map(|(name, figures)| {
        json!({
            "scenario": name,
            "rate": rounded(figures.rate),
            "p50Ms": rounded(figures.p50),
            "p99Ms": rounded(figures.p99),
            "errors": figures.errors,
        })
    });
    rows.collect()
}

fn json(size: &Size, measured: &Measured) -> Value {
    let holds = measured
        .pages
        .iter()
        .all(|(_, figures)| pages::holds(figures));
    let once = measured.once.iter().map(|single| {
        json!({
            "request": single.name,
            "seconds": rounded(Some(single.seconds)),
            "bytes": single.bytes,
            "rssMB": single.memory.map(|memory| rounded(Some(memory))),
        })
    });
    let walk = &measured.walk;
    json!({
        "organizations": size.organizations,
        "agents": size.agents,
        "events": size.events,
        "rows": rows_json(&measured.results),
        "pages": {
            "targetP99Ms": pages::TARGET,
            "holds": holds,
            "rows": rows_json(&measured.pages),
        },
        "once": once.collect::<Vec<_>>(),
        "verify": {"eventsPerSecond": rounded(Some(measured.verified_per_second()))},
        "verifyAudit": {
            "seconds": rounded(Some(walk.seconds)),
            "eventsPerSecond": rounded(Some(per_second(size.events, walk.seconds))),
            "rssMB": rounded(Some(walk.memory)),
        },
    })
}
