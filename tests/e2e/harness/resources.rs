//! What processes use, as the system tells it.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a replica may use in MiB, whatever its clients do. `docs/operations.md`
/// promises it.
pub const MEMORY_BOUND: u64 = 512;

/// Resident memory of a process, in MiB.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    pub now: u64,
    /// The most it ever was.
    pub peak: u64,
}

impl Memory {
    /// Of a process that runs.
    pub fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let mebibytes = |name: &str| {
            let mut lines = status.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)).unwrap();
            let kibibytes: u64 = value.trim().trim_end_matches(" kB").parse().unwrap();
            kibibytes / 1024
        };
        Self {
            now: mebibytes("VmRSS:"),
            peak: mebibytes("VmHWM:"),
        }
    }
}

/// Files and sockets a process has open.
pub fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Raises the number of files the tests may open as far as allowed; what it is
/// now.
pub fn raise_open_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let raised = wanted.min(most).max(limit.current.unwrap_or(u64::MAX));
    let changed = Rlimit {
        current: Some(raised),
        ..limit
    };
    setrlimit(Resource::Nofile, changed).unwrap();
    raised
}
