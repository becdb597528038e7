//! What the kernel knows about a process (`/proc`, see proc(5)).

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use crate::run::first_line;

/// Bytes in a MB.
const MEGA: f64 = 1_000_000.0;
/// Position of the user time in `/proc/<pid>/stat` behind the name; the
/// system time follows.
const USER_TIME: usize = 11;

/// Units of the kernel's process times per second.
static TICKS: LazyLock<f64> = LazyLock::new(|| {
    let told = first_line(Command::new("getconf").arg("CLK_TCK"));
    told.and_then(|text| text.parse().ok()).unwrap_or(100.0)
});

/// CPU time that a process has used so far, in seconds.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(ticks(&text)? / *TICKS)
}

/// Memory that a process has resident now, in MB.
pub fn resident(pid: u32) -> Option<f64> {
    megabytes(&status(pid)?, "VmRSS:")
}

/// Most memory that a process has had resident since its start, in MB.
pub fn peak_resident(pid: u32) -> Option<f64> {
    megabytes(&status(pid)?, "VmHWM:")
}

fn status(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/status")).ok()
}

/// User and system time in the text of `/proc/<pid>/stat`. The name in
/// parentheses at its beginning may itself hold blanks and parentheses.
fn ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut times = rest.split_whitespace().skip(USER_TIME);
    let user: f64 = times.next()?.parse().ok()?;
    let system: f64 = times.next()?.parse().ok()?;
    Some(user + system)
}

fn megabytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / MEGA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 9 0 7";
        assert_eq!(ticks(stat), Some(200.0));
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn own_process_has_used_time_and_memory() {
        let own = std::process::id();
        assert!(cpu_seconds(own).is_some());
        let (now, peak) = (resident(own).unwrap(), peak_resident(own).unwrap());
        assert!(now > 0.1 && peak >= now * 0.9, "{now} {peak}");
    }
}
