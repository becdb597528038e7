//! Prometheus' promtool, which checks and tests the alert rules.
//!
//! Debian has it in the package of the server. Installing that would start a
//! Prometheus on the machine, so the one program is taken out of the package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::packages;
use crate::failure::{Failure, Result};
use crate::run::{run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// The Debian package.
const PACKAGE: &str = "prometheus";

/// Returns the machine's promtool, else the one in `target/promtool`, which is
/// fetched when it is missing.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    let name = "promtool";
    if works(Path::new(name)) {
        return Ok(name.into());
    }
    let folder = workspace.target.join(name);
    let program = folder.join(name);
    if !works(&program) {
        fs::create_dir_all(&folder)?;
        fetch(&program, &folder)?;
    }
    if works(&program) {
        Ok(program)
    } else {
        Err(Failure::new(format!(
            "{} does not run; install Prometheus",
            program.display()
        )))
    }
}

fn works(program: &Path) -> bool {
    succeeds(Command::new(program).arg("--version"))
}

/// Downloads the package, unpacks it beside `program` and keeps nothing but
/// the program.
fn fetch(program: &Path, folder: &Path) -> Result<()> {
    if !["apt-get", "dpkg-deb"]
        .into_iter()
        .all(packages::is_on_path)
    {
        return Err(Failure::new(
            "there is neither promtool nor apt-get here; install Prometheus",
        ));
    }
    ui::step(format!("taking promtool out of Debian's package {PACKAGE}"));
    let scratch = tempfile::tempdir_in(folder)?;
    let package = packages::download(PACKAGE, scratch.path())?;
    let unpacked = scratch.path().join("unpacked");
    run(Command::new("dpkg-deb")
        .arg("--extract")
        .arg(package)
        .arg(&unpacked))?;
    fs::copy(unpacked.join("usr/bin/promtool"), program)?;
    Ok(())
}
