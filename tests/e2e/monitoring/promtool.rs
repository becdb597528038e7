//! Prometheus' own judgement of the files: `promtool`.

use std::process::Command;

use agentidp_testkit::requirements;

use super::files::path;
use crate::harness::finish;

const RULES: &str = "deploy/monitoring/prometheus/alerts.yml";
const CASES: &str = "tests/monitoring/alerts.test.yml";

/// Runs promtool on a file. `None`: the test was reported as skipped.
fn promtool(arguments: &[&str], file: &str) -> Option<(bool, String)> {
    let program = requirements::require(requirements::PROMTOOL)?;
    let ended = finish(Command::new(program).args(arguments).arg(path(file)));
    Some((ended.code == 0, format!("{}{}", ended.stdout, ended.stderr)))
}

fn accepts(arguments: &[&str], file: &str) {
    if let Some((accepted, output)) = promtool(arguments, file) {
        assert!(accepted, "{output}");
    }
}

#[test]
fn accepts_the_rules() {
    accepts(&["check", "rules"], RULES);
}

#[test]
fn accepts_the_configuration() {
    let file = "deploy/monitoring/prometheus/prometheus.yml";
    accepts(&["check", "config"], file);
}

#[test]
fn sees_every_alert_fire_when_it_should_and_only_then() {
    accepts(&["test", "rules"], CASES);
}

#[test]
fn sees_an_alert_with_another_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let rules = super::files::text(RULES);
    let cases = super::files::text(CASES);
    let changed = folder.path().join("alerts.yml");
    let file = folder.path().join("cases.yml");
    let cases = cases.replace(&format!("../../{RULES}"), "alerts.yml");
    std::fs::write(&file, cases).unwrap();
    for (from, to) in [
        ("[5m]) > 0.5", "[5m]) > 0.6"),
        ("[5m]) > 0.2", "[5m]) > 0.1"),
        ("[5m]) > 10", "[5m]) > 11"),
        ("for: 5m", "for: 1m"),
        ("[1h]) > 10", "[1h]) > 9"),
        ("integrity == 0", "integrity == 1"),
        ("[1h]) > 0", "[1h]) > 1.5"),
    ] {
        assert!(rules.contains(from), "{from}");
        std::fs::write(&changed, rules.replace(from, to)).unwrap();
        let Some((accepted, output)) = promtool(&["test", "rules"], &file.display().to_string())
        else {
            return;
        };
        assert!(!accepted, "{from} as {to} is not noticed:\n{output}");
    }
}
