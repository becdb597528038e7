//! The port to the sessions of all replicas: Redis, or the memory of a single
//! process.

use std::time::Duration;

use async_trait::async_trait;

use crate::error::StoreError;

/// Keeps sessions for a while. It may forget any of them early, which means
/// signing in again; it must not bring one back.
///
/// Keys come from hashes, values are JSON. All methods fail with
/// [`StoreError::Unavailable`] while the store is away.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps `value` under `key` for the time of `ttl`.
    async fn create(&self, key: &str, value: &str, ttl: Duration) -> Result<(), StoreError>;

    /// The value of `key`, if there is one.
    async fn find(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Lets what is under `key` end after `ttl` from now; `false` when nothing
    /// is there, which then stays so.
    async fn renew(&self, key: &str, ttl: Duration) -> Result<bool, StoreError>;

    /// Removes what is under `key`, if there is something.
    async fn remove(&self, key: &str) -> Result<(), StoreError>;

    /// Whether this is the first claim of `key` within the time of the `ttl`
    /// of the one before; of claims at the same time one is the first. Keys of
    /// claims and of sessions differ.
    async fn claim_once(&self, key: &str, ttl: Duration) -> Result<bool, StoreError>;
}
