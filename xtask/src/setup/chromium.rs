//! The browser that dashboard and portal are tested in.

use std::path::PathBuf;
use std::process::Command;

use super::packages;
use crate::failure::{Failure, Result};
use crate::run::{first_line, succeeds};

/// Chromium without windows, a program and a Debian package of this name: the
/// same engine, and the tests take half the time.
const SHELL: &str = "chromium-headless-shell";
/// Tried in this order.
const PROGRAMS: &[&str] = &[SHELL, "chromium", "chromium-browser", "google-chrome"];

/// Returns the machine's Chromium, else Debian's, which is installed.
pub fn ensure() -> Result<PathBuf> {
    let missing = "there is no Chromium";
    if let Some(program) = find() {
        return Ok(program);
    }
    packages::install(&[SHELL]).map_err(Failure::because(missing))?;
    find().ok_or_else(|| Failure::new(format!("{missing}, also after installing Debian's")))
}

/// The path of the first one that starts.
fn find() -> Option<PathBuf> {
    let path = |name: &&str| {
        let script = format!("command -v {name}");
        first_line(Command::new("sh").args(["-c", &script]))
    };
    let mut programs = PROGRAMS.iter().filter_map(path);
    programs
        .find(|program| succeeds(Command::new(program).arg("--version")))
        .map(PathBuf::from)
}
