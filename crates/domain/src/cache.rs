//! The port to a cache that all replicas share: Redis, or the memory of a
//! single process.
//!
//! It holds copies of facts, never the only one. A cache that is away answers
//! as if it were empty; no request fails because of it.

use std::time::Duration;

use async_trait::async_trait;

/// How long an invalidated key takes no value: longer than anything that read
/// the old fact may need to offer it.
pub const QUARANTINE: Duration = Duration::from_secs(10);

/// A shared cache of texts.
///
/// A value read before a change must not enter the cache after it. Therefore
/// [`put`](Self::put) never replaces what is there, and
/// [`invalidate`](Self::invalidate) leaves a mark that keeps the key empty for
/// the time of [`QUARANTINE`].
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value of `key`, if there is one.
    async fn get(&self, key: &str) -> Option<String>;

    /// Sets `key` for the time of `ttl`, unless it has a value or is in
    /// quarantine.
    async fn put(&self, key: &str, value: &str, ttl: Duration);

    /// Sets `key` for the time of `ttl`, whatever was there. For values whose
    /// newest reading is always right.
    async fn replace(&self, key: &str, value: &str, ttl: Duration);

    /// Removes the value of `key` and keeps the key empty for a while, as far
    /// as [`put`](Self::put) is concerned.
    async fn invalidate(&self, key: &str);
}

/// A cache that keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCache;

#[async_trait]
impl Cache for NoCache {
    async fn get(&self, _key: &str) -> Option<String> {
        None
    }

    async fn put(&self, _key: &str, _value: &str, _ttl: Duration) {}

    async fn replace(&self, _key: &str, _value: &str, _ttl: Duration) {}

    async fn invalidate(&self, _key: &str) {}
}
