//! Rate limits counted in the process.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use agentidp_domain::limit::{RateLimiter, Reading, Window};
use agentidp_domain::time::Clock;
use async_trait::async_trait;

use crate::shard::Shard;

const SHARDS: usize = 32;

/// Leaves so many bits of a hash as the number of a shard has.
const SHARD_SHIFT: u32 = u64::BITS - SHARDS.ilog2();
const DEFAULT_CAPACITY: usize = 100_000;

/// Counts hits in memory, in a bounded number of counters.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
}

impl MemoryRateLimiter {
    /// Room for 100,000 counters, some 15 MB when all are in use.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_capacity(clock, DEFAULT_CAPACITY)
    }

    /// Room for about `capacity` counters. When all are in use, those with
    /// the fewest hits are forgotten.
    #[must_use]
    pub fn with_capacity(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        let per_shard = capacity.div_ceil(SHARDS);
        Self {
            clock,
            shards: std::array::from_fn(|_| Mutex::new(Shard::new(per_shard))),
            hasher: RandomState::new(),
        }
    }

    /// Reads the clock under the lock, so that the times of one counter do
    /// not run backwards.
    fn with_shard(&self, key: &str, look: impl FnOnce(&mut Shard, i64) -> Reading) -> Reading {
        let [first, rest @ ..] = &self.shards;
        let index = usize::try_from(self.hasher.hash_one(key) >> SHARD_SHIFT).unwrap_or(0);
        let shard = rest.get(index).unwrap_or(first);
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut shard, self.clock.now().unix_millis())
    }
}

impl fmt::Debug for MemoryRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRateLimiter").finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn hit(&self, window: &Window) -> Reading {
        self.with_shard(&window.key, |shard, now| shard.hit(window, now))
    }

    async fn peek(&self, window: &Window) -> Reading {
        self.with_shard(&window.key, |shard, now| shard.peek(window, now))
    }
}
