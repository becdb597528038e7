//! Verification that a test puts together itself: without any kept keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agentidp_domain::cache::NoCache;
use agentidp_domain::federation::FederationVerifier;
use agentidp_domain::foreign::KeySets;
use agentidp_domain::outbound::{DocumentFetcher, FetchError, OutboundUrl};
use agentidp_domain::token::Journal;
use agentidp_http::AppState;
use agentidp_jose::ForeignVerifier;
use async_trait::async_trait;
use serde_json::json;

use super::RSA;

/// Partners that answer with the key set of all tests, or never.
pub struct Remote {
    answers: bool,
    asked: AtomicUsize,
}

impl Remote {
    pub fn new(answers: bool) -> Self {
        let asked = AtomicUsize::new(0);
        Self { answers, asked }
    }

    /// How often a key set was asked for.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl DocumentFetcher for Remote {
    async fn get(&self, _: &OutboundUrl) -> Result<Vec<u8>, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if !self.answers {
            return Err(FetchError::Timeout);
        }
        let set = json!({"keys": [RSA.public_jwk().unwrap()]});
        Ok(set.to_string().into_bytes())
    }
}

/// Verification over the store of `state`, with keys from `remote`.
pub fn verifier(state: &AppState, remote: &Arc<Remote>, journal: Journal) -> FederationVerifier {
    let (tokens, cache) = (Arc::new(ForeignVerifier), Arc::new(NoCache));
    let ttl = Duration::from_secs(3600);
    let keys = KeySets::new(remote.clone(), tokens, cache, ttl);
    let urls = state.settings.partner_urls.clone();
    FederationVerifier::new(state.ports.clone(), Arc::new(keys), journal, urls)
}
