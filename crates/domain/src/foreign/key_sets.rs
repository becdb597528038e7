//! Key sets of others: fetched, kept for a while, fetched again for the sake
//! of an unknown key.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache as Memory;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::cache::Cache;
use crate::foreign::{ForeignTokenError, ForeignTokens, UnverifiedToken};
use crate::outbound::{DocumentFetcher, OutboundUrl};

/// Shortest time between two fetches of a set for the sake of an unknown
/// `kid`, which anybody can send.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

/// How long a set that could not be had is not asked for again.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);

/// Sources that are remembered at most.
const CAPACITY: u64 = 10_000;

/// Sources are fetched one at a time per lock.
const LOCKS: usize = 16;

/// Where a key set comes from and under which key it is kept.
#[derive(Clone, Debug)]
pub struct KeySource {
    /// Key of the cache entry.
    pub cache_key: String,
    /// Address of the set (`jwks_uri`).
    pub url: OutboundUrl,
}

/// The set cannot be fetched, is unusable, and is not kept either.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key set is unreachable: {0}")]
pub struct KeysUnreachable(pub String);

/// Key sets of partners and providers.
pub struct KeySets {
    fetcher: Arc<dyn DocumentFetcher>,
    tokens: Arc<dyn ForeignTokens>,
    cache: Arc<dyn Cache>,
    ttl: Duration,
    fetching: [Mutex<()>; LOCKS],
    refetched: Memory<String, ()>,
    failed: Memory<String, KeysUnreachable>,
}

impl KeySets {
    /// Sets fetched by `fetcher` and kept in `cache` for the time of `ttl`.
    #[must_use]
    pub fn new(
        fetcher: Arc<dyn DocumentFetcher>,
        tokens: Arc<dyn ForeignTokens>,
        cache: Arc<dyn Cache>,
        ttl: Duration,
    ) -> Self {
        Self {
            fetcher,
            tokens,
            cache,
            ttl,
            fetching: std::array::from_fn(|_| Mutex::new(())),
            refetched: memory(REFETCH_PAUSE),
            failed: memory(FAILURE_PAUSE),
        }
    }

    /// Takes a token apart, without looking at its signature.
    ///
    /// # Errors
    ///
    /// [`ForeignTokenError::Malformed`].
    pub fn parse(&self, token: &str) -> Result<UnverifiedToken, ForeignTokenError> {
        self.tokens.parse(token)
    }

    /// Verifies the signature of a token with the set of `source`. When the
    /// set has no such key it is fetched once more, at most once per minute.
    ///
    /// # Errors
    ///
    /// No set can be had; inside, what is wrong with the token.
    pub async fn verify(
        &self,
        source: &KeySource,
        token: &str,
    ) -> Result<Result<(), ForeignTokenError>, KeysUnreachable> {
        let kept = match self.kept(source).await {
            Some(set) => set,
            None => return Ok(self.tokens.verify(token, &self.fetch(source).await?)),
        };
        let verdict = self.tokens.verify(token, &kept);
        if verdict != Err(ForeignTokenError::UnknownKey) || !self.may_refetch(source) {
            return Ok(verdict);
        }
        match self.probe(source).await {
            Ok(fresh) => Ok(self.tokens.verify(token, &fresh)),
            // The kept set goes on being good for the keys it has.
            Err(_) => Ok(verdict),
        }
    }

    /// Fetches the set now and keeps it in the place of what was kept.
    ///
    /// # Errors
    ///
    /// When it cannot be had or has no key that could verify anything; what
    /// was kept stays.
    pub async fn probe(&self, source: &KeySource) -> Result<Value, KeysUnreachable> {
        let set = self.download(&source.url).await?;
        // The address stands with it: a set of the address before must not
        // serve the present one.
        let entry = json!({ "url": source.url.as_str(), "set": set }).to_string();
        self.cache
            .replace(&source.cache_key, &entry, self.ttl)
            .await;
        self.failed.invalidate(&source.cache_key);
        Ok(set)
    }

    /// Forgets the set.
    pub async fn forget(&self, cache_key: &str) {
        self.cache.invalidate(cache_key).await;
        self.failed.invalidate(cache_key);
    }

    async fn kept(&self, source: &KeySource) -> Option<Value> {
        let text = self.cache.get(&source.cache_key).await?;
        let mut entry: Value = serde_json::from_str(&text).ok()?;
        let same = entry.get("url")?.as_str()? == source.url.as_str();
        same.then(|| entry.get_mut("set").map(Value::take))?
    }

    /// The set, fetched by one of those who want it at the same time.
    async fn fetch(&self, source: &KeySource) -> Result<Value, KeysUnreachable> {
        let _turn = self.lock(&source.cache_key).lock().await;
        if let Some(set) = self.kept(source).await {
            return Ok(set);
        }
        if let Some(failure) = self.failed.get(&source.cache_key) {
            return Err(failure);
        }
        self.probe(source).await.inspect_err(|failure| {
            self.failed
                .insert(source.cache_key.clone(), failure.clone());
        })
    }

    async fn download(&self, url: &OutboundUrl) -> Result<Value, KeysUnreachable> {
        let unreachable = |cause: &dyn std::fmt::Display| KeysUnreachable(cause.to_string());
        let body = self.fetcher.get(url).await.map_err(|error| {
            tracing::warn!(url = url.as_str(), %error, "a key set cannot be fetched");
            unreachable(&error)
        })?;
        let set = serde_json::from_slice(&body).map_err(|_| unreachable(&"no JSON"))?;
        if !self.tokens.is_usable(&set) {
            return Err(unreachable(&"no usable key"));
        }
        Ok(set)
    }

    fn may_refetch(&self, source: &KeySource) -> bool {
        self.refetched
            .entry(source.cache_key.clone())
            .or_insert(())
            .is_fresh()
    }

    fn lock(&self, key: &str) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let [first, ..] = &self.fetching;
        usize::try_from(hasher.finish() % 16)
            .ok()
            .and_then(|index| self.fetching.get(index))
            .unwrap_or(first)
    }
}

fn memory<V: Clone + Send + Sync + 'static>(lifetime: Duration) -> Memory<String, V> {
    Memory::builder()
        .max_capacity(CAPACITY)
        .time_to_live(lifetime)
        .build()
}
