//! The targets of the design, as data, and what a run says of them.

use serde_json::{Value, json};

use super::endurance::WARM_ROW;
use super::peer;
use super::report::{EMPTY, REFERENCE, Report};
use super::scenario::Name;
use crate::installation::Store;
use crate::wrk::figures::{Figures, rounded};

/// A demand on one figure.
#[derive(Debug)]
pub struct Target {
    /// What is measured.
    pub work: &'static str,
    /// The demand in words.
    pub demand: &'static str,
    bound: Bound,
    /// Unit of the figure.
    unit: &'static str,
    figure: fn(&View<'_>) -> Option<f64>,
}

/// Where the figure has to lie.
#[derive(Clone, Copy, Debug)]
enum Bound {
    AtLeast(f64),
    Below(f64),
}

/// All of them. Lists and queries at a size of millions of rows need a store
/// of that size and are measured elsewhere.
pub const TARGETS: &[Target] = &[
    Target {
        work: "issuance, RS256",
        demand: ">= 60 % of what one core signs",
        bound: Bound::AtLeast(60.0),
        unit: "%",
        figure: |view| Some(100.0 * view.issuance("RS256")? / view.report.signatures.rs256),
    },
    Target {
        work: "issuance, RS256, and the peer",
        demand: ">= 1.5 x oidc-provider",
        bound: Bound::AtLeast(1.5),
        unit: "x",
        figure: |view| view.against_peer("RS256"),
    },
    Target {
        work: "issuance, ES256, and the peer",
        demand: ">= 4 x oidc-provider",
        bound: Bound::AtLeast(4.0),
        unit: "x",
        figure: |view| view.against_peer("ES256"),
    },
    Target {
        work: "authenticated read",
        demand: ">= 25 % of an empty handler",
        bound: Bound::AtLeast(25.0),
        unit: "%",
        figure: |view| view.against_empty(Name::Read),
    },
    Target {
        work: "introspection",
        demand: ">= 15 % of an empty handler",
        bound: Bound::AtLeast(15.0),
        unit: "%",
        figure: |view| view.against_empty(Name::Introspection),
    },
    Target {
        work: "first token of a client, half load",
        demand: "p99 < 100 ms",
        bound: Bound::Below(100.0),
        unit: "ms",
        figure: |view| view.of(Name::FirstToken, "RS256")?.p99,
    },
    Target {
        work: "revocation at another replica",
        demand: "p99 < 100 ms",
        bound: Bound::Below(100.0),
        unit: "ms",
        figure: |view| view.of(Name::Revocation, "")?.p99,
    },
    Target {
        work: "revocation at another replica, always",
        demand: "< 1000 ms",
        bound: Bound::Below(1000.0),
        unit: "ms",
        figure: |view| view.of(Name::Revocation, "")?.max,
    },
    Target {
        work: "audit verification",
        demand: ">= 200,000 events/s on one core",
        bound: Bound::AtLeast(200_000.0),
        unit: "/s",
        figure: |view| view.of(Name::AuditVerify, "")?.rate,
    },
    Target {
        work: "memory, idle",
        demand: "< 60 MB",
        bound: Bound::Below(60.0),
        unit: "MB",
        figure: |view| view.of(Name::Idle, "")?.memory,
    },
    Target {
        work: "memory, under load",
        demand: "< 150 MB",
        bound: Bound::Below(150.0),
        unit: "MB",
        figure: |view| view.largest_memory(),
    },
    Target {
        work: "memory after 5,000,000 requests",
        demand: "< 110 % of that after warm-up",
        bound: Bound::Below(110.0),
        unit: "%",
        figure: |view| {
            let warm = view.report.find(&view.store, "", WARM_ROW)?.memory?;
            Some(100.0 * view.of(Name::Endurance, "")?.memory? / warm)
        },
    },
    Target {
        work: "start on an existing store",
        demand: "< 1000 ms",
        bound: Bound::Below(1000.0),
        unit: "ms",
        figure: |view| view.of(Name::Start, "")?.max,
    },
];

/// A report, seen from the store that the targets are about.
struct View<'a> {
    report: &'a Report,
    store: String,
}

impl View<'_> {
    fn of(&self, name: Name, key: &str) -> Option<&Figures> {
        self.report.find(&self.store, key, &name.to_string())
    }

    fn issuance(&self, key: &str) -> Option<f64> {
        self.of(Name::Issuance, key)?.rate
    }

    fn against_peer(&self, key: &str) -> Option<f64> {
        let peer = self
            .report
            .find(peer::NAME, key, &Name::Issuance.to_string());
        Some(self.issuance(key)? / peer?.rate?)
    }

    fn against_empty(&self, name: Name) -> Option<f64> {
        let empty = self.report.find(REFERENCE, "", EMPTY)?;
        Some(100.0 * self.of(name, "RS256")?.rate? / empty.rate?)
    }

    fn largest_memory(&self) -> Option<f64> {
        let idle = Name::Idle.to_string();
        let rows = self.report.rows().iter();
        rows.filter(|row| row.subject == self.store && row.scenario != idle)
            .filter_map(|row| row.figures.memory)
            .reduce(f64::max)
    }
}

/// What a run says of a target.
#[derive(Debug)]
pub struct Verdict {
    /// The target.
    pub target: &'static Target,
    /// The figure; `None` if it was not measured.
    pub figure: Option<f64>,
}

/// Judges all targets: on PostgreSQL if the run measured it, else on SQLite.
pub fn judge(report: &Report) -> Vec<Verdict> {
    let postgres = Store::Postgres.to_string();
    let has_postgres = report.rows().iter().any(|row| row.subject == postgres);
    let store = if has_postgres {
        postgres
    } else {
        Store::Sqlite.to_string()
    };
    let view = View { report, store };
    let verdict = |target: &'static Target| Verdict {
        target,
        figure: (target.figure)(&view),
    };
    TARGETS.iter().map(verdict).collect()
}

impl Verdict {
    /// Whether the target holds; `None` if it was not measured.
    pub fn holds(&self) -> Option<bool> {
        let figure = self.figure?;
        Some(match self.target.bound {
            Bound::AtLeast(least) => figure >= least,
            Bound::Below(limit) => figure < limit,
        })
    }

    /// The same in a word.
    pub fn word(&self) -> &'static str {
        match self.holds() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "not measured",
        }
    }

    /// The figure with its unit.
    pub fn measured(&self) -> String {
        let Some(figure) = self.figure else {
            return "-".to_owned();
        };
        let decimals = if figure < 10.0 { 2 } else { 0 };
        format!("{figure:.decimals$} {}", self.target.unit)
    }

    /// The verdict as JSON.
    pub fn json(&self) -> Value {
        json!({
            "work": self.target.work,
            "demand": self.target.demand,
            "measured": rounded(self.figure),
            "unit": self.target.unit,
            "holds": self.holds(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::Signatures;
    use super::super::report::{self, Row};
    use super::*;
    use crate::installation::machine::Machine;

    fn of_rate(rate: f64) -> Figures {
        Figures {
            rate: Some(rate),
            memory: Some(rate / 10.0),
            ..Figures::default()
        }
    }

    fn row(store: Store, key: &str, name: Name, rate: f64) -> Row {
        Row {
            subject: store.to_string(),
            key: key.to_owned(),
            scenario: name.to_string(),
            figures: of_rate(rate),
        }
    }

    fn verdict_of(report: &Report, work: &str) -> Verdict {
        let mut verdicts = judge(report).into_iter();
        verdicts
            .find(|verdict| verdict.target.work == work)
            .unwrap()
    }

    fn report() -> Report {
        let signatures = Signatures {
            rs256: 2000.0,
            es256: 20_000.0,
        };
        let mut report = Report::new(Machine::this(), signatures);
        report.add(report::reference(of_rate(10_000.0)));
        report.add(report::peer(peer::NAME, "RS256", of_rate(400.0)));
        report.add(row(Store::Sqlite, "RS256", Name::Issuance, 100.0));
        report.add(row(Store::Postgres, "RS256", Name::Issuance, 1500.0));
        report.add(row(Store::Postgres, "RS256", Name::Read, 2000.0));
        report
    }

    #[test]
    fn ratios_are_those_of_the_same_run_on_postgres() {
        let report = report();
        let issuance = verdict_of(&report, "issuance, RS256");
        assert_eq!(
            (issuance.figure, issuance.holds()),
            (Some(75.0), Some(true))
        );
        let peer = verdict_of(&report, "issuance, RS256, and the peer");
        assert_eq!(peer.figure, Some(3.75));
        let read = verdict_of(&report, "authenticated read");
        assert_eq!((read.figure, read.word()), (Some(20.0), "NO"));
        assert_eq!(read.measured(), "20 %");
        let memory = verdict_of(&report, "memory, under load");
        assert_eq!(memory.figure, Some(200.0));
    }

    #[test]
    fn what_was_not_measured_is_no_failure() {
        let verdict = verdict_of(&report(), "audit verification");
        assert_eq!((verdict.holds(), verdict.word()), (None, "not measured"));
        assert_eq!(verdict.json()["holds"], Value::Null);
    }
}
