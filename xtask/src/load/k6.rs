//! Running a scenario with k6.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::record::Record;
use crate::failure::{Failure, Result};
use crate::workspace::Workspace;

/// Environment variables of the scripts. They hold a secret, which is why they are
/// never arguments.
pub type Settings = Vec<(&'static str, String)>;

/// Exit code of k6 when a threshold did not hold.
const NOT_HELD: i32 = 99;

/// The load generator, ready to run scenarios.
pub struct K6 {
    program: PathBuf,
    scripts: PathBuf,
    results: PathBuf,
    settings: Settings,
}

impl K6 {
    /// Runs the scripts of `tests/load`; they write into `target/load`.
    pub fn new(program: PathBuf, workspace: &Workspace, settings: Settings) -> Result<Self> {
        let results = workspace.target.join("load");
        fs::create_dir_all(&results)?;
        Ok(Self {
            program,
            scripts: workspace.root.join("tests").join("load"),
            results,
            settings,
        })
    }

    /// Runs the scenario to its end. A threshold that does not hold is no failure:
    /// the record tells it.
    pub fn run(&self, scenario: &str) -> Result<Record> {
        let log = self.results.join(format!("{scenario}.log"));
        let record = self.results.join(format!("{scenario}.json"));
        // k6 appends to its log, and an old record must not be taken for a new one.
        remove(&log)?;
        remove(&record)?;
        let status = Command::new(&self.program)
            .args(["run", "--quiet", "--no-usage-report", "--log-output"])
            .arg(format!("file={}", log.display()))
            .arg(self.scripts.join(format!("{scenario}.js")))
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .env("LOAD_RESULTS", &self.results)
            // The scripts need no extension, so none is ever fetched.
            .env("K6_AUTO_EXTENSION_RESOLUTION", "false")
            .stdin(Stdio::null())
            .status()
            .map_err(Failure::because("k6 could not be started"))?;
        if !matches!(status.code(), Some(0 | NOT_HELD)) {
            return Err(Failure::new(format!(
                "k6 failed ({status}), {}: {}",
                log.display(),
                last_line(&log)
            )));
        }
        let text = fs::read_to_string(&record)
            .map_err(Failure::because(format!("k6 left no {}", record.display())))?;
        Record::parse(&text)
            .ok_or_else(|| Failure::new(format!("{} is incomplete", record.display())))
    }
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// What was logged last; empty if nothing was.
fn last_line(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    text.lines().last().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn k6(program: &str, folder: &Path) -> K6 {
        K6 {
            program: program.into(),
            scripts: folder.to_owned(),
            results: folder.to_owned(),
            settings: vec![("LOAD_CLIENT_SECRET", "hidden".to_owned())],
        }
    }

    #[test]
    fn a_record_of_an_earlier_run_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.json"), "{}").unwrap();
        let error = k6("true", folder.path()).run("a").unwrap_err();
        assert!(error.to_string().starts_with("k6 left no "), "{error}");
    }

    #[test]
    fn a_failure_names_the_log_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let error = k6("false", folder.path()).run("a").unwrap_err();
        let log = folder.path().join("a.log");
        let text = error.to_string();
        assert!(text.contains(&log.display().to_string()), "{text}");
        assert!(!text.contains("hidden"), "{text}");
        fs::write(&log, "first\nreason\n").unwrap();
        assert_eq!(last_line(&log), "reason");
    }
}
