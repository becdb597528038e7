//! Private files: directories with mode 0700, files with mode 0600, replaced
//! as a whole and durable when a function returns.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Makes sure of a directory; new ones, parents included, get mode 0700.
///
/// # Errors
///
/// Those of the file system, with the path.
pub(crate) fn private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| at(path, &error))
}

/// Replaces a file by one with this content.
///
/// # Errors
///
/// Those of the file system, with the path; the old file stays.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let written = write_beside(path, content)?;
    fs::rename(&written, path).map_err(|error| discard(&written, at(path, &error)))?;
    sync_dir(path)
}

/// Creates a file with this content; `false` when there is one already, which
/// then stays as it is.
///
/// # Errors
///
/// Those of the file system, with the path.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
    let written = write_beside(path, content)?;
    // A link, unlike a rename, does not replace what another process has put
    // there meanwhile.
    let linked = fs::hard_link(&written, path);
    let _ = fs::remove_file(&written);
    match linked {
        Ok(()) => sync_dir(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(at(path, &error)),
    }
}

fn write_beside(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || {
        let _ = fs::remove_file(&beside);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(content)?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(beside),
        Err(error) => Err(discard(&beside, at(path, &error))),
    }
}

fn discard(file: &Path, error: io::Error) -> io::Error {
    let _ = fs::remove_file(file);
    error
}

fn sync_dir(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| at(folder, &error))
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_and_folders_are_private() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("data/keys");
        private_dir(&folder).unwrap();
        let file = folder.join("secret.json");
        assert!(create(&file, b"one").unwrap());
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&root.path().join("data")), 0o700);
        assert_eq!(mode(&file), 0o600);
        replace(&file, b"two").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn an_existing_file_is_not_created_again() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("ring.json");
        assert!(create(&file, b"one").unwrap());
        assert!(!create(&file, b"two").unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"one");
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }

    #[test]
    fn errors_name_the_path() {
        let error = replace(Path::new("/nowhere/at/all"), b"").unwrap_err();
        assert!(
            error.to_string().starts_with("/nowhere/at/all: "),
            "{error}"
        );
    }
}
