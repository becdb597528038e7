//! A file system that is full when a test wants it to be.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// What takes the room.
const FILLER: &str = "filler";

/// Mounts, says so, and unmounts when its input closes: when the value is
/// dropped, and however else the test run ends. Lazily: a server may still have
/// files open. `$1` is the directory, `$2` the size in MiB.
const KEEPER: &str = r#"
trap '' INT HUP TERM QUIT
mount -t tmpfs -o "size=$2m,mode=0700" tmpfs "$1" || exit 1
echo mounted
read -r word
umount -l -- "$1"
"#;

/// A memory file system of a few MiB.
///
/// Dropping the value unmounts it; drop it before the directory it lies in is
/// removed.
#[derive(Debug)]
pub struct SmallDisk {
    path: PathBuf,
    keeper: Child,
    pipe: Option<ChildStdin>,
}

impl SmallDisk {
    /// Mounts a file system of `mebibytes` at `path`, which is created when it
    /// is missing.
    ///
    /// # Errors
    ///
    /// When the directory cannot be created, or this process may not mount;
    /// the message has the reason.
    pub fn mount(path: &Path, mebibytes: u32) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(path)
            .arg(mebibytes.to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut disk = Self {
            path: path.to_owned(),
            pipe: keeper.stdin.take(),
            keeper,
        };
        let mut line = String::new();
        if let Some(output) = disk.keeper.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        if line.trim_end() == "mounted" {
            return Ok(disk);
        }
        let mut reason = String::new();
        if let Some(mut output) = disk.keeper.stderr.take() {
            output.read_to_string(&mut reason)?;
        }
        Err(io::Error::other(reason.trim().to_owned()))
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes all the room that is left.
    ///
    /// # Errors
    ///
    /// When the room ends for another reason than that there is none.
    pub fn fill(&self) -> io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path.join(FILLER))?;
        match io::copy(&mut io::repeat(0), &mut file) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(io::Error::other("the disk does not get full")),
        }
    }

    /// Gives the room back.
    ///
    /// # Errors
    ///
    /// When the disk was not full.
    pub fn free(&self) -> io::Result<()> {
        let path = self.path.join(FILLER);
        // Somebody who is about to run another program may still have it open.
        fs::OpenOptions::new().write(true).open(&path)?.set_len(0)?;
        fs::remove_file(path)
    }

    /// Lets nobody write any more, or again; nobody may have a file open for
    /// writing.
    ///
    /// # Errors
    ///
    /// When somebody has.
    pub fn set_read_only(&self, read_only: bool) -> io::Result<()> {
        let option = if read_only {
            "remount,ro"
        } else {
            "remount,rw"
        };
        super::programs::output_of(Command::new("mount").args(["-o", option]).arg(&self.path))
            .map(drop)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // Nobody can act on an error here.
        let _ = self.keeper.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_takes_nothing_until_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        let disk = match SmallDisk::mount(&path, 1) {
            Ok(disk) => disk,
            Err(error) => {
                crate::requirements::skip(&format!("no file system can be mounted: {error}"));
                return;
            }
        };
        let file = path.join("file");
        disk.fill().unwrap();
        assert!(fs::write(&file, "more").is_err());
        disk.free().unwrap();
        fs::write(&file, "more").unwrap();
        disk.set_read_only(true).unwrap();
        assert!(fs::write(&file, "no more").is_err());
        disk.set_read_only(false).unwrap();
        fs::write(&file, "again").unwrap();
        drop(disk);
        assert!(!file.exists(), "not unmounted");
    }
}
