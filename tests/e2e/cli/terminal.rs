//! A pseudo-terminal with a program in it, and somebody who types.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::harness::process::POLL;

/// Anything that is expected, on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// Ctrl+C.
pub const CTRL_C: &str = "\u{3}";

/// A program in a terminal; it ends with the value.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    /// So much of the screen was expected already, in bytes.
    read: usize,
}

impl Terminal {
    /// Starts `command`; its terminal is its controlling one, so that Ctrl+C
    /// reaches it.
    pub fn open(command: &Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize {
            ws_row: 50,
            ws_col: 160,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).unwrap();
        let program = ioctl_tiocgptpeer(&master, flags).unwrap();
        let stdio = || Stdio::from(program.try_clone().unwrap());
        let variables = command.get_envs();
        // Whoever runs the tests in the background may ignore the signal, and what
        // is ignored is inherited.
        let child = Command::new("env")
            .args(["--default-signal=INT", "setsid", "--ctty"])
            .arg(command.get_program())
            .args(command.get_args())
            .env_clear()
            .envs(variables.filter_map(|(name, value)| Some((name, value?))))
            .env("TERM", "xterm")
            .current_dir(command.get_current_dir().unwrap())
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let keyboard = File::from(master);
        let screen = Arc::default();
        let reader = Some(follow(keyboard.try_clone().unwrap(), Arc::clone(&screen)));
        Self {
            child,
            keyboard,
            screen,
            reader,
            read: 0,
        }
    }

    /// Everything that appeared so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits for `text` behind what was expected before; what came up to its
    /// end.
    pub fn expect(&mut self, text: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let new = self.screen.lock().unwrap()[self.read..].to_vec();
            let found = new
                .windows(text.len())
                .position(|part| part == text.as_bytes());
            if let Some(found) = found {
                let end = found + text.len();
                self.read += end;
                return String::from_utf8_lossy(&new[..end]).into_owned();
            }
            assert!(
                Instant::now() < deadline,
                "no {text:?} in:\n{}",
                self.text()
            );
            std::thread::sleep(POLL);
        }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end; exit code, as shells show it, and the whole screen.
    pub fn end(mut self) -> (i32, String) {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.reader.take().unwrap().join().unwrap();
                let code = status.code().or(status.signal().map(|signal| 128 + signal));
                return (code.unwrap(), self.text());
            }
            let text = || self.text();
            assert!(Instant::now() < deadline, "does not end:\n{}", text());
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Copies to the screen until the program has closed the terminal, which Linux
/// tells as an error.
fn follow(mut source: File, screen: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = source.read(&mut buffer) {
            screen.lock().unwrap().extend_from_slice(&buffer[..count]);
        }
    })
}
