//! Why a policy is not taken.

use std::io;

/// A policy that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file cannot be read.
    #[error("policy file {file} cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is broken.
    #[error("policy file {file}{}: {reason}", at_line(*.line))]
    Broken {
        /// The file.
        file: String,
        /// Line of the mistake, if it has one.
        line: Option<usize>,
        /// What is wrong.
        reason: String,
    },
}

fn at_line(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line}"))
        .unwrap_or_default()
}
