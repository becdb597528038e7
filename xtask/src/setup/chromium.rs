//! The browser that dashboard and portal are tested in.

use std::path::PathBuf;
use std::process::Command;

use super::packages;
use crate::failure::{Failure, Result};
use crate::run::{first_line, succeeds};

/// Chromium without windows, a program and a Debian package of this name: the
/// same engine, and the tests take half the time.
const SHELL: &str = "chromium-headless-shell";
/// Browsers that do as well, in this order.
const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Returns Chromium without windows, which is installed if this process may,
/// else another browser of its kind that the machine has.
pub fn ensure() -> Result<PathBuf> {
    if let Some(program) = find(SHELL) {
        return Ok(program);
    }
    let installed = packages::install(&[SHELL]);
    if let Some(program) = find(SHELL).or_else(|| BROWSERS.iter().find_map(|name| find(name))) {
        return Ok(program);
    }
    installed.map_err(Failure::because("there is no Chromium"))?;
    Err(Failure::new(format!(
        "there is no Chromium, also after installing {SHELL}"
    )))
}

/// The path of a program, if it starts.
fn find(name: &str) -> Option<PathBuf> {
    let script = format!("command -v {name}");
    let path = first_line(Command::new("sh").args(["-c", &script]))?;
    succeeds(Command::new(&path).arg("--version")).then(|| PathBuf::from(path))
}
