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

    /// The same page of a list of `total` entries counted from its end: entries
    /// behind the page, and entries of it. `None` where that passes over more
    /// entries than counting from the front, and behind the end.
    #[must_use]
    pub fn from_end(self, total: i64) -> Option<(i64, i64)> {
        let entries = i64::from(self.limit).min(total - self.offset());
        let behind = total - self.offset() - entries;
        (entries > 0 && behind < self.offset()).then_some((behind, entries))
    }

    /// Matches up to the end of this page with `found` entries; none are known
    /// from an empty one.
    #[must_use]
    pub fn seen(self, found: usize) -> i64 {
        match i64::try_from(found) {
            Ok(found) if found > 0 => self.offset().saturating_add(found),
            _ => 0,
        }
    }

    /// Matches over all pages, if this page with `found` entries tells: it is
    /// the last one. An empty page tells only as the first one.
    #[must_use]
    pub fn total_of_last(self, found: usize) -> Option<i64> {
        let has_room = u32::try_from(found).is_ok_and(|found| found < self.limit);
        let is_last = has_room && (found > 0 || self.page == 1);
        is_last.then(|| self.seen(found))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_behind_the_middle_are_nearer_to_the_end() {
        for (page, total, expected) in [
            (1, 0, None),
            (1, 50, None),
            (2, 41, Some((1, 20))),
            (2, 70, None),
            (3, 50, Some((0, 10))),
            (3, 40, None),
            (u32::MAX, 50, None),
        ] {
            let request = PageRequest::new(page, 20).unwrap();
            assert_eq!(request.from_end(total), expected, "{page} of {total}");
        }
    }

    #[test]
    fn the_last_page_tells_how_many_there_are() {
        for (page, found, seen, total) in [
            (1, 0, 0, Some(0)),
            (1, 3, 3, Some(3)),
            (1, 20, 20, None),
            (3, 0, 0, None),
            (3, 1, 41, Some(41)),
            (3, 20, 60, None),
        ] {
            let request = PageRequest::new(page, 20).unwrap();
            assert_eq!(request.seen(found), seen, "{page}, {found}");
            assert_eq!(request.total_of_last(found), total, "{page}, {found}");
        }
    }
}
