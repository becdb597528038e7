//! The Node.js environments of the interoperability tests and the benchmarks.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::environment::Environment;
use super::packages;
use crate::failure::{Failure, Result};
use crate::run::{first_line, run, succeeds};
use crate::ui;
use crate::workspace::Workspace;

/// A folder below `target/` with packages.
#[derive(Debug)]
pub struct Packages {
    folder: &'static str,
    /// The packages, their exact versions with those of what they need, and
    /// what has to lie beside them.
    files: &'static [&'static str],
}

/// Third-party clients.
pub const INTEROP: Packages = Packages {
    folder: "interop-node",
    files: &[
        "tests/interop/package.json",
        "tests/interop/package-lock.json",
    ],
};
/// The server that benchmarks compare with.
pub const PEER: Packages = Packages {
    folder: "bench-peer",
    files: &[
        "tests/bench-peer/package.json",
        "tests/bench-peer/package-lock.json",
        "tests/bench-peer/peer.mjs",
    ],
};

/// Tried in this order; each is run, as with Python.
const INTERPRETERS: &[&str] = &["node", "nodejs", "/usr/bin/node"];
/// Prints the program behind the name, if the packages support its version.
const PROBE: &str = "process.versions.node.split('.')[0] >= 18 ? process.execPath : ''";

/// Makes sure that the folder has the required packages and returns its
/// interpreter. Does nothing if the files have not changed.
pub fn ensure(workspace: &Workspace, packages: &Packages) -> Result<PathBuf> {
    let environment = Environment::new(workspace, packages.folder, packages.files)?;
    environment.ensure("bin/node", |folder| {
        create(folder, &workspace.root, packages.files)
    })
}

fn create(environment: &Path, root: &Path, files: &[&str]) -> Result<()> {
    let node = find().map_or_else(install, Ok)?;
    ui::step(format!("installing the packages of {}", files.join(", ")));
    let programs = environment.join("bin");
    fs::create_dir_all(&programs)?;
    for file in files {
        let source = root.join(file);
        let name = source.file_name().unwrap_or(source.as_os_str());
        fs::copy(&source, environment.join(name))?;
    }
    let quietly = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    run(Command::new("npm")
        .arg("ci")
        .args(quietly)
        .current_dir(environment)
        .stdin(Stdio::null())
        .stdout(std::io::stderr()))?;
    // Beside the packages, which scripts look for from their interpreter on.
    let link = programs.join("node");
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link)?;
    }
    Ok(symlink(node, link)?)
}

/// The program behind the first name that works, if there is `npm` too.
fn find() -> Option<PathBuf> {
    let program = |name: &&str| {
        first_line(Command::new(name).args(["--print", PROBE])).filter(|path| !path.is_empty())
    };
    let node = INTERPRETERS.iter().find_map(program)?;
    succeeds(Command::new("npm").arg("--version")).then(|| node.into())
}

/// Debian's Node.js, for machines that have none.
fn install() -> Result<PathBuf> {
    let missing = "there is no Node.js 18 or newer with npm";
    packages::install(&["nodejs", "npm"]).map_err(Failure::because(missing))?;
    find().ok_or_else(|| Failure::new(format!("{missing}, also after installing Debian's")))
}
