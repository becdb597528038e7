//! An end for those who read a list page by page: a server, or a proxy in front
//! of it, that ignores the page number shows the same page for ever.

/// So many pages in a row may hold nothing new.
const PATIENCE: u32 = 3;

/// Counts the pages in a row that hold nothing new.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    idle: u32,
    /// So many of them are no surprise.
    expected: u32,
}

impl Brake {
    /// Takes note of a page; whether it was the last one to be read.
    pub(crate) fn stops_after(&mut self, has_news: bool) -> bool {
        self.idle = if has_news {
            0
        } else {
            self.idle.saturating_add(1)
        };
        self.idle >= PATIENCE.saturating_add(self.expected)
    }

    /// Lets so many pages more pass that hold nothing new.
    pub(crate) fn expect(&mut self, pages: u32) {
        self.expected = pages;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_pages_in_a_row_without_news_are_the_end() {
        let mut brake = Brake::default();
        let pages = [true, false, false, true, false, false, false];
        let stops = pages.map(|has_news| brake.stops_after(has_news));
        assert_eq!(stops, [false, false, false, false, false, false, true]);
    }

    #[test]
    fn pages_that_are_expected_again_are_passed() {
        let mut brake = Brake::default();
        brake.expect(2);
        let stops = [false; 5].map(|has_news| brake.stops_after(has_news));
        assert_eq!(stops, [false, false, false, false, true]);
    }
}
