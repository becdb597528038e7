//! Identity and trust: identifiers, workloads, partners, delegation.

use std::sync::Arc;

use agentidp_domain::delegation::DelegationService;
use agentidp_domain::did::DidService;
use agentidp_domain::federation::{FederationService, FederationVerifier};
use agentidp_domain::foreign::KeySets;
use agentidp_domain::token::{Journal, Minter};
use agentidp_domain::workload::{TrustPolicyService, WorkloadExchange, WorkloadExchangeParts};
use agentidp_jose::ForeignVerifier;
use agentidp_net::{FetcherSettings, GuardedFetcher};

use crate::compose::installation::Installation;
use crate::config::Config;
use crate::failure::{Failure, Outcome};

/// What cannot be prepared without certificates.
pub(super) const OUTBOUND: &str = "outbound connections (does the system have CA certificates?)";

/// The use cases of identity and trust.
pub(super) struct Trust {
    pub(super) did: DidService,
    pub(super) trust_policies: TrustPolicyService,
    pub(super) exchange: WorkloadExchange,
    pub(super) federation: FederationService,
    pub(super) federation_verifier: FederationVerifier,
    pub(super) delegation: DelegationService,
}

impl Trust {
    /// Puts them together; `minter` makes the tokens of workloads, `journal`
    /// takes their events.
    ///
    /// # Errors
    ///
    /// When no outbound connection can be prepared.
    pub(super) fn compose(
        config: &Config,
        installation: &Installation,
        minter: Minter,
        journal: Journal,
    ) -> Outcome<Self> {
        let ports = &installation.ports;
        let keys = key_sets(config, installation)?;
        let providers = config.foreign.providers(&config.server);
        Ok(Self {
            did: DidService::new(
                ports.clone(),
                installation.identities.clone(),
                Arc::clone(&installation.ring),
                config.identity.documents,
            ),
            trust_policies: TrustPolicyService::new(ports.clone()),
            exchange: WorkloadExchange::new(WorkloadExchangeParts {
                ports: ports.clone(),
                minter,
                journal: journal.clone(),
                keys: Arc::clone(&keys),
                providers: providers.map_err(Failure::during("workload providers"))?,
            }),
            federation: FederationService::new(ports.clone(), Arc::clone(&keys)),
            federation_verifier: FederationVerifier::new(
                ports.clone(),
                keys,
                journal.clone(),
                config.foreign.partner_urls(&config.server),
            ),
            delegation: DelegationService::new(
                ports.clone(),
                installation.delegation_keys.clone(),
                journal,
            ),
        })
    }
}

fn key_sets(config: &Config, installation: &Installation) -> Outcome<Arc<KeySets>> {
    let fetcher = GuardedFetcher::new(FetcherSettings {
        allow_private: config.foreign.allow_insecure,
        ..FetcherSettings::default()
    });
    Ok(Arc::new(KeySets::new(
        Arc::new(fetcher.map_err(Failure::during(OUTBOUND))?),
        Arc::new(ForeignVerifier),
        Arc::clone(&installation.cache),
        config.foreign.key_set_ttl,
    )))
}
