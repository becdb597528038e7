//! How many agents match the searches of the last seconds.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache as Memory;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::marketplace::MarketplaceQuery;

/// How long a total counts. Answers may be kept for a minute anyhow.
const LIFETIME: Duration = Duration::from_secs(10);

/// Bytes of all remembered searches together: some thousands of the usual ones.
const CAPACITY: u64 = 1024 * 1024;

/// Bytes of one beside its text, about.
const OVERHEAD: usize = 256;

/// Totals by search. Whoever asks while a total is counted waits for it.
#[derive(Clone)]
pub(super) struct Totals(Memory<String, Total>);

#[derive(Clone)]
struct Total {
    since: Instant,
    place: Arc<OnceCell<i64>>,
}

impl Total {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            place: Arc::default(),
        }
    }

    fn is_old(&self) -> bool {
        self.since.elapsed() >= LIFETIME
    }
}

impl Totals {
    /// Nothing counted yet.
    pub(super) fn new() -> Self {
        let totals = Memory::<String, Total>::builder()
            .max_capacity(CAPACITY)
            .weigher(|search, _| u32::try_from(search.len() + OVERHEAD).unwrap_or(u32::MAX))
            .time_to_live(LIFETIME)
            .build();
        Self(totals)
    }

    /// Where the total of a search is, or has to be put. Its page does not
    /// matter, nor do case and order of its words.
    pub(super) fn place(&self, query: &MarketplaceQuery) -> Arc<OnceCell<i64>> {
        let entry = self.0.entry(search(query));
        let total = entry.or_insert_with_if(Total::new, Total::is_old);
        total.into_value().place
    }
}

/// A search as text. No two searches share one: lengths come first.
fn search(query: &MarketplaceQuery) -> String {
    let mut words: Vec<&str> = query.words.as_slice().iter().map(String::as_str).collect();
    words.sort_unstable();
    let words = words.join(" ");
    let exact = [&query.capability, &query.publisher].map(|text| match text {
        None => "-".to_owned(),
        Some(text) => format!("{}:{text}", text.len()),
    });
    let [capability, publisher] = exact;
    format!("{capability} {publisher} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::StoreError;
    use crate::marketplace::SearchWords;
    use crate::page::PageRequest;

    fn query(words: &str, capability: Option<&str>, publisher: Option<&str>) -> MarketplaceQuery {
        MarketplaceQuery {
            words: SearchWords::parse(words).unwrap(),
            capability: capability.map(str::to_owned),
            publisher: publisher.map(str::to_owned),
            page: PageRequest::default(),
        }
    }

    async fn counted(totals: &Totals, query: &MarketplaceQuery, now: i64) -> i64 {
        let place = totals.place(query);
        let total = place.get_or_try_init(|| async move { Ok::<_, StoreError>(now) });
        *total.await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_total_counts_for_ten_seconds() {
        let totals = Totals::new();
        let query = query("mail", None, None);
        assert_eq!(counted(&totals, &query, 1).await, 1);
        tokio::time::advance(LIFETIME - Duration::from_millis(1)).await;
        assert_eq!(counted(&totals, &query, 2).await, 1);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(counted(&totals, &query, 3).await, 3);
    }

    #[tokio::test]
    async fn a_failure_is_not_remembered() {
        let totals = Totals::new();
        let query = query("mail", None, None);
        let place = totals.place(&query);
        let failure = || async { Err(StoreError::Stale) };
        assert!(place.get_or_try_init(failure).await.is_err());
        assert_eq!(counted(&totals, &query, 2).await, 2);
    }

    #[test]
    fn pages_and_the_order_of_words_do_not_matter() {
        let mut other = query("TEAM  mail", Some("a:b"), Some("x"));
        other.page = PageRequest::new(7, 3).unwrap();
        let same = query("mail team mail", Some("a:b"), Some("x"));
        assert_eq!(search(&other), search(&same));
    }

    #[test]
    fn different_searches_are_kept_apart() {
        let searches = [
            query("", None, None),
            query("a b", None, None),
            query("ab", None, None),
            query("", Some(""), None),
            query("", None, Some("")),
            query("", Some("a b"), None),
            query("", None, Some("a b")),
            query("b", Some("a"), None),
            query("", Some("a"), Some("b")),
            query("", Some("a 1:b"), None),
            query("1:b", Some("a"), None),
            query("-", Some("-"), None),
        ];
        let mut texts: Vec<_> = searches.iter().map(search).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), searches.len());
    }
}
