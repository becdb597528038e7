//! Running other programs.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Result};
use crate::ui;

/// The cargo that runs this program, in the root of the workspace.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Shows a command, runs it and requires that it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    ui::note(format!("$ {}", shown(command)));
    let status = command.status().map_err(Failure::because(format!(
        "`{}` could not be started",
        shown(command)
    )))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!(
            "`{}` failed ({status})",
            shown(command)
        )))
    }
}

/// Runs a command whose output matters only when it fails.
pub fn run_silently(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(Failure::because(format!(
            "`{}` could not be started",
            shown(command)
        )))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`{}` failed ({}): {}",
        shown(command),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

/// Runs a command silently; `true` if it exists and succeeds.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// First line that a command prints, if it exists and succeeds.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// Whether the environment says that this is a CI run.
pub fn is_ci() -> bool {
    env::var_os("CI").is_some_and(|value| !value.is_empty())
}

/// A command as a person would type it, with the program's bare name.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_and_failure_are_told_apart() {
        assert!(succeeds(&mut Command::new("true")));
        assert!(!succeeds(&mut Command::new("false")));
        assert!(!succeeds(&mut Command::new("/no/such/program")));
        assert_eq!(
            first_line(Command::new("echo").arg("a\nb")).as_deref(),
            Some("a")
        );
    }

    #[test]
    fn a_failed_command_is_named() {
        let error = run(Command::new("/bin/sh").args(["-c", "exit 2"])).unwrap_err();
        assert!(
            error.to_string().starts_with("`sh -c exit 2` failed"),
            "{error}"
        );
        let mut silent = Command::new("sh");
        let error = run_silently(silent.args(["-c", "echo why >&2; exit 2"])).unwrap_err();
        assert!(error.to_string().ends_with("): why"), "{error}");
    }
}
