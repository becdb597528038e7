//! The cache in the process.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::cache::Cache;
use agentidp_domain::time::Clock;
use agentidp_memory::MemoryCache;
use async_trait::async_trait;

use crate::cache_contract::{self, Passage};
use crate::limit_contract::{START, SteeredClock};

/// Moves the clock.
pub struct Steering(pub Arc<SteeredClock>);

#[async_trait]
impl Passage for Steering {
    async fn pass(&self, _key: &str, time: Duration) {
        // The clock has whole seconds.
        let time = i64::try_from(time.as_millis().div_ceil(1000)).unwrap();
        let now = (self.0.now().unix_millis() - START) / 1000;
        self.0.set(now + time);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let clock = SteeredClock::new();
    let cache = Arc::new(MemoryCache::new(clock.clone()));
    cache_contract::run(cache, &Steering(clock), "memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract_with_little_room() {
    let clock = SteeredClock::new();
    let cache = Arc::new(MemoryCache::with_bounds(clock.clone(), 2, 2 * 1024 * 1024));
    cache_contract::run(cache, &Steering(clock), "memory").await;
}

#[tokio::test]
async fn a_cache_without_room_keeps_nothing_and_fails_nothing() {
    let cache = MemoryCache::with_bounds(SteeredClock::new(), 0, 0);
    cache.put("key", "value", Duration::from_secs(1)).await;
    cache.replace("key", "value", Duration::from_secs(1)).await;
    cache.invalidate("key").await;
    assert_eq!(cache.get("key").await, None);
}
