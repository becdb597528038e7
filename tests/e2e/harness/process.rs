//! Processes whose output is captured and that end with their value.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Pause between two looks at something that is about to happen.
pub const POLL: Duration = Duration::from_millis(10);

/// What a process wrote so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<String>>);

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn follow(&self, source: impl Read + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
                log.0
                    .lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        })
    }
}

/// A child process; killed when the value is dropped.
pub struct Process {
    child: Child,
    /// Standard output.
    pub stdout: Log,
    /// Standard error: logs and remarks.
    pub stderr: Log,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts `command` without input.
    pub fn spawn(command: &mut Command) -> Self {
        Self::start(command, Stdio::null())
    }

    /// Starts `command`, which reads what is written into the second value.
    pub fn spawn_with_input(command: &mut Command) -> (Self, ChildStdin) {
        let mut process = Self::start(command, Stdio::piped());
        let input = process.child.stdin.take().unwrap();
        (process, input)
    }

    fn start(command: &mut Command, input: Stdio) -> Self {
        let mut child = command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, stderr) = (Log::default(), Log::default());
        let readers = vec![
            stdout.follow(child.stdout.take().unwrap()),
            stderr.follow(child.stderr.take().unwrap()),
        ];
        Self {
            child,
            stdout,
            stderr,
            readers,
        }
    }

    /// Both streams, for messages of failed tests.
    pub fn output(&self) -> String {
        format!("{}{}", self.stdout.text(), self.stderr.text())
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How the process ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for the end, then for the last of its output.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended() {
                for reader in self.readers.drain(..) {
                    reader.join().unwrap();
                }
                return status;
            }
            let output = || self.output();
            assert!(Instant::now() < deadline, "does not end:\n{}", output());
            std::thread::sleep(POLL);
        }
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        // The shell's own `kill`: a minimal system has no other.
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name])
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success(), "signal {name} could not be sent");
    }

    /// Kills the process and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
