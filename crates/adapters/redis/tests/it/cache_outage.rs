//! The cache while Redis is away, and what becomes of invalidations then.

use std::time::Duration;

use agentidp_domain::cache::Cache;
use agentidp_redis::RedisCache;
use futures_util::FutureExt;
use tokio::task::yield_now;
use tokio::time::Instant;

use crate::support::{Way, mute_server, open, unique, url, waited_once};

const TTL: Duration = Duration::from_secs(300);

/// Until when something has to happen.
const SOON: Duration = Duration::from_secs(10);

/// Waits until nobody reads a value any more.
async fn until_gone(cache: &RedisCache, key: &str) {
    let started = Instant::now();
    while cache.get(key).await.is_some() {
        assert!(started.elapsed() < SOON, "the old value is still there");
        yield_now().await;
    }
}

/// Waits until values are kept again.
async fn until_in_use(cache: &RedisCache) {
    let started = Instant::now();
    let key = unique("in-use");
    while cache.get(&key).await.is_none() {
        assert!(started.elapsed() < SOON, "Redis is not tried again");
        cache.put(&key, "value", TTL).await;
        yield_now().await;
    }
}

#[tokio::test]
async fn behind_a_closed_port_the_cache_is_empty() {
    let cache = RedisCache::new(open("redis://127.0.0.1:1/"));
    let key = unique("closed");
    cache.put(&key, "value", TTL).await;
    cache.replace(&key, "value", TTL).await;
    assert_eq!(cache.get(&key).await, None);
    cache.invalidate(&key).await;
    assert_eq!(cache.get(&key).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_mute_server_costs_one_timeout_and_not_one_per_request() {
    let (_listener, url) = mute_server().await;
    let cache = RedisCache::new(open(&url));
    let key = unique("mute");
    let started = Instant::now();
    for _ in 0..100 {
        assert_eq!(cache.get(&key).await, None);
        cache.put(&key, "value", TTL).await;
        cache.replace(&key, "value", TTL).await;
        cache.invalidate(&unique("mute")).await;
    }
    waited_once(started);
}

#[tokio::test]
async fn the_cache_is_in_use_again_after_an_outage() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let cache = RedisCache::new(open(&way.url(&url)));
    let key = unique("outage");
    cache.put(&key, "value", TTL).await;
    assert_eq!(cache.get(&key).await.as_deref(), Some("value"));
    way.cut().await;
    assert_eq!(cache.get(&key).await, None);
    way.mend().await;
    until_in_use(&cache).await;
    assert_eq!(cache.get(&key).await.as_deref(), Some("value"));
}

#[tokio::test]
async fn an_invalidation_during_an_outage_is_made_up_for() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let cut_off = RedisCache::new(open(&way.url(&url)));
    let other = RedisCache::new(open(&url));
    let (key, untouched) = (unique("changed"), unique("untouched"));
    for key in [&key, &untouched] {
        cut_off.put(key, "old", TTL).await;
        assert_eq!(other.get(key).await.as_deref(), Some("old"));
    }

    way.cut().await;
    cut_off.invalidate(&key).await;
    way.mend().await;
    // Redis has the old value until then, this replica never shows it.
    until_in_use(&cut_off).await;
    assert_eq!(cut_off.get(&key).await, None);
    cut_off.put(&key, "old", TTL).await;
    until_gone(&other, &key).await;
    assert_eq!(cut_off.get(&key).await, None);

    // From here on it is an invalidation like any other.
    other.put(&key, "old", TTL).await;
    assert_eq!(cut_off.get(&key).await, None);
    assert_eq!(cut_off.get(&untouched).await.as_deref(), Some("old"));
    other.replace(&key, "new", TTL).await;
    until_read(&cut_off, &key, "new").await;
}

/// Waits until the value is read; nothing else may be read before.
async fn until_read(cache: &RedisCache, key: &str, value: &str) {
    let started = Instant::now();
    loop {
        match cache.get(key).await {
            Some(read) => return assert_eq!(read, value),
            None => assert!(started.elapsed() < SOON, "{value} is not read"),
        }
        yield_now().await;
    }
}

#[tokio::test]
async fn an_invalidation_that_got_no_answer_is_sent_again() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let cut_off = RedisCache::new(open(&way.url(&url)));
    let other = RedisCache::new(open(&url));
    let key = unique("silent");
    cut_off.put(&key, "old", TTL).await;
    assert_eq!(cut_off.get(&key).await.as_deref(), Some("old"));
    way.silence();
    cut_off.invalidate(&key).await;
    assert_eq!(other.get(&key).await.as_deref(), Some("old"));
    assert_eq!(cut_off.get(&key).await, None);
    way.cut().await;
    way.end_silence();
    way.mend().await;
    until_gone(&other, &key).await;
}

#[tokio::test]
async fn a_newer_value_settles_an_invalidation() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let cache = RedisCache::new(open(&way.url(&url)));
    let key = unique("newer");
    cache.put(&key, "old", TTL).await;
    way.cut().await;
    cache.invalidate(&key).await;
    way.mend().await;
    let started = Instant::now();
    loop {
        cache.replace(&key, "new", TTL).await;
        match cache.get(&key).await {
            Some(value) => break assert_eq!(value, "new"),
            None => assert!(started.elapsed() < SOON, "the new value is not read"),
        }
        yield_now().await;
    }
}

#[tokio::test]
async fn many_invalidations_are_made_up_for() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let cut_off = RedisCache::new(open(&way.url(&url)));
    let other = RedisCache::new(open(&url));
    let keys: Vec<String> = (0..300).map(|_| unique("many")).collect();
    for key in &keys {
        other.put(key, "old", TTL).await;
    }
    way.cut().await;
    for key in &keys {
        cut_off.invalidate(key).await;
    }
    way.mend().await;
    for key in &keys {
        until_gone(&other, key).await;
    }
}

#[tokio::test]
async fn an_invalidation_is_sent_even_if_nobody_waits_for_it() {
    let Some(url) = url() else { return };
    let cache = RedisCache::new(open(&url));
    let other = RedisCache::new(open(&url));
    let key = unique("hung-up");
    cache.put(&key, "old", TTL).await;
    assert_eq!(other.get(&key).await.as_deref(), Some("old"));
    // Begun and dropped, as the server does when the client hangs up.
    assert_eq!(cache.invalidate(&key).now_or_never(), None);
    until_gone(&other, &key).await;
}
