//! Invalidations that Redis has not confirmed.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Keys that are remembered at most, some 8 MB.
const CAPACITY: usize = 50_000;

/// Names one invalidation of a key among several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Debt(u64);

/// Keys whose shared value may be outdated. It is not read until an
/// invalidation or a newer value has arrived.
#[derive(Debug)]
pub(crate) struct Owed {
    state: Mutex<State>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct State {
    keys: HashMap<String, Debt>,
    last: u64,
    /// Until when every key is owed: one found no room.
    all_until: Option<Instant>,
}

impl Owed {
    pub(crate) fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            state: Mutex::default(),
            capacity,
        }
    }

    /// Notes an invalidation that is about to be sent; `None` when there is no
    /// room for it.
    pub(crate) fn add(&self, key: &str) -> Option<Debt> {
        let mut state = self.state();
        if state.keys.len() >= self.capacity && !state.keys.contains_key(key) {
            return None;
        }
        state.last += 1;
        let debt = Debt(state.last);
        state.keys.insert(key.to_owned(), debt);
        Some(debt)
    }

    /// Whether the shared value of `key` is not to be used at `now`.
    pub(crate) fn covers(&self, key: &str, now: Instant) -> bool {
        let state = self.state();
        state.keys.contains_key(key) || state.all_until.is_some_and(|until| now < until)
    }

    /// What is owed for `key`.
    pub(crate) fn of(&self, key: &str) -> Option<Debt> {
        self.state().keys.get(key).copied()
    }

    /// Any of the keys.
    pub(crate) fn any(&self) -> Option<(String, Debt)> {
        let state = self.state();
        let (key, debt) = state.keys.iter().next()?;
        Some((key.clone(), *debt))
    }

    /// Forgets a debt; one that was added later for the same key stays.
    pub(crate) fn settle(&self, key: &str, debt: Debt) {
        let mut state = self.state();
        if state.keys.get(key) == Some(&debt) {
            state.keys.remove(key);
        }
    }

    /// From `now` on everything is owed, as long as any shared value can
    /// last.
    pub(crate) fn add_all(&self, now: Instant, longest: Duration) {
        let mut state = self.state();
        if state.all_until.is_none_or(|until| until <= now) {
            tracing::error!("too many cache invalidations failed; the shared cache is not read");
        }
        state.all_until = Some(now + longest);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_owed_until_it_is_settled() {
        let (owed, now) = (Owed::new(), Instant::now());
        let debt = owed.add("a").unwrap();
        assert!(owed.covers("a", now));
        assert!(!owed.covers("b", now));
        assert_eq!(owed.of("a"), Some(debt));
        assert_eq!(owed.any(), Some(("a".to_owned(), debt)));
        owed.settle("a", debt);
        assert!(!owed.covers("a", now));
        assert_eq!(owed.any(), None);
    }

    #[test]
    fn an_earlier_invalidation_does_not_settle_a_later_one() {
        let owed = Owed::new();
        let first = owed.add("a").unwrap();
        let second = owed.add("a").unwrap();
        owed.settle("a", first);
        assert_eq!(owed.of("a"), Some(second));
        owed.settle("a", second);
        assert_eq!(owed.of("a"), None);
        owed.settle("a", second);
    }

    #[test]
    fn keys_beyond_the_capacity_are_not_noted() {
        let owed = Owed::with_capacity(2);
        let first = owed.add("a").unwrap();
        owed.add("b").unwrap();
        assert_eq!(owed.add("c"), None);
        assert!(owed.add("a").is_some_and(|again| again != first));
        owed.settle("b", owed.of("b").unwrap());
        assert!(owed.add("c").is_some());
    }

    #[test]
    fn everything_is_owed_for_a_while_only() {
        let (owed, start) = (Owed::new(), Instant::now());
        let hour = Duration::from_secs(3600);
        owed.add_all(start, hour);
        assert!(owed.covers("a", start));
        owed.add_all(start + hour / 2, hour);
        assert!(owed.covers("a", start + hour));
        assert!(!owed.covers("a", start + hour * 3 / 2));
        // It is no debt that could be settled key by key.
        assert_eq!(owed.any(), None);
    }
}
