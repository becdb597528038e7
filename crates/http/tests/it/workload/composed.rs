//! An exchange that a test puts together itself, with the key set of the
//! provider at hand.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::cache::NoCache;
use agentidp_domain::foreign::KeySets;
use agentidp_domain::outbound::{ChosenBy, DocumentFetcher, FetchError, OutboundUrl};
use agentidp_domain::ports::Ports;
use agentidp_domain::token::{Issuer, Journal, KeyRing, Minter, RevocationView};
use agentidp_domain::workload::{
    ProviderSettings, Providers, WorkloadExchange, WorkloadExchangeParts,
};
use agentidp_jose::ForeignVerifier;
use agentidp_testkit::world::ISSUER;
use async_trait::async_trait;
use serde_json::json;

use super::KEY;

/// The key set of the provider.
struct KeySet;

#[async_trait]
impl DocumentFetcher for KeySet {
    async fn get(&self, _: &OutboundUrl) -> Result<Vec<u8>, FetchError> {
        let set = json!({"keys": [KEY.public_jwk().unwrap()]});
        Ok(set.to_string().into_bytes())
    }
}

/// An exchange for tokens of `issuer` over these parts.
pub fn exchange(
    ports: Ports,
    ring: Arc<dyn KeyRing>,
    journal: Journal,
    issuer: String,
) -> WorkloadExchange {
    let view = Arc::new(RevocationView::new());
    let minter = Minter::new(ports.clone(), ring, view, Issuer::new(ISSUER));
    let (tokens, cache) = (Arc::new(ForeignVerifier), Arc::new(NoCache));
    let ttl = Duration::from_secs(3600);
    let keys = KeySets::new(Arc::new(KeySet), tokens, cache, ttl);
    let jwks_url = OutboundUrl::parse(&issuer, ChosenBy::Operator, true).unwrap();
    WorkloadExchange::new(WorkloadExchangeParts {
        ports,
        minter,
        journal,
        keys: Arc::new(keys),
        providers: Providers {
            github: ProviderSettings { issuer, jwks_url },
            audiences: vec![ISSUER.to_owned()],
        },
    })
}
