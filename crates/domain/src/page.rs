//! Paging of lists.

use crate::validation::Invalid;

/// Which part of a list is wanted: page number from 1, page size 1–100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    page: u32,
    limit: u32,
}

impl PageRequest {
    /// Largest page size.
    pub const MAX_LIMIT: u32 = 100;

    /// Page `page` of `limit` entries.
    ///
    /// # Errors
    ///
    /// When `page` is 0 or `limit` is outside 1–100.
    pub fn new(page: u32, limit: u32) -> Result<Self, Invalid> {
        if page == 0 {
            return Err(Invalid::new("Must be at least 1."));
        }
        if !(1..=Self::MAX_LIMIT).contains(&limit) {
            return Err(Invalid::new("Must be between 1 and 100."));
        }
        Ok(Self { page, limit })
    }

    /// Page number, from 1.
    #[must_use]
    pub fn page(self) -> u32 {
        self.page
    }

    /// Entries per page.
    #[must_use]
    pub fn limit(self) -> u32 {
        self.limit
    }

    /// Entries before this page.
    #[must_use]
    pub fn offset(self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.limit)
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { page: 1, limit: 20 }
    }
}

/// One page of a list and the number of all matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries of this page.
    pub items: Vec<T>,
    /// Matches over all pages.
    pub total: i64,
    /// The request this answers.
    pub request: PageRequest,
}

impl<T> Page<T> {
    /// The same page with every entry converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(convert).collect(),
            total: self.total,
            request: self.request,
        }
    }
}
