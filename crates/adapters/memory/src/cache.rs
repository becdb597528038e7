//! A cache in the process.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agentidp_domain::cache::Cache;
use agentidp_domain::time::Clock;
use async_trait::async_trait;

use crate::entries::{Bounds, Entries};

const DEFAULT_ENTRIES: usize = 10_000;
const DEFAULT_BYTES: usize = 32 * 1024 * 1024;

/// Largest value that is kept: a document of another host (1 MiB), written
/// again by us, and its address.
const MAX_ENTRY_BYTES: usize = 2 * 1024 * 1024;

/// Keeps values in memory, in bounded number and size. When there is no room,
/// those are forgotten first that would expire first.
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    entries: Mutex<Entries>,
}

impl MemoryCache {
    /// Room for 10,000 values and 32 MiB.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_bounds(clock, DEFAULT_ENTRIES, DEFAULT_BYTES)
    }

    /// Room for `entries` values that are `bytes` large together. One value
    /// may have 2 MiB, if that is not more than all.
    #[must_use]
    pub fn with_bounds(clock: Arc<dyn Clock>, entries: usize, bytes: usize) -> Self {
        let bounds = Bounds {
            entries: entries.max(1),
            bytes,
            entry_bytes: bytes.min(MAX_ENTRY_BYTES),
        };
        Self {
            clock,
            entries: Mutex::new(Entries::new(bounds)),
        }
    }

    /// Reads the clock under the lock, so that times do not run backwards.
    fn with<T>(&self, work: impl FnOnce(&mut Entries, i64) -> T) -> T {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut entries, self.clock.now().unix_millis())
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").finish_non_exhaustive()
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &str) -> Option<String> {
        // Copied outside of the lock.
        let value = self.with(|entries, now| entries.get(key, now));
        value.map(|value| value.as_ref().to_owned())
    }

    async fn put(&self, key: &str, value: &str, ttl: Duration) {
        self.with(|entries, now| entries.put(key, value, ttl, now));
    }

    async fn replace(&self, key: &str, value: &str, ttl: Duration) {
        self.with(|entries, now| entries.replace(key, value, ttl, now));
    }

    async fn invalidate(&self, key: &str) {
        self.with(|entries, now| entries.invalidate(key, now));
    }
}
