//! Lists.

use serde::Deserialize;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// Entries of this page, newest first.
    pub data: Vec<T>,
    /// Matches over all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Entries per page at most.
    pub limit: u32,
}
