//! Where the server programs are, and how to run and signal processes.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Debian keeps one folder per PostgreSQL major version here.
const DEBIAN_POSTGRES: &str = "/usr/lib/postgresql";

/// The folder with `initdb`, `postgres` and `psql`: the newest version in
/// Debian's layout, else the one on `PATH`. `None` when there is no server.
#[must_use]
pub fn postgres_bin() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN_POSTGRES)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("postgres").is_file() && bin.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin).or_else(|| {
        let bin = on_path("postgres")?.parent()?.to_owned();
        bin.join("initdb").is_file().then_some(bin)
    })
}

/// The `redis-server` program. `None` when it is not installed.
#[must_use]
pub fn redis_server() -> Option<PathBuf> {
    on_path("redis-server")
}

/// The `java` program. `None` when it is not installed.
#[must_use]
pub(super) fn java() -> Option<PathBuf> {
    on_path("java")
}

/// A program on `PATH` or in the usual system folders, which the `PATH` of an
/// unprivileged user may lack.
fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(program))
        .find(|p| p.is_file())
}

/// The error for a program that has to be installed first.
pub(super) fn not_installed(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("{what} is not installed; run `cargo xtask setup`"),
    )
}

/// Runs a command to its end and returns its standard output, without the
/// trailing line break.
pub(super) fn output_of(command: &mut Command) -> io::Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output()?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).trim_end().to_owned());
    }
    let program = Path::new(command.get_program()).display();
    let reason = String::from_utf8_lossy(&stderr);
    Err(io::Error::other(format!(
        "{program} failed ({status}): {}",
        reason.trim()
    )))
}

/// Sends a signal by name. A process that has already ended is no error.
pub(super) fn signal(name: &str, pids: &[u32]) -> io::Result<()> {
    for pid in pids {
        // The shell's own `kill`: a minimal system has no other.
        let sent = output_of(
            Command::new("sh")
                .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name])
                .arg(pid.to_string()),
        );
        if let Err(error) = sent
            && is_running(*pid)
        {
            return Err(error);
        }
    }
    Ok(())
}

/// Whether a process exists and is more than an entry waiting to be collected.
pub(super) fn is_running(pid: u32) -> bool {
    stat(&pid.to_string()).is_some_and(|(state, _)| state != "Z" && state != "X")
}

/// The direct children of a process, from `/proc`.
pub(super) fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| stat(&pid.to_string()).is_some_and(|(_, ppid)| ppid == parent))
        .collect()
}

/// State letter and parent of a process. The name in parentheses before them
/// may itself hold blanks and parentheses.
fn stat(pid: &str) -> Option<(String, u32)> {
    let text = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let mut fields = rest.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

/// Free space of a folder in MiB, as `df` tells it; 0 when it cannot be told.
pub(super) fn free_mebibytes(folder: impl AsRef<OsStr>) -> u64 {
    let table = output_of(Command::new("df").arg("-Pk").arg(folder)).unwrap_or_default();
    let available = table
        .lines()
        .nth(1)
        .and_then(|row| row.split_whitespace().nth(3));
    available
        .and_then(|kib| kib.parse::<u64>().ok())
        .map_or(0, |kib| kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_command_tells_its_message() {
        let error =
            output_of(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("broken") && text.contains('3'), "{text}");
    }

    #[test]
    fn own_process_is_running_and_has_a_parent() {
        let own = std::process::id();
        assert!(is_running(own));
        let (_, parent) = stat(&own.to_string()).unwrap();
        assert!(children(parent).contains(&own));
    }

    #[test]
    fn temporary_folder_has_room() {
        assert!(free_mebibytes(env::temp_dir()) > 0);
        assert_eq!(free_mebibytes("/no/such/folder"), 0);
    }
}
