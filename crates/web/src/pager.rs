//! Links to the other pages of a list.

use agentidp_domain::page::PageRequest;

use crate::query::Query;
use crate::text::count;

/// Where a page of a list stands, and where its neighbours are.
#[derive(Debug)]
pub struct Pager {
    /// This page, from 1.
    pub page: String,
    /// All pages.
    pub pages: String,
    /// All matches; no pager is shown without one.
    pub total: String,
    /// Whether there are matches.
    pub is_shown: bool,
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// The last page, for whoever asks for one behind it.
    pub last: Option<String>,
}

impl Pager {
    /// The pager of a list at `path` with these filters.
    pub fn new(path: &str, filters: &[(&str, &str)], request: PageRequest, total: i64) -> Self {
        let size = i64::from(request.limit());
        let pages = total.max(0).saturating_add(size - 1) / size;
        let page = request.page();
        let link = |page| Query::page_link(path, filters, page);
        Self {
            page: count(i64::from(page)),
            pages: count(pages),
            total: count(total),
            is_shown: total > 0,
            previous: page.checked_sub(1).filter(|page| *page > 0).map(link),
            next: (i64::from(page) < pages).then(|| link(page.saturating_add(1))),
            last: (total > 0 && i64::from(page) > pages)
                .then(|| link(u32::try_from(pages).unwrap_or(u32::MAX))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_have_one_neighbour_and_an_empty_list_none() {
        let pager = |page, total| {
            let request = PageRequest::new(page, 20).unwrap();
            Pager::new("/x", &[("status", "active")], request, total)
        };
        let first = pager(1, 41);
        assert_eq!((first.page.as_str(), first.pages.as_str()), ("1", "3"));
        assert_eq!(first.previous, None);
        assert_eq!(first.next.as_deref(), Some("/x?status=active&page=2"));
        let last = pager(3, 41);
        assert_eq!(last.previous.as_deref(), Some("/x?status=active&page=2"));
        assert_eq!(last.next, None);
        assert!(!pager(1, 0).is_shown);
        assert_eq!(pager(2, 40).next, None);
    }

    #[test]
    fn behind_the_last_page_there_is_the_way_back_to_it() {
        let last = |page, total| {
            let request = PageRequest::new(page, 20).unwrap();
            Pager::new("/x", &[("status", "active")], request, total).last
        };
        assert_eq!(last(4, 41).as_deref(), Some("/x?status=active&page=3"));
        assert_eq!(last(2, 20).as_deref(), Some("/x?status=active"));
        for (page, total) in [(3, 41), (1, 1), (1, 0), (9, 0)] {
            assert_eq!(last(page, total), None, "{page} of {total}");
        }
    }
}
