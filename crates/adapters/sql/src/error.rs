//! From diesel's errors to those of the ports.

use std::fmt::Display;
use std::str::FromStr;

use agentidp_domain::encryption::CipherError;
use agentidp_domain::error::{Constraint, StoreError};
use diesel::result::{DatabaseErrorKind, Error};

/// Classifies a failed query. `outages` are the beginnings of messages that
/// mean "try again later": diesel does not pass on the code of the database.
pub(crate) fn classify(error: &Error, outages: &[&str]) -> StoreError {
    let text = error.to_string();
    let outage = match error {
        Error::DatabaseError(
            DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ReadOnlyTransaction,
            _,
        ) => true,
        Error::DatabaseError(_, information) => outages
            .iter()
            .any(|outage| information.message().starts_with(outage)),
        _ => false,
    };
    if outage {
        StoreError::Unavailable(text)
    } else {
        StoreError::Backend(text)
    }
}

/// The error of a taken unique value.
pub(crate) fn conflict(constraint: Constraint) -> StoreError {
    StoreError::Conflict { constraint }
}

/// A conflict when an insert that skips conflicts inserted nothing.
pub(crate) fn require_inserted(rows: usize, constraint: Constraint) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(conflict(constraint));
    }
    Ok(())
}

/// [`StoreError::Stale`] when a statement met no row.
pub(crate) fn require_met(rows: usize) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(StoreError::Stale);
    }
    Ok(())
}

/// A stored row whose values are turned into domain types: names the place
/// when one cannot be read.
pub(crate) struct RowReader {
    table: &'static str,
    id: String,
}

impl RowReader {
    pub(crate) fn new(table: &'static str, id: impl Display) -> Self {
        Self {
            table,
            id: id.to_string(),
        }
    }

    pub(crate) fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column,
            id: self.id.clone(),
        }
    }

    /// Unwraps the result of a validation.
    pub(crate) fn read<T, E>(
        &self,
        column: &'static str,
        value: Result<T, E>,
    ) -> Result<T, StoreError> {
        value.map_err(|_| self.corrupt(column))
    }

    /// Reads a word.
    pub(crate) fn parse<T: FromStr>(
        &self,
        column: &'static str,
        text: &str,
    ) -> Result<T, StoreError> {
        self.read(column, text.parse())
    }

    /// Unwraps a value that has to be there.
    pub(crate) fn require<T>(
        &self,
        column: &'static str,
        value: Option<T>,
    ) -> Result<T, StoreError> {
        value.ok_or_else(|| self.corrupt(column))
    }
}

/// A value could not be encrypted.
pub(crate) fn encryption_failed(error: CipherError) -> StoreError {
    StoreError::Backend(error.to_string())
}
