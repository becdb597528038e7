//! The course of the measurements on one installation.

use std::path::Path;

use super::population::Population;
use super::report::{Report, Row};
use super::scenario::{self, Fixture, Name, SCENARIOS, Scenario};
use super::{Settings, endurance, single};
use crate::failure::Result;
use crate::installation::program::Program;
use crate::installation::{Installation, Store};
use crate::ui;
use crate::wrk::figures::Figures;
use crate::wrk::{Load, Pressure};

/// Key types, the default last: what does not depend on them runs with it.
const KEYS: [&str; 2] = ["ES256", "RS256"];

/// Measures an installation of its own over one kind of store.
pub fn measure(
    binary: &Path,
    store: Store,
    settings: &Settings,
    report: &mut Report,
) -> Result<()> {
    let mut course = Course {
        installation: Installation::new(binary, store)?,
        store,
        load: Load::new()?,
        settings,
        report,
    };
    course.run()
}

struct Course<'a> {
    installation: Installation,
    store: Store,
    load: Load,
    settings: &'a Settings,
    report: &'a mut Report,
}

impl Course<'_> {
    fn run(&mut self) -> Result<()> {
        let size = scenario::size(&self.settings.names, self.settings.seconds);
        ui::step(format!(
            "{}: making {} agents",
            self.store,
            size.warm + size.cold
        ));
        let population = Population::create(&mut self.installation, size)?;
        if self.wants(Name::Start) {
            let figures = single::starts(&self.installation)?;
            self.add(Name::Start, "", figures);
        }
        if self.wants(Name::Idle) {
            let figures = single::idle(&self.installation)?;
            self.add(Name::Idle, "", figures);
        }
        for (index, key) in KEYS.into_iter().enumerate() {
            let is_last = index + 1 == KEYS.len();
            let names = &self.settings.names;
            let due: Vec<&Scenario> = SCENARIOS
                .iter()
                .filter(|scenario| names.contains(&scenario.name))
                .filter(|scenario| is_last || scenario.for_every_key)
                .collect();
            if due.is_empty() && !is_last {
                continue;
            }
            ui::step(format!("{}, {key}", self.store));
            let server = self.start_with_key(key)?;
            self.drive(&server, &population, key, &due)?;
            if is_last {
                self.finish(&server, &population)?;
            }
            server.stop()?;
        }
        Ok(())
    }

    /// A server, freshly started, whose tokens are signed with this type of key.
    fn start_with_key(&mut self, key: &str) -> Result<Program> {
        self.installation.set("JWT_ALGORITHM", key);
        self.installation
            .run(&["rotate-signing-key", "--immediate"])?;
        self.installation.start()
    }

    fn drive(
        &mut self,
        server: &Program,
        population: &Population,
        key: &str,
        due: &[&Scenario],
    ) -> Result<()> {
        let fixture = Fixture::new(server, population)?;
        for scenario in due {
            let pressure = Pressure {
                connections: scenario.connections.count(self.settings.connections),
                seconds: self.settings.seconds * scenario.times,
                warm_up: scenario.warm_up,
            };
            let traffic = (scenario.traffic)(&fixture)?;
            let figures = self.load.drive(server, &traffic, pressure)?;
            self.add(scenario.name, key, figures);
        }
        Ok(())
    }

    /// What needs the log that the load has written, or a second replica.
    fn finish(&mut self, server: &Program, population: &Population) -> Result<()> {
        if self.wants(Name::AuditVerify) {
            let seconds = self.settings.seconds;
            let figures = single::verification(server, population, seconds)?;
            self.add(Name::AuditVerify, "", figures);
        }
        if self.wants(Name::Endurance) {
            let fixture = Fixture::new(server, population)?;
            let found = endurance::measure(server, &fixture, &self.load, self.settings)?;
            self.row(endurance::WARM_ROW.to_owned(), "", found.warm);
            self.add(Name::Endurance, "", found.last);
        }
        if self.wants(Name::Revocation) {
            let other = self.installation.start()?;
            let figures = single::revocations(server, &other, population)?;
            self.add(Name::Revocation, "", figures);
            other.stop()?;
        }
        Ok(())
    }

    fn wants(&self, name: Name) -> bool {
        self.settings.names.contains(&name) && name.is_measured_over(self.store)
    }

    fn add(&mut self, name: Name, key: &str, figures: Figures) {
        self.row(name.to_string(), key, figures);
    }

    fn row(&mut self, scenario: String, key: &str, figures: Figures) {
        self.report.add(Row {
            subject: self.store.to_string(),
            key: key.to_owned(),
            scenario,
            figures,
        });
    }
}
