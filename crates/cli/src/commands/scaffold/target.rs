//! The folder of a project. What was made for one that is refused goes away.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder that exists. Those that were made for it are removed with the value,
/// as far as they are empty, unless it is kept.
#[derive(Debug)]
pub(super) struct Target {
    folder: PathBuf,
    /// From the outermost to the innermost.
    made: Vec<PathBuf>,
}

impl Target {
    /// The folder at this path, made with its parents when it is missing.
    ///
    /// # Errors
    ///
    /// When it cannot be made, or something else is there; nothing is left
    /// behind.
    pub(super) fn prepare(path: &Path) -> io::Result<Self> {
        let mut target = Self {
            folder: PathBuf::new(),
            made: Vec::new(),
        };
        target.make(path)?;
        // Absolute, so that the next step can be told.
        target.folder = fs::canonicalize(path)?;
        Ok(target)
    }

    fn make(&mut self, path: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = path
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
            .collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.made.push(folder.to_owned()),
                // Somebody else has made it meanwhile, or it ends in `..`.
                Err(_) if folder.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Its absolute path.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves it where it is.
    pub(super) fn keep(mut self) -> PathBuf {
        self.made.clear();
        std::mem::take(&mut self.folder)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // One that holds something stays, and with it those around it.
        for folder in self.made.drain(..).rev() {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_were_made_go_away_unless_they_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let (outer, inner) = (root.path().join("new"), root.path().join("new/deep/../in"));
        let target = Target::prepare(&inner).unwrap();
        let expected = root.path().canonicalize().unwrap().join("new/in");
        assert_eq!(target.folder(), expected);
        drop(target);
        assert!(!outer.exists());

        let target = Target::prepare(&inner).unwrap();
        assert_eq!(target.keep(), expected);
        assert!(expected.is_dir());
    }

    #[test]
    fn what_was_there_or_holds_something_stays() {
        let root = tempfile::tempdir().unwrap();
        let mine = root.path().join("mine");
        fs::create_dir(&mine).unwrap();
        drop(Target::prepare(&mine).unwrap());
        assert!(mine.is_dir());

        let target = Target::prepare(&mine.join("a/b/c")).unwrap();
        fs::write(mine.join("a/file"), "x").unwrap();
        drop(target);
        assert!(mine.join("a/file").is_file());
        assert!(!mine.join("a/b").exists());
    }

    #[test]
    fn where_no_folder_can_be_nothing_is_left_behind() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "x").unwrap();
        for path in ["file", "file/in", "new/../file/in"] {
            Target::prepare(&root.path().join(path)).unwrap_err();
            assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "{path}");
        }
    }
}
