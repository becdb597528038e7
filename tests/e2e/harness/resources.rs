//! What processes use, as the system tells it.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a replica may use in MiB, whatever its clients do. `docs/operations.md`
/// promises it.
pub const MEMORY_BOUND: u64 = 512;

/// The most memory that a process ever had resident, in MiB.
pub fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kibibytes: u64 = value.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes / 1024
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
