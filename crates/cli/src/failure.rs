//! Why a command ends with exit code 1.

use std::fmt;

/// A text for the user, with what to do next where that can be said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Shown after `Error: `.
    Error(String),
    /// Shown as it is: not configured, an empty answer to a prompt.
    Plain(String),
}

/// Result of a step of a command.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure shown after `Error: `.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Error(text.into())
    }

    /// A failure while doing `what`, for `map_err`.
    pub(crate) fn during<E: fmt::Display>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self::Error(format!("{what}: {error}"))
    }
}
