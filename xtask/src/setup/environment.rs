//! Folders below `target/` with the packages that files of the repository pin.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Result};
use crate::run::succeeds;
use crate::workspace::Workspace;

/// One such folder.
#[derive(Debug)]
pub struct Environment {
    /// The folder.
    pub folder: PathBuf,
    /// Content of the files that pin the packages.
    wanted: String,
}

impl Environment {
    /// The folder `name`, for the packages that `pins` (paths from the root of
    /// the repository) name.
    pub fn new(workspace: &Workspace, name: &str, pins: &[&str]) -> Result<Self> {
        let read = |path: &&str| {
            fs::read_to_string(workspace.root.join(path))
                .map_err(Failure::because(format!("cannot read {path}")))
        };
        Ok(Self {
            folder: workspace.target.join(name),
            wanted: pins.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// Content of the files that pin the packages.
    pub fn wanted(&self) -> &str {
        &self.wanted
    }

    /// Calls `install` unless the packages are there already; returns the path
    /// of `program`, which is relative to the folder.
    pub fn ensure(
        &self,
        program: &str,
        install: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let interpreter = self.folder.join(program);
        if !self.is_current() || !succeeds(Command::new(&interpreter).arg("--version")) {
            install(&self.folder)?;
            // Written last: an interrupted installation starts anew.
            let stamp = self.stamp();
            fs::write(&stamp, &self.wanted).map_err(Failure::because(format!(
                "cannot write {}",
                stamp.display()
            )))?;
        }
        Ok(interpreter)
    }

    fn is_current(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|installed| installed == self.wanted)
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("installed.txt")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn environment(folder: &Path, wanted: &str) -> Environment {
        Environment {
            folder: folder.to_owned(),
            wanted: wanted.to_owned(),
        }
    }

    #[test]
    fn packages_are_installed_when_the_pins_change_or_the_program_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let mut calls = 0;
        let mut ensure = |wanted: &str| {
            let install = |_: &Path| {
                calls += 1;
                fs::remove_file(&program).ok();
                Ok(symlink("/bin/true", &program)?)
            };
            let found = environment(folder.path(), wanted).ensure("program", install);
            assert_eq!(found.unwrap(), program);
            calls
        };
        assert_eq!(ensure("a==1"), 1);
        assert_eq!(ensure("a==1"), 1);
        assert_eq!(ensure("a==2"), 2);
        fs::remove_file(folder.path().join("program")).unwrap();
        assert_eq!(ensure("a==2"), 3);
    }

    #[test]
    fn an_installation_that_failed_starts_anew() {
        let folder = tempfile::tempdir().unwrap();
        let broken =
            environment(folder.path(), "a==1").ensure("program", |_| Err(Failure::new("offline")));
        assert!(broken.is_err());
        assert!(!environment(folder.path(), "a==1").is_current());
    }
}
