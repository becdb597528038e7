//! The Node.js environments of the tests and the benchmarks.

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
    /// Oldest major version of Node.js.
    least: u32,
}

/// Third-party clients.
pub const INTEROP: Packages = Packages {
    folder: "interop-node",
    files: &[
        "tests/interop/package.json",
        "tests/interop/package-lock.json",
    ],
    least: 18,
};
/// What drives the browser, and what judges its pages.
pub const BROWSER: Packages = Packages {
    folder: "browser-node",
    files: &[
        "tests/browser/package.json",
        "tests/browser/package-lock.json",
    ],
    least: 18,
};
/// The server that benchmarks compare with.
pub const PEER: Packages = Packages {
    folder: "bench-peer",
    files: &[
        "tests/bench-peer/package.json",
        "tests/bench-peer/package-lock.json",
        "tests/bench-peer/peer.mjs",
    ],
    least: 20,
};

/// Tried in this order; each is run, as with Python.
const INTERPRETERS: &[&str] = &["node", "nodejs", "/usr/bin/node"];
/// Makes sure that the folder has the required packages and returns its
/// interpreter. Does nothing if the files have not changed.
pub fn ensure(workspace: &Workspace, packages: &Packages) -> Result<PathBuf> {
    let environment = Environment::new(workspace, packages.folder, packages.files)?;
    environment.ensure("bin/node", |folder| {
        create(folder, &workspace.root, packages)
    })
}

fn create(environment: &Path, root: &Path, packages: &Packages) -> Result<()> {
    let Packages { files, least, .. } = *packages;
    let node = find(least).map_or_else(|| install(least), Ok)?;
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
fn find(least: u32) -> Option<PathBuf> {
    let probe = format!("process.versions.node.split('.')[0] >= {least} ? process.execPath : ''");
    let program = |name: &&str| {
        first_line(Command::new(name).args(["--print", &probe])).filter(|path| !path.is_empty())
    };
    let node = INTERPRETERS.iter().find_map(program)?;
    succeeds(Command::new("npm").arg("--version")).then(|| node.into())
}

/// Debian's Node.js, for machines that have none.
fn install(least: u32) -> Result<PathBuf> {
    let missing = format!("there is no Node.js {least} or newer with npm");
    packages::install(&["nodejs", "npm"]).map_err(Failure::because(&missing))?;
    find(least).ok_or_else(|| Failure::new(format!("{missing}, also after installing Debian's")))
}
