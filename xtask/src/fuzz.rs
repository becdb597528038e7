//! `fuzz`: the targets in `fuzz/` under libFuzzer, and what came out.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::Args;

use crate::failure::{Failure, Result};
use crate::run::{cargo, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// Seconds after which one input counts as failed: no parser may take that long
/// for a few kilobytes.
const TIMEOUT: u32 = 10;

/// Arguments of `cargo xtask fuzz`.
#[derive(Args, Debug)]
#[command(after_help = "\
Needs cargo-fuzz (`cargo install cargo-fuzz --locked`) and a C++ compiler; any
toolchain will do, since no sanitizer is used. Starts from the inputs in fuzz/corpus/
and keeps new ones in fuzz/target/corpus/, so that the next run goes on from there.
Inputs that break a property are left in fuzz/artifacts/; fuzz/README.md tells what
to do with one.

Examples:
  cargo xtask fuzz
  cargo xtask fuzz own_tokens token_forms --seconds 600")]
pub struct Arguments {
    /// Targets; all when none is named
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Seconds per target
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

/// Carries out `cargo xtask fuzz`.
pub fn command(arguments: &Arguments) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    if !succeeds(cargo(&workspace.root).args(["fuzz", "--version"])) {
        return Err(Failure::new(
            "cargo-fuzz is not installed; run `cargo install cargo-fuzz --locked`",
        ));
    }
    let folder = workspace.root.join("fuzz");
    let targets = chosen(known(&folder)?, &arguments.targets)?;
    // The stores of some targets; libFuzzer leaves no time to remove them.
    let temporary = tempfile::tempdir()?;
    let mut results = Vec::new();
    for target in targets {
        ui::step(format!("fuzzing {target} for {} s", arguments.seconds));
        let mut command = fuzzer(&folder, &target, arguments.seconds)?;
        command.env("TMPDIR", temporary.path());
        results.push((target, run(&mut command)?));
    }
    table(&results).iter().for_each(ui::line);
    let broken = results.iter().any(|(_, figures)| figures.failed);
    Ok(if broken {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The names of all targets, sorted.
fn known(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}

/// The targets that were asked for, all when none was.
fn chosen(known: Vec<String>, asked: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = asked.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        return Err(Failure::new(format!(
            "no target is called {unknown}; there are {known}"
        )));
    }
    Ok(if asked.is_empty() {
        known
    } else {
        asked.to_owned()
    })
}

/// `cargo fuzz run`: new inputs go to the first of the two corpora.
fn fuzzer(folder: &Path, target: &str, seconds: u32) -> Result<Command> {
    let found: PathBuf = folder.join("target/corpus").join(target);
    fs::create_dir_all(&found)?;
    let mut command = cargo(folder);
    command
        // Dependencies as they are shipped, without what they change for fuzzing.
        .args(["fuzz", "run", "--sanitizer", "none", "--no-cfg-fuzzing"])
        .arg("--fuzz-dir")
        .arg(folder)
        .arg(target)
        .arg(found)
        .arg(folder.join("corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={TIMEOUT}"))
        .arg("-print_final_stats=1");
    Ok(command)
}

/// Runs a target to its end and reads what libFuzzer prints.
fn run(command: &mut Command) -> Result<Figures> {
    let mut child = command
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut figures = Figures::default();
    if let Some(output) = child.stderr.take() {
        for line in BufReader::new(output).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            ui::note(&line);
            figures.read(&line);
        }
    }
    figures.failed = !child.wait()?.success();
    if figures.failed && figures.executions == 0 && figures.crashes == 0 {
        return Err(Failure::new("the target was not run; see above"));
    }
    Ok(figures)
}

/// What a run of a target came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    executions: u64,
    per_second: u64,
    /// Edges that were reached.
    coverage: u64,
    /// Inputs that were left in `fuzz/artifacts/`.
    crashes: u64,
    failed: bool,
}

impl Figures {
    /// Takes in one line of libFuzzer's output.
    fn read(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        while let Some(word) = words.next() {
            let figure = match word {
                "stat::number_of_executed_units:" => &mut self.executions,
                "stat::average_exec_per_sec:" => &mut self.per_second,
                "cov:" => &mut self.coverage,
                _ => continue,
            };
            let number = words.next().and_then(|number| number.parse().ok());
            *figure = number.unwrap_or(*figure);
        }
        if line.contains("Test unit written to ") {
            self.crashes += 1;
        }
    }
}

fn table(results: &[(String, Figures)]) -> Vec<String> {
    let row = |name: &str, columns: [&str; 4]| {
        let [executions, per_second, coverage, crashes] = columns;
        format!("{name:<20} {executions:>12} {per_second:>8} {coverage:>9} {crashes:>8}")
    };
    let head = row("target", ["executions", "exec/s", "coverage", "crashes"]);
    let rows = results.iter().map(|(target, figures)| {
        let columns = [
            figures.executions,
            figures.per_second,
            figures.coverage,
            figures.crashes,
        ];
        let columns = columns.map(|column| column.to_string());
        row(target, columns.each_ref().map(String::as_str))
    });
    std::iter::once(head).chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_what_libfuzzer_prints() {
        let mut figures = Figures::default();
        for line in [
            "#2\tINITED cov: 210 ft: 310 corp: 1/1b exec/s: 0 rss: 40Mb",
            "#4096\tpulse  cov: 250 ft: 420 corp: 31/1Kb lim: 43 exec/s: 2048 rss: 41Mb",
            "Test unit written to /x/fuzz/artifacts/values/crash-da39a3ee",
            "stat::number_of_executed_units: 5000",
            "stat::average_exec_per_sec:     2500",
        ] {
            figures.read(line);
        }
        let expected = Figures {
            executions: 5000,
            per_second: 2500,
            coverage: 250,
            crashes: 1,
            failed: false,
        };
        assert_eq!(figures, expected);
        let lines = table(&[("values".to_owned(), figures)]);
        let columns: Vec<&str> = lines[1].split_ascii_whitespace().collect();
        assert_eq!(columns, ["values", "5000", "2500", "250", "1"]);
    }

    #[test]
    fn targets_are_those_of_the_folder() {
        let known = known(&Workspace::load().unwrap().root.join("fuzz")).unwrap();
        assert!(known.contains(&"own_tokens".to_owned()), "{known:?}");
        assert_eq!(chosen(known.clone(), &[]).unwrap(), known);
        let one = ["values".to_owned()];
        assert_eq!(chosen(known.clone(), &one).unwrap(), one);
        let error = chosen(known, &["none".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("called none"), "{error}");
    }
}
