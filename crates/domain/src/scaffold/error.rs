//! What the generation of a starter project can fail with.

use std::io;

use crate::error::{AccessError, StoreError};
use crate::scaffold::BrokenTemplate;
use crate::token::{JournalError, TokenError};

/// Failure of the generation of a starter project.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// No agent has this id.
    #[error("no such agent")]
    NotFound,
    /// The agent belongs to another organization.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The agent has ended for good.
    #[error("agent is decommissioned")]
    Decommissioned,
    /// A template of ours cannot be filled in.
    #[error(transparent)]
    Template(#[from] BrokenTemplate),
    /// The files could not be packed.
    #[error("the archive cannot be written: {0}")]
    Archive(io::Error),
    /// The event did not become durable.
    #[error(transparent)]
    Unrecorded(TokenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<JournalError> for ScaffoldError {
    fn from(error: JournalError) -> Self {
        Self::Unrecorded(error.into())
    }
}
