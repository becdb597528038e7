//! The cache in Redis.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::cache::Cache;
use agentidp_redis::{Redis, RedisCache};
use async_trait::async_trait;
use deadpool_redis::redis::aio::MultiplexedConnection;
use deadpool_redis::redis::{FromRedisValue, cmd};
use secrecy::SecretString;

use crate::cache_contract::{self, Passage};
use crate::support::{Commands, open, raw, unique, url};

const TTL: Duration = Duration::from_secs(300);

/// Moves the end of a key instead of waiting for it.
pub struct Ends(pub MultiplexedConnection);

#[async_trait]
impl Passage for Ends {
    async fn pass(&self, key: &str, time: Duration) {
        let mut server = self.0.clone();
        let time = i64::try_from(time.as_millis()).unwrap();
        let left: i64 = ask(&mut server, "PTTL", &[key]).await;
        assert_ne!(left, -1, "{key} has no end");
        // Without any time left the server removes the key.
        if left > 0 {
            let left = (left - time).max(0).to_string();
            let _: bool = ask(&mut server, "PEXPIRE", &[key, &left]).await;
        }
    }
}

pub async fn ask<T: FromRedisValue>(
    server: &mut MultiplexedConnection,
    name: &str,
    arguments: &[&str],
) -> T {
    cmd(name).arg(arguments).query_async(server).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let Some(url) = url() else { return };
    let cache = Arc::new(RedisCache::new(open(&url)));
    let ends = Ends(raw(&url).await);
    cache_contract::run(cache, &ends, &unique("cache")).await;
}

#[tokio::test]
async fn replicas_share_their_values_and_invalidations() {
    let Some(url) = url() else { return };
    let replicas = [RedisCache::new(open(&url)), RedisCache::new(open(&url))];
    let key = unique("shared");
    replicas[0].put(&key, "old", TTL).await;
    assert_eq!(replicas[1].get(&key).await.as_deref(), Some("old"));
    replicas[1].invalidate(&key).await;
    assert_eq!(replicas[0].get(&key).await, None);
    replicas[0].put(&key, "old", TTL).await;
    assert_eq!(replicas[1].get(&key).await, None);
    replicas[0].replace(&key, "new", TTL).await;
    assert_eq!(replicas[1].get(&key).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn keys_and_values_are_stored_as_they_are_and_end() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let cache = RedisCache::new(open(&url));
    let key = unique("did:doc");
    cache.put(&key, "{\"a\":1}", TTL).await;
    let stored: String = ask(&mut server, "GET", &[&key]).await;
    assert_eq!(stored, "{\"a\":1}");
    let left: i64 = ask(&mut server, "PTTL", &[&key]).await;
    assert!(left > 290_000 && left <= 300_000, "{left}");
    cache.invalidate(&key).await;
    let left: i64 = ask(&mut server, "PTTL", &[&key]).await;
    assert!(left > 5_000 && left <= 10_000, "{left}");
}

#[tokio::test]
async fn no_value_lives_longer_than_a_day_or_less_than_a_moment() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let cache = RedisCache::new(open(&url));
    let key = unique("forever");
    cache.put(&key, "value", Duration::MAX).await;
    assert_eq!(cache.get(&key).await.as_deref(), Some("value"));
    let left: i64 = ask(&mut server, "PTTL", &[&key]).await;
    assert!(left > 86_000_000 && left <= 86_400_000, "{left}");
    // Less than the unit of the server is no error that would look like an
    // outage.
    cache.replace(&key, "brief", Duration::from_nanos(1)).await;
    let probe = unique("probe");
    cache.put(&probe, "value", TTL).await;
    assert_eq!(cache.get(&probe).await.as_deref(), Some("value"));
}

#[tokio::test]
async fn a_value_that_is_no_text_is_none_and_no_outage() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let cache = RedisCache::new(open(&url));
    let (binary, text) = (unique("binary"), unique("text"));
    let _: () = cmd("SET")
        .arg(&binary)
        .arg(&[0xff_u8, 0xfe][..])
        .arg("PX")
        .arg(60_000)
        .query_async(&mut server)
        .await
        .unwrap();
    cache.put(&text, "value", TTL).await;
    assert_eq!(cache.get(&binary).await, None);
    assert_eq!(cache.get(&text).await.as_deref(), Some("value"));
}

#[tokio::test]
async fn commands_are_measured() {
    let Some(url) = url() else { return };
    let commands = Arc::new(Commands::default());
    let redis = Redis::new(SecretString::from(url), commands.clone()).unwrap();
    let cache = RedisCache::new(redis);
    let key = unique("measured");
    cache.put(&key, "value", TTL).await;
    cache.get(&key).await;
    cache.replace(&key, "", Duration::ZERO).await;
    assert_eq!(commands.names(), ["DEL", "GET", "SET"]);
}
