//! What is wrong with a request, field by field.

use serde::Serialize;

/// One bad field and the reason, in words for the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Name of the field on the wire.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

/// All problems of one request; never empty once it is an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("request validation failed")]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// A single problem.
    #[must_use]
    pub fn one(field: &str, reason: impl Into<String>) -> Self {
        let mut violations = Self::default();
        violations.add(field, reason);
        violations
    }

    /// Adds a problem.
    pub fn add(&mut self, field: &str, reason: impl Into<String>) {
        self.0.push(Violation {
            field: field.to_owned(),
            reason: reason.into(),
        });
    }

    /// Takes the value, or notes why there is none.
    pub fn check<T>(&mut self, field: &str, result: Result<T, Invalid>) -> Option<T> {
        result
            .inspect_err(|invalid| self.add(field, invalid.0.clone()))
            .ok()
    }

    /// The problems in the order in which they were found.
    #[must_use]
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing is wrong.
    ///
    /// # Errors
    ///
    /// Itself, when there is at least one problem.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Why a value cannot become a domain type; the text is the `reason` shown to
/// the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl Invalid {
    /// An error with this reason.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}
