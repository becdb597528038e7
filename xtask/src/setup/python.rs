//! Python environments: that of the interoperability tests, and those of
//! programs that come as Python packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::Environment;
use super::packages;
use crate::failure::{Failure, Result};
use crate::run::{run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// The packages, with their exact versions.
const REQUIREMENTS: &str = "tests/interop/requirements.txt";
/// Tried in this order. A name may exist and still not work (version managers
/// put a stand-in for every version they know on `PATH`), so each is run.
const INTERPRETERS: &[&str] = &[
    "python3",
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "/usr/bin/python3",
];
/// Succeeds on a version that the packages support, if it can make environments.
const PROBE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// Makes sure that `target/interop-venv` has the required packages and returns
/// its interpreter. Does nothing if the requirements have not changed.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    packages(workspace, "interop-venv", REQUIREMENTS, "bin/python")
}

/// Makes sure that the folder `name` of `target/` has the packages that the
/// file `pins` names, and returns the path of `program` in it.
pub fn packages(workspace: &Workspace, name: &str, pins: &str, program: &str) -> Result<PathBuf> {
    let environment = Environment::new(workspace, name, &[pins])?;
    environment.ensure(program, |folder| create(folder, &workspace.root, pins))
}

fn create(environment: &Path, root: &Path, pins: &str) -> Result<()> {
    let python = find().map_or_else(install, Ok)?;
    ui::step(format!("installing the packages of {pins}"));
    run(Command::new(python)
        .args(["-m", "venv", "--clear"])
        .arg(environment))?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ];
    run(Command::new(environment.join("bin/python"))
        .args(pip)
        .arg(root.join(pins)))
}

/// The first interpreter that works.
pub fn find() -> Option<&'static str> {
    let works = |name: &&&str| succeeds(Command::new(name).args(["-c", PROBE]));
    INTERPRETERS.iter().find(works).copied()
}

/// Debian's Python, for machines that have none.
fn install() -> Result<&'static str> {
    let missing = "there is no Python 3.10 or newer with the modules venv and ensurepip";
    packages::install(&["python3", "python3-venv"]).map_err(Failure::because(missing))?;
    find().ok_or_else(|| Failure::new(format!("{missing}, also after installing Debian's")))
}
