//! Doubles of everything a key set needs from outside.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use crate::cache::Cache;
use crate::foreign::{ForeignClaims, ForeignTokenError, ForeignTokens, UnverifiedToken};
use crate::outbound::{DocumentFetcher, FetchError, OutboundUrl};

pub(super) const UNKNOWN: Result<(), ForeignTokenError> = Err(ForeignTokenError::UnknownKey);

pub(super) type Answer = Result<String, FetchError>;

/// Answers by address; counts, and can be held up.
pub(super) struct Fetcher {
    pub(super) answers: Mutex<HashMap<String, Answer>>,
    pub(super) calls: AtomicUsize,
    pub(super) gate: Semaphore,
}

impl Default for Fetcher {
    /// Answers nothing, and holds nobody up.
    fn default() -> Self {
        Self {
            answers: Mutex::default(),
            calls: AtomicUsize::new(0),
            gate: Semaphore::new(1000),
        }
    }
}

#[async_trait]
impl DocumentFetcher for Fetcher {
    async fn get(&self, url: &OutboundUrl) -> Result<Vec<u8>, FetchError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let _passing = self.gate.acquire().await.unwrap();
        let answers = self.answers.lock().unwrap();
        answers[url.as_str()].clone().map(String::into_bytes)
    }
}

/// A token is the name of its key, a set a list of names; `forged` fits no
/// signature.
pub(super) struct Tokens;

impl ForeignTokens for Tokens {
    fn parse(&self, token: &str) -> Result<UnverifiedToken, ForeignTokenError> {
        Ok(UnverifiedToken {
            algorithm: None,
            key_id: Some(token.to_owned()),
            claims: ForeignClaims::default(),
        })
    }

    fn verify(&self, token: &str, key_set: &Value) -> Result<(), ForeignTokenError> {
        let keys = key_set["keys"].as_array().unwrap();
        if token == "forged" {
            Err(ForeignTokenError::BadSignature)
        } else if keys.iter().any(|key| key == token) {
            Ok(())
        } else {
            UNKNOWN
        }
    }

    fn is_usable(&self, key_set: &Value) -> bool {
        key_set["keys"]
            .as_array()
            .is_some_and(|keys| !keys.is_empty())
    }
}

/// Keeps everything and notes for how long; can be away.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) values: Mutex<HashMap<String, (String, Duration)>>,
    pub(super) is_away: AtomicBool,
}

#[async_trait]
impl Cache for Kept {
    async fn get(&self, key: &str) -> Option<String> {
        // Others get their turn, as with a cache that is asked over a network.
        yield_now().await;
        if self.is_away.load(Ordering::SeqCst) {
            return None;
        }
        let values = self.values.lock().unwrap();
        values.get(key).map(|(value, _)| value.clone())
    }

    async fn put(&self, _key: &str, _value: &str, _ttl: Duration) {
        panic!("the newest set is always right");
    }

    async fn replace(&self, key: &str, value: &str, ttl: Duration) {
        yield_now().await;
        if !self.is_away.load(Ordering::SeqCst) {
            let entry = (value.to_owned(), ttl);
            self.values.lock().unwrap().insert(key.to_owned(), entry);
        }
    }

    async fn invalidate(&self, key: &str) {
        self.values.lock().unwrap().remove(key);
    }
}
