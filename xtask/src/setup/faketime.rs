//! libfaketime, which moves the clock of the server in the tests of clocks.
//!
//! The one library is taken out of Debian's package, so that nothing has to be
//! installed for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::packages;
use crate::failure::{Failure, Result};
use crate::run::run;
use crate::ui;
use crate::workspace::Workspace;

/// The Debian package.
const PACKAGE: &str = "libfaketime";
/// The library for programs with several threads, in that package and on the
/// machine: under the folder of the machine's architecture.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// Returns the machine's library, else the one in `target/libfaketime`, which
/// is fetched when it is missing.
pub fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(library) = find(Path::new("/usr/lib")) {
        return Ok(library);
    }
    let folder = workspace.target.join(PACKAGE);
    if let Some(library) = find(&folder) {
        return Ok(library);
    }
    fs::create_dir_all(&folder)?;
    fetch(&folder)?;
    find(&folder).ok_or_else(|| Failure::new(format!("no {LIBRARY} in Debian's {PACKAGE}")))
}

/// The library in a folder, or in a folder of it.
fn find(folder: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    folders
        .map(|entry| entry.path())
        .chain([folder.to_owned()])
        .map(|folder| folder.join(LIBRARY))
        .find(|library| library.is_file())
}

/// Downloads the package and keeps what it has under `/usr/lib`.
fn fetch(folder: &Path) -> Result<()> {
    if !["apt-get", "dpkg-deb"]
        .into_iter()
        .all(packages::is_on_path)
    {
        return Err(Failure::new(
            "there is neither libfaketime nor apt-get here; install libfaketime",
        ));
    }
    ui::step(format!("taking the library out of Debian's {PACKAGE}"));
    let scratch = tempfile::tempdir_in(folder)?;
    let package = packages::download(PACKAGE, scratch.path())?;
    let unpacked = scratch.path().join("unpacked");
    run(Command::new("dpkg-deb")
        .arg("--extract")
        .arg(&package)
        .arg(&unpacked))?;
    let library = find(&unpacked.join("usr/lib"))
        .ok_or_else(|| Failure::new(format!("no {LIBRARY} in Debian's {PACKAGE}")))?;
    fs::create_dir_all(folder.join("faketime"))?;
    fs::rename(library, folder.join(LIBRARY))?;
    Ok(())
}
