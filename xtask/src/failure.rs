//! The one error type: a sentence for the person at the terminal.

use std::{fmt, io};

/// Why a command could not be carried out, and what to do next.
#[derive(Debug)]
pub struct Failure(String);

/// Result of a step of a command.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// From a message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// From a message and the error behind it; for `map_err`.
    pub fn because<E: fmt::Display>(message: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self(format!("{message}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
