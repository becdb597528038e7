//! Scripts with third-party clients, in `tests/interop`.

use std::io::Write;
use std::path::Path;
use std::process::{ChildStdin, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Installation;
use super::process::{POLL, Process};

/// Bound of a script; the longest has one of its own.
const LIMIT: Duration = Duration::from_secs(600);
/// Bound of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

fn command(
    interpreter: &str,
    name: &str,
    arguments: &[&str],
    installation: &Installation,
) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("interop")
        .join(name);
    let mut command = Command::new(interpreter);
    command
        .arg(path)
        .args(arguments)
        .current_dir(installation.folder());
    command
}

/// Runs a script, which must succeed.
pub fn script(interpreter: &str, name: &str, arguments: &[&str], installation: &Installation) {
    let mut process = Process::spawn(&mut command(interpreter, name, arguments, installation));
    let status = process.wait(LIMIT);
    let output = process.output();
    assert!(status.success(), "{name}: {status}\n{output}");
    let lines: Vec<&str> = output.trim_end().lines().collect();
    println!(
        "{name}:\n{}",
        lines[lines.len().saturating_sub(12)..].join("\n")
    );
}

/// A script that answers questions, line by line.
pub struct Dialogue {
    process: Process,
    input: ChildStdin,
    answered: usize,
}

impl Dialogue {
    /// Starts a script.
    pub fn start(
        interpreter: &str,
        name: &str,
        arguments: &[&str],
        installation: &Installation,
    ) -> Self {
        let mut command = command(interpreter, name, arguments, installation);
        let (process, input) = Process::spawn_with_input(&mut command);
        Self {
            process,
            input,
            answered: 0,
        }
    }

    /// Asks and waits for the answer.
    pub async fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.input, "{question}").unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let printed = self.process.stdout.text();
            let complete = printed.matches('\n').count();
            if complete > self.answered {
                let line = printed.lines().nth(self.answered).unwrap();
                self.answered += 1;
                return serde_json::from_str(line).unwrap();
            }
            let output = || self.process.output();
            assert!(Instant::now() < deadline, "no answer:\n{}", output());
            tokio::time::sleep(POLL).await;
        }
    }
}
