//! Key sets of others: fetched, kept for a while, fetched again for the sake
//! of an unknown key.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::cache::Cache;
use crate::foreign::lately::Lately;
use crate::foreign::{ForeignTokenError, ForeignTokens, UnverifiedToken};
use crate::outbound::{DocumentFetcher, OutboundUrl};

/// Shortest time between two fetches of a set for the sake of an unknown
/// `kid`, which anybody can send.
const REFETCH_PAUSE: Duration = Duration::from_secs(60);

/// How long a set that could not be had is not asked for again.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);

/// How long a set is at hand in the process after it was fetched: a cache
/// that is away must not lead to a fetch for every token.
const AT_HAND: Duration = Duration::from_secs(5);

/// Sources that are remembered at most.
const CAPACITY: u64 = 10_000;

/// Bytes of the sets at hand.
const AT_HAND_BYTES: u64 = 16 * 1024 * 1024;

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
    /// Sources that were asked for the sake of an unknown key.
    refetched: Lately<()>,
    /// Entries as they were offered to the cache.
    at_hand: Lately<Arc<str>>,
    /// Sources that could not be had, by address.
    failed: Lately<(String, KeysUnreachable)>,
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
            refetched: Lately::new(REFETCH_PAUSE, CAPACITY, |()| 1),
            at_hand: Lately::new(AT_HAND.min(ttl), AT_HAND_BYTES, |entry| entry.len()),
            failed: Lately::new(FAILURE_PAUSE, CAPACITY, |_| 1),
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
        let (set, is_fresh) = match self.kept(source).await {
            Some(set) => (set, false),
            None => self.fetch(source).await?,
        };
        let verdict = self.tokens.verify(token, &set);
        if is_fresh || verdict != Err(ForeignTokenError::UnknownKey) {
            return Ok(verdict);
        }
        Ok(self.verify_anew(source, token).await)
    }

    /// Verifies a token whose key is unknown so far.
    async fn verify_anew(&self, source: &KeySource, token: &str) -> Result<(), ForeignTokenError> {
        let unknown = Err(ForeignTokenError::UnknownKey);
        let _turn = self.lock(&source.cache_key).lock().await;
        // Somebody else may have fetched the set while this one waited.
        if let Some(set) = self.known(source).await {
            let verdict = self.tokens.verify(token, &set);
            if verdict != unknown {
                return verdict;
            }
        }
        if self.refetched.get(&source.cache_key).is_some() {
            return unknown;
        }
        self.refetched.set(&source.cache_key, ());
        match self.probe(source).await {
            Ok(fresh) => self.tokens.verify(token, &fresh),
            // The kept set goes on being good for the keys it has.
            Err(_) => unknown,
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
        self.at_hand.set(&source.cache_key, entry.into());
        self.failed.forget(&source.cache_key);
        Ok(set)
    }

    /// Forgets the set.
    pub async fn forget(&self, cache_key: &str) {
        self.cache.invalidate(cache_key).await;
        self.at_hand.forget(cache_key);
        self.failed.forget(cache_key);
    }

    async fn kept(&self, source: &KeySource) -> Option<Value> {
        let text = self.cache.get(&source.cache_key).await?;
        read(source, &text)
    }

    /// The set as this process fetched it just now, else as it is kept.
    async fn known(&self, source: &KeySource) -> Option<Value> {
        let at_hand = self.at_hand.get(&source.cache_key);
        match at_hand.and_then(|text| read(source, &text)) {
            Some(set) => Some(set),
            None => self.kept(source).await,
        }
    }

    /// The set, fetched by one of those who want it at the same time, and
    /// whether that was this one.
    async fn fetch(&self, source: &KeySource) -> Result<(Value, bool), KeysUnreachable> {
        let _turn = self.lock(&source.cache_key).lock().await;
        if let Some(set) = self.known(source).await {
            return Ok((set, false));
        }
        let url = source.url.as_str();
        match self.failed.get(&source.cache_key) {
            Some((address, failure)) if address == url => return Err(failure),
            _ => {}
        }
        match self.probe(source).await {
            Ok(set) => Ok((set, true)),
            Err(failure) => {
                let fact = (url.to_owned(), failure.clone());
                self.failed.set(&source.cache_key, fact);
                Err(failure)
            }
        }
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

/// The set in an entry of the cache, if it comes from the address of `source`.
fn read(source: &KeySource, entry: &str) -> Option<Value> {
    let mut entry: Value = serde_json::from_str(entry).ok()?;
    let same = entry.get("url")?.as_str()? == source.url.as_str();
    same.then(|| entry.get_mut("set").map(Value::take))?
}

#[cfg(test)]
#[path = "key_sets_tests.rs"]
mod tests;
