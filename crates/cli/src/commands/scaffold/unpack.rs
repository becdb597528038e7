//! Unpacking an archive that is not trusted: nothing outside of the folder,
//! nothing without end, nothing overwritten unasked.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Cursor, Read};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use crate::failure::{Failure, Outcome};

/// Far more than any starter project needs.
const LIMITS: Limits = Limits {
    entries: 1_000,
    bytes: 64 * 1024 * 1024,
};

/// How large an archive may be.
struct Limits {
    /// Entries.
    entries: usize,
    /// Bytes of all files together.
    bytes: u64,
}

/// A file to be written.
struct Planned {
    /// Its place in the archive.
    index: usize,
    /// Where it goes.
    path: PathBuf,
}

/// Unpacks into an existing folder. Nothing is written when any entry is
/// refused; with `force`, files that exist are replaced.
pub(crate) fn unpack(archive: &[u8], folder: &Path, force: bool) -> Outcome<()> {
    unpack_within(&LIMITS, archive, folder, force)
}

fn unpack_within(limits: &Limits, archive: &[u8], folder: &Path, force: bool) -> Outcome<()> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(unreadable)?;
    let plan = plan(limits, &mut archive, folder)?;
    if !force && let Some(there) = plan.iter().find(|planned| exists(&planned.path)) {
        return Err(Failure::new(format!(
            "{} exists already. Choose another folder with --out, or overwrite files with --force.",
            there.path.display()
        )));
    }
    let mut left = limits.bytes;
    for planned in &plan {
        let entry = archive.by_index(planned.index).map_err(unreadable)?;
        // One byte more shows that there is too much.
        let mut content = entry.take(left.saturating_add(1));
        let written = write(&mut content, &planned.path).map_err(Failure::during(format!(
            "{} cannot be written",
            planned.path.display()
        )))?;
        left = left.checked_sub(written).ok_or_else(|| too_large(limits))?;
    }
    Ok(())
}

/// Looks at all entries before anything is written.
fn plan(
    limits: &Limits,
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    folder: &Path,
) -> Outcome<Vec<Planned>> {
    if archive.len() > limits.entries {
        return Err(too_large(limits));
    }
    let mut plan = Vec::new();
    let (mut known, mut total) = (HashSet::new(), 0_u64);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        let path = inside(&name).ok_or_else(|| refused(&name, "leaves the folder"))?;
        if entry.is_symlink() {
            return Err(refused(&name, "is a link"));
        }
        if passes_link(folder, &path) {
            return Err(refused(&name, "leaves the folder through a link in it"));
        }
        total = total.saturating_add(entry.size());
        if entry.is_dir() {
            continue;
        }
        if !known.insert(path.clone()) {
            return Err(refused(&name, "is there twice"));
        }
        plan.push(Planned {
            index,
            path: folder.join(path),
        });
    }
    if total > limits.bytes {
        return Err(too_large(limits));
    }
    Ok(plan)
}

/// The path an entry has inside of the folder; `None` when it has none.
fn inside(name: &str) -> Option<PathBuf> {
    // Other systems take a backslash for a separator.
    if name.contains(['\\', '\0']) {
        return None;
    }
    let mut path = PathBuf::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

/// Whether a folder on the way to `path` is a link.
fn passes_link(folder: &Path, path: &Path) -> bool {
    let folders = path.ancestors().skip(1);
    folders
        .filter(|part| !part.as_os_str().is_empty())
        .any(|part| fs::symlink_metadata(folder.join(part)).is_ok_and(|found| found.is_symlink()))
}

/// Whether anything is there, also a link to nothing.
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Writes a new file in the place of an old one; returns its length.
fn write(content: &mut impl Read, path: &Path) -> io::Result<u64> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    if exists(path) {
        // Not written through: it may be a link.
        fs::remove_file(path)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    io::copy(content, &mut file)
}

fn unreadable(error: zip::result::ZipError) -> Failure {
    Failure::new(format!(
        "The answer of the server is no archive that can be unpacked: {error}"
    ))
}

fn refused(name: &str, why: &str) -> Failure {
    Failure::new(format!(
        "The archive was refused, nothing was written: entry '{name}' {why}."
    ))
}

fn too_large(limits: &Limits) -> Failure {
    let Limits { entries, bytes } = limits;
    Failure::new(format!(
        "The archive was refused: it has more than {entries} entries or {bytes} bytes."
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    type Writer = ZipWriter<Cursor<Vec<u8>>>;

    fn archive(fill: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        fill(&mut writer);
        writer.finish().unwrap().into_inner()
    }

    /// An archive with one file.
    fn with_file(name: &str, content: &str) -> Vec<u8> {
        archive(|writer| {
            let options = SimpleFileOptions::default();
            writer.start_file(name, options).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        })
    }

    fn folder() -> (TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("project");
        fs::create_dir(&folder).unwrap();
        (root, folder)
    }

    fn refusal(archive: &[u8], folder: &Path) -> String {
        match unpack(archive, folder, false) {
            Err(Failure::Error(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_and_folders_are_written() {
        let (_root, folder) = folder();
        let archive = archive(|writer| {
            let options = SimpleFileOptions::default();
            writer.add_directory("src", options).unwrap();
            writer.start_file("src/deep/main.rs", options).unwrap();
            writer.write_all(b"fn main() {}").unwrap();
        });
        unpack(&archive, &folder, false).unwrap();
        let written = fs::read_to_string(folder.join("src/deep/main.rs")).unwrap();
        assert_eq!(written, "fn main() {}");
    }

    #[test]
    fn nothing_leaves_the_folder() {
        for name in [
            "../evil",
            "a/../../evil",
            "/tmp/evil",
            "a\\..\\evil",
            "..",
            ".",
        ] {
            assert_eq!(inside(name), None, "{name}");
        }
        assert_eq!(inside("./a/b"), Some(PathBuf::from("a/b")));
        let (root, folder) = folder();
        let text = refusal(&with_file("../evil", "x"), &folder);
        assert!(text.contains("'../evil' leaves the folder"), "{text}");
        assert!(!root.path().join("evil").exists());
    }

    #[test]
    fn links_are_neither_made_nor_followed() {
        let (root, folder) = folder();
        let link = archive(|writer| {
            let options = SimpleFileOptions::default();
            writer.add_symlink("link", "/etc", options).unwrap();
        });
        assert!(refusal(&link, &folder).contains("'link' is a link"));
        symlink(root.path(), folder.join("out")).unwrap();
        let text = refusal(&with_file("out/evil", "x"), &folder);
        assert!(text.contains("through a link"), "{text}");
        assert!(!root.path().join("evil").exists());
    }

    #[test]
    fn what_exists_is_kept_unless_told_otherwise() {
        let (root, folder) = folder();
        let target = folder.join("main.py");
        fs::write(&target, "mine").unwrap();
        let archive = with_file("main.py", "theirs");
        let text = refusal(&archive, &folder);
        assert!(text.contains("main.py exists already."), "{text}");
        assert!(text.contains("--force"), "{text}");
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
        unpack(&archive, &folder, true).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");

        // A link is replaced, what it points to stays.
        let other = root.path().join("other");
        fs::write(&other, "elsewhere").unwrap();
        fs::remove_file(&target).unwrap();
        symlink(&other, &target).unwrap();
        unpack(&archive, &folder, true).unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "elsewhere");
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
    }

    #[test]
    fn huge_archives_are_refused() {
        let (_root, folder) = folder();
        let limits = Limits {
            entries: 2,
            bytes: 1000,
        };
        let archive = |sizes: &[usize]| {
            archive(|writer| {
                for (number, size) in sizes.iter().enumerate() {
                    let options = SimpleFileOptions::default();
                    writer.start_file(number.to_string(), options).unwrap();
                    writer.write_all(&vec![0; *size]).unwrap();
                }
            })
        };
        for sizes in [&[1, 1, 1][..], &[1001], &[600, 401]] {
            let refused = unpack_within(&limits, &archive(sizes), &folder, false);
            assert_eq!(refused, Err(too_large(&limits)), "{sizes:?}");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{sizes:?}");
        }
        unpack_within(&limits, &archive(&[600, 400]), &folder, false).unwrap();
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let (_root, folder) = folder();
        assert!(refusal(b"<html>", &folder).contains("no archive"));
    }
}
