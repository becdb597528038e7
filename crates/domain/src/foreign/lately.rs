//! What happened a short while ago.

use std::time::Duration;

use moka::sync::Cache as Memory;
use tokio::time::Instant;

/// Facts by key that are forgotten after a while, or earlier when there are
/// too many.
pub(super) struct Lately<V: Clone + Send + Sync + 'static> {
    lifetime: Duration,
    facts: Memory<String, (Instant, V)>,
}

impl<V: Clone + Send + Sync + 'static> Lately<V> {
    /// Remembers for the time of `lifetime`, as long as the sizes of all facts
    /// do not add up to more than `capacity`.
    pub(super) fn new(lifetime: Duration, capacity: u64, size: fn(&V) -> usize) -> Self {
        let facts = Memory::builder()
            .max_capacity(capacity)
            .weigher(move |_, (_, fact)| u32::try_from(size(fact)).unwrap_or(u32::MAX))
            .time_to_live(lifetime)
            .build();
        Self { lifetime, facts }
    }

    pub(super) fn get(&self, key: &str) -> Option<V> {
        let (since, fact) = self.facts.get(key)?;
        (since.elapsed() < self.lifetime).then_some(fact)
    }

    pub(super) fn set(&self, key: &str, fact: V) {
        self.facts.insert(key.to_owned(), (Instant::now(), fact));
    }

    pub(super) fn forget(&self, key: &str) {
        self.facts.invalidate(key);
    }
}
