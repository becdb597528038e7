//! A cache shared by all replicas.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use agentidp_domain::cache::{Cache, QUARANTINE};
use async_trait::async_trait;
use deadpool_redis::redis::{Cmd, FromRedisValue, cmd};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, sleep};

use crate::breaker::Breaker;
use crate::client::Redis;
use crate::owed::{Debt, Owed};

/// What a request waits for the cache at most, connecting included.
const PATIENCE: Duration = Duration::from_millis(250);

/// Pause between attempts to make up for invalidations.
const RETRY: Duration = Duration::from_millis(250);

/// Longest life of a value.
const MAX_TTL: Duration = Duration::from_secs(24 * 3600);

/// Largest value that is kept, in bytes: a document of another host (1 MiB),
/// written again by us, and its address.
const MAX_VALUE_BYTES: usize = 2 * 1024 * 1024;

/// The value of a key in quarantine.
const MARK: &str = "(invalidated)";

/// Keeps values in Redis, under their keys as they are; at most a day and up
/// to 2 MiB each. While Redis is away it is empty.
///
/// An invalidation that Redis does not confirm is remembered: from then on
/// this replica does not read the old value, and it sends the invalidation
/// again until it arrives, within about two seconds of the return of Redis.
/// Other replicas may read the old value until then; if this replica ends
/// before, until its time to live is over. When 50,000 invalidations are
/// waiting already, the replica leaves all shared values alone for a day
/// instead of remembering more.
pub struct RedisCache {
    inner: Arc<Inner>,
}

struct Inner {
    redis: Redis,
    breaker: Breaker,
    owed: Owed,
    /// Held by the one task that makes up for invalidations.
    collecting: Arc<Mutex<()>>,
}

impl RedisCache {
    /// Keeps values in `redis`.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self::remembering(redis, Owed::new())
    }

    fn remembering(redis: Redis, owed: Owed) -> Self {
        Self {
            inner: Arc::new(Inner {
                redis,
                breaker: Breaker::new("nothing is cached", "the cache is in use"),
                owed,
                collecting: Arc::default(),
            }),
        }
    }
}

impl Inner {
    /// The answer, or none while Redis is away.
    async fn ask<T: FromRedisValue>(&self, name: &'static str, command: &Cmd) -> Option<T> {
        let now = Instant::now();
        if !self.breaker.admits(now) {
            return None;
        }
        match self.redis.query(name, command, now + PATIENCE).await {
            Ok(answer) => {
                self.breaker.succeeded();
                Some(answer)
            }
            Err(error) => {
                self.breaker.failed(Instant::now(), &error);
                None
            }
        }
    }

    /// Puts a key in quarantine; says whether Redis confirmed it.
    async fn mark(&self, key: &str) -> bool {
        let command = set(key, MARK, QUARANTINE);
        self.ask::<()>("SET", &command).await.is_some()
    }

    /// Sends an invalidation.
    async fn pay(self: Arc<Self>, key: String, debt: Option<Debt>) {
        let paid = self.mark(&key).await;
        match debt {
            Some(debt) if paid => self.owed.settle(&key, debt),
            Some(_) => collect(&self),
            None if paid => {}
            None => self.owed.add_all(Instant::now(), MAX_TTL),
        }
    }

    /// Sends what is owed until Redis does not confirm it or nothing is left;
    /// says whether that is so.
    async fn pay_all(&self) -> bool {
        while let Some((key, debt)) = self.owed.any() {
            if !self.mark(&key).await {
                return false;
            }
            self.owed.settle(&key, debt);
        }
        true
    }
}

/// Makes up for invalidations in the background, unless that is going on.
fn collect(inner: &Arc<Inner>) {
    if let Ok(turn) = Arc::clone(&inner.collecting).try_lock_owned() {
        tokio::spawn(collecting(Arc::downgrade(inner), turn));
    }
}

async fn collecting(cache: Weak<Inner>, turn: OwnedMutexGuard<()>) {
    loop {
        sleep(RETRY).await;
        let Some(inner) = cache.upgrade() else { return };
        if inner.pay_all().await {
            drop(turn);
            // One that was added meanwhile has found the turn taken.
            if inner.owed.any().is_some() {
                collect(&inner);
            }
            return;
        }
    }
}

fn set(key: &str, value: &str, ttl: Duration) -> Cmd {
    let ttl = ttl.clamp(Duration::from_millis(1), MAX_TTL);
    let mut command = cmd("SET");
    command.arg(key).arg(value);
    command
        .arg("PX")
        .arg(u64::try_from(ttl.as_millis()).unwrap_or(1));
    command
}

/// Whether such a value is kept at all.
fn is_kept(value: &str, ttl: Duration) -> bool {
    !ttl.is_zero() && value.len() <= MAX_VALUE_BYTES
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCache").finish_non_exhaustive()
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Option<String> {
        let inner = &self.inner;
        if inner.owed.covers(key, Instant::now()) {
            return None;
        }
        let value: Option<Vec<u8>> = inner.ask("GET", cmd("GET").arg(key)).await?;
        // A value that is no text is none of ours.
        let value = String::from_utf8(value?).ok()?;
        (value != MARK).then_some(value)
    }

    async fn put(&self, key: &str, value: &str, ttl: Duration) {
        let inner = &self.inner;
        if is_kept(value, ttl) && !inner.owed.covers(key, Instant::now()) {
            let mut command = set(key, value, ttl);
            inner.ask::<Option<String>>("SET", command.arg("NX")).await;
        }
    }

    async fn replace(&self, key: &str, value: &str, ttl: Duration) {
        let inner = &self.inner;
        let debt = inner.owed.of(key);
        let done = if is_kept(value, ttl) {
            inner.ask::<()>("SET", &set(key, value, ttl)).await
        } else {
            // What was there is outdated all the same.
            inner.ask::<()>("DEL", cmd("DEL").arg(key)).await
        };
        if let (Some(()), Some(debt)) = (done, debt) {
            inner.owed.settle(key, debt);
        }
    }

    async fn invalidate(&self, key: &str) {
        let debt = self.inner.owed.add(key);
        // In a task of its own: a client that hangs up ends the request, but
        // the change that was committed stays.
        let paying = tokio::spawn(Arc::clone(&self.inner).pay(key.to_owned(), debt));
        if let Err(error) = paying.await {
            tracing::error!(%error, "a cache invalidation was not sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use agentidp_domain::metrics::NoMetrics;
    use secrecy::SecretString;

    use super::*;

    #[tokio::test]
    async fn an_invalidation_that_finds_no_room_ends_the_use_of_all_shared_values() {
        // Port 1 of the machine itself: nobody listens there.
        let url = SecretString::from("redis://127.0.0.1:1/");
        let redis = Redis::new(url, Arc::new(NoMetrics)).unwrap();
        let cache = RedisCache::remembering(redis, Owed::with_capacity(1));
        let is_owed = |key| cache.inner.owed.covers(key, Instant::now());
        cache.invalidate("a").await;
        assert!(is_owed("a"));
        assert!(!is_owed("other"));
        cache.invalidate("b").await;
        assert!(is_owed("b"));
        assert!(is_owed("other"));
    }
}
