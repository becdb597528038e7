//! A server process that cannot outlive the process that started it.
//!
//! Beside each server runs a small shell, the watchdog, whose standard input is
//! a pipe that only the starting process holds open. However that process ends
//! (return, panic, Ctrl-C, SIGKILL), the kernel closes the pipe; the watchdog
//! then ends the server and removes its directory. The server itself starts
//! behind a gate: a shell that waits for a word before it becomes the server, so
//! that the watchdog always knows the process before the server exists.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::programs::{is_running, output_of, signal};

/// Reads process numbers, an empty line for "none"; acts on the last one when
/// the pipe closes. `$1` is the directory, `$2` the signal to end the server.
const WATCHDOG: &str = r#"
trap '' INT HUP TERM QUIT
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -s "$2" "$pid"
  kill -s CONT "$pid"
  n=0
  while kill -s 0 "$pid" && [ "$n" -lt 100 ]; do sleep 0.05; n=$((n + 1)); done
  kill -s KILL "$pid"
fi
rm -rf -- "$1"
"#;

/// Becomes the server once a word arrives; ends when the pipe closes before.
const GATE: &str = r#"read -r word || exit 1; exec "$@" </dev/null"#;

/// How long a server may take to end before it is killed.
const END_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause between two looks at something that is about to happen.
const POLL: Duration = Duration::from_millis(5);

/// User and group a server runs as when the tests themselves run as root.
#[derive(Clone, Copy, Debug)]
struct Account {
    uid: u32,
    gid: u32,
}

/// A directory, at most one server process in it, and the watchdog of both.
#[derive(Debug)]
pub(super) struct Guard {
    directory: TempDir,
    account: Option<Account>,
    child: Option<Child>,
    pipe: Option<ChildStdin>,
    watchdog: Child,
    signal: &'static str,
}

impl Guard {
    /// Creates a directory in `base`. `signal` is how the server is ended.
    ///
    /// With `unprivileged`, the directory is given to the first of these users
    /// that exists if the tests run as root, and the server runs as that user.
    pub(super) fn new(
        base: &Path,
        name: &str,
        signal: &'static str,
        unprivileged: &[&str],
    ) -> io::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix(&format!("agentidp-{name}-"))
            .tempdir_in(base)?;
        let account = match fs::metadata(directory.path())?.uid() {
            0 if !unprivileged.is_empty() => Some(first_account(unprivileged)?),
            _ => None,
        };
        if let Some(account) = account {
            chown(directory.path(), Some(account.uid), Some(account.gid))?;
        }
        let mut watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(directory.path())
            .arg(signal)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let pipe = watchdog.stdin.take();
        Ok(Self {
            directory,
            account,
            child: None,
            pipe,
            watchdog,
            signal,
        })
    }

    /// The directory of the server.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The file that receives what the server prints.
    pub(super) fn log(&self) -> PathBuf {
        self.path().join("log")
    }

    /// Process number of the running server.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Gives a command the server's user, directory and a neutral locale.
    pub(super) fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.path())
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", self.path());
        if let Some(account) = self.account {
            command.uid(account.uid).gid(account.gid);
        }
    }

    /// Starts `program` as the server; its output goes to a new log file.
    pub(super) fn launch(&mut self, program: &Path, arguments: &[String]) -> io::Result<()> {
        let log = File::create(self.log())?;
        let mut gate = Command::new("sh");
        gate.args(["-c", GATE, "gate"]).arg(program).args(arguments);
        self.prepare(&mut gate);
        let mut child = gate
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let pid = child.id();
        let word = child.stdin.take();
        self.child = Some(child);
        self.tell_watchdog(&pid.to_string())?;
        word.map_or(Ok(()), |mut word| word.write_all(b"start\n"))
    }

    /// Waits until `ready` holds. Fails with the server's log when the server
    /// ends first, or after `timeout`.
    pub(super) fn wait_until(
        &mut self,
        timeout: Duration,
        mut ready: impl FnMut(&Self) -> bool,
    ) -> io::Result<()> {
        let deadline = Instant::now() + timeout;
        loop {
            if ready(self) {
                return Ok(());
            }
            let ended = match self.child.as_mut() {
                Some(child) => child.try_wait()?.map(|status| format!("ended ({status})")),
                None => Some("is not running".to_owned()),
            };
            let late = (Instant::now() >= deadline)
                .then(|| format!("did not answer within {} s", timeout.as_secs()));
            if let Some(problem) = ended.or(late) {
                let log = fs::read_to_string(self.log()).unwrap_or_default();
                self.end("KILL")?;
                return Err(io::Error::other(format!(
                    "the server {problem}; its log:\n{log}"
                )));
            }
            thread::sleep(POLL);
        }
    }

    /// Ends the server with `signal`, or with SIGKILL if it does not obey.
    pub(super) fn end(&mut self, name: &str) -> io::Result<()> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        signal(name, &[child.id()])?;
        if wait_for(&mut child, END_TIMEOUT)?.is_none() {
            child.kill()?;
            child.wait()?;
        }
        self.tell_watchdog("")
    }

    fn tell_watchdog(&mut self, pid: &str) -> io::Result<()> {
        self.pipe
            .as_mut()
            .map_or(Ok(()), |pipe| pipe.write_all(format!("{pid}\n").as_bytes()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Nobody can act on an error here, and the watchdog does all of it again.
        let _ = self.end(self.signal);
        drop(self.pipe.take());
        let _ = self.watchdog.wait();
    }
}

/// Waits for the end of a child, at most `timeout`.
fn wait_for(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + timeout;
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        thread::sleep(POLL);
    }
}

/// Waits until none of the processes is running any more.
pub(super) fn wait_until_gone(pids: &[u32]) -> io::Result<()> {
    let deadline = Instant::now() + END_TIMEOUT;
    while pids.iter().any(|pid| is_running(*pid)) {
        if Instant::now() >= deadline {
            return Err(io::Error::other(format!(
                "some of the processes {pids:?} do not end"
            )));
        }
        thread::sleep(POLL);
    }
    Ok(())
}

/// Numbers of the first user in `names` that exists.
fn first_account(names: &[&str]) -> io::Result<Account> {
    let number = |flag: &str, name: &str| {
        let text = output_of(Command::new("id").args([flag, name])).ok()?;
        text.parse::<u32>().ok()
    };
    names
        .iter()
        .find_map(|name| {
            Some(Account {
                uid: number("-u", name)?,
                gid: number("-g", name)?,
            })
        })
        .ok_or_else(|| {
            io::Error::other(format!(
                "PostgreSQL refuses to run as root and none of the users {names:?} exists; \
                 run the tests as an ordinary user or create one of them"
            ))
        })
}
