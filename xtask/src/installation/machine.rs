//! The machine that the figures belong to.

use std::fs;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use crate::run::first_line;

/// What a reader has to know of the machine.
#[derive(Clone, Debug)]
pub struct Machine {
    processor: String,
    cores: usize,
    memory: String,
    kernel: String,
    openssl: String,
}

impl Machine {
    /// The one this runs on; unknown things are empty.
    pub fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self {
            processor: field(&read("/proc/cpuinfo"), "model name"),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory: field(&read("/proc/meminfo"), "MemTotal"),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            openssl: first_line(Command::new("openssl").arg("version")).unwrap_or_default(),
        }
    }

    /// One line of text.
    pub fn text(&self) -> String {
        format!(
            "{} cores of {}, {} memory, Linux {}, {}",
            self.cores, self.processor, self.memory, self.kernel, self.openssl
        )
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        json!({
            "processor": self.processor,
            "cores": self.cores,
            "memory": self.memory,
            "kernel": self.kernel,
            "openssl": self.openssl,
        })
    }
}

/// The value behind `name` and a colon.
fn field(text: &str, name: &str) -> String {
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    });
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "MemTotal:       24576000 kB\nMemFree: 1 kB\n";
        assert_eq!(field(text, "MemTotal"), "24576000 kB");
        assert_eq!(field(text, "Mem"), "");
    }
}
