//! Unpacking an archive that is not trusted: nothing outside of the folder,
//! nothing without end, nothing overwritten unasked.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::{Component, Path, PathBuf};

use zip::ZipArchive;

use crate::failure::{Failure, Outcome};
use crate::text;

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

/// Unpacks into an existing folder: all or nothing, unless the file system fails
/// while finished files are moved to their places. With `force`, files that
/// exist are replaced.
pub(crate) fn unpack(archive: &[u8], folder: &Path, force: bool) -> Outcome<()> {
    unpack_within(&LIMITS, archive, folder, force)
}

fn unpack_within(limits: &Limits, archive: &[u8], folder: &Path, force: bool) -> Outcome<()> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).map_err(unreadable)?;
    let plan = plan(limits, &mut archive, folder)?;
    if let Some(found) = plan
        .iter()
        .find_map(|planned| planned.obstacle(folder, force))
    {
        return Err(Failure::new(format!("{found} Nothing was written.")));
    }
    // In the folder itself, so that moving is no copying. It goes away with the
    // value.
    let staging = tempfile::Builder::new()
        .prefix(".sentryagent-")
        .tempdir_in(folder)
        .map_err(Failure::during(format!(
            "{} cannot be written to",
            folder.display()
        )))?;
    extract(limits, &mut archive, &plan, staging.path())?;
    plan.iter().try_for_each(|planned| {
        planned
            .place(staging.path())
            .map_err(Failure::during(format!(
                "{} cannot be written",
                planned.path.display()
            )))
    })
}

impl Planned {
    /// What is in the way of the file.
    fn obstacle(&self, folder: &Path, force: bool) -> Option<String> {
        let shown = self.path.display();
        let parents = self.path.ancestors().skip(1);
        let no_folder = parents
            .take_while(|parent| *parent != folder)
            .find(|parent| fs::symlink_metadata(parent).is_ok_and(|found| !found.is_dir()));
        if let Some(parent) = no_folder {
            return Some(format!("{} is no folder.", parent.display()));
        }
        // Also a link to nothing is something.
        let found = fs::symlink_metadata(&self.path).ok()?;
        if !force {
            Some(format!(
                "{shown} exists already. Choose another folder with --out, or overwrite files \
                 with --force."
            ))
        } else if found.is_dir() {
            Some(format!("{shown} is a folder."))
        } else {
            None
        }
    }

    /// Where the file is before all of them are complete.
    fn staged(&self, staging: &Path) -> PathBuf {
        staging.join(self.index.to_string())
    }

    /// Moves the complete file to its place. A link that is there is replaced,
    /// not followed.
    fn place(&self, staging: &Path) -> io::Result<()> {
        if let Some(parent) = self.path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(self.staged(staging), &self.path)
    }
}

/// Unpacks all files into the folder for incomplete ones.
fn extract(
    limits: &Limits,
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    plan: &[Planned],
    staging: &Path,
) -> Outcome<()> {
    let mut left = limits.bytes;
    for planned in plan {
        let entry = archive.by_index(planned.index).map_err(unreadable)?;
        // One byte more shows that there is too much.
        let mut content = entry.take(left.saturating_add(1));
        let written = File::create(planned.staged(staging))
            .and_then(|mut file| io::copy(&mut content, &mut file))
            .map_err(Failure::during(format!(
                "{} cannot be unpacked, nothing was written",
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
    let is_file = |path: &Path| known.contains(path);
    if let Some(path) = known
        .iter()
        .find(|path| path.ancestors().skip(1).any(is_file))
    {
        return Err(refused(&path.to_string_lossy(), "lies in a file"));
    }
    Ok(plan)
}

/// The path an entry has inside of the folder; `None` when it has none.
fn inside(name: &str) -> Option<PathBuf> {
    // Other systems take a backslash for a separator; control characters are in
    // no name that means well.
    if name.contains(|c: char| c == '\\' || c.is_control()) {
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

fn unreadable(error: zip::result::ZipError) -> Failure {
    Failure::new(format!(
        "The answer of the server is no archive that can be unpacked: {error}"
    ))
}

fn refused(name: &str, why: &str) -> Failure {
    let name = text::one_line(name);
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
mod tests;
