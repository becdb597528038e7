//! What the server asks about a store besides its data.

use std::collections::BTreeSet;

/// Use of the connections, for the pool gauges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// Connections in use.
    pub active: usize,
    /// Callers waiting for a connection.
    pub waiting: usize,
}

/// Where the change from one encryption key to another stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationState {
    /// Rows have yet to be re-encrypted with the current key: a run was begun
    /// and not finished, or the key was added by somebody else.
    pub pending: bool,
    /// The highest version of a key that a run was about.
    pub highest_version: Option<u32>,
}

/// How the schema of a database relates to the migrations of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// No migration was ever applied.
    Empty,
    /// Some migrations are missing.
    Behind,
    /// Exactly the migrations of this program are applied.
    Current,
    /// Migrations are applied that this program does not know.
    Newer,
}

impl SchemaState {
    /// Whether the server may start on it.
    #[must_use]
    pub fn is_current(self) -> bool {
        self == Self::Current
    }

    pub(crate) fn compare(known: &BTreeSet<String>, applied: &BTreeSet<String>) -> Self {
        if !applied.is_subset(known) {
            Self::Newer
        } else if applied.is_empty() {
            Self::Empty
        } else if applied.len() < known.len() {
            Self::Behind
        } else {
            Self::Current
        }
    }
}
