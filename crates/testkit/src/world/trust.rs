//! Identifiers, workloads, partners and delegation of a world.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::cache::Cache;
use agentidp_domain::delegation::{DelegationKeyService, DelegationService};
use agentidp_domain::did::{DidNaming, DidService, DidSettings, Identities};
use agentidp_domain::federation::{FederationService, FederationVerifier, PartnerUrls};
use agentidp_domain::foreign::KeySets;
use agentidp_domain::outbound::{ChosenBy, OutboundUrl};
use agentidp_domain::token::{Issuer, TokenServiceParts};
use agentidp_domain::workload::{
    ProviderSettings, Providers, TrustPolicyService, WorkloadExchange, WorkloadExchangeParts,
};
use agentidp_jose::{Factory, ForeignVerifier, Ring};
use agentidp_net::{FetcherSettings, GuardedFetcher};

use super::{ISSUER, WorldError, WorldSettings};

/// Use cases of identity and trust.
pub struct Trust {
    /// Documents and cards.
    pub did: DidService,
    /// Trust policies.
    pub trust_policies: TrustPolicyService,
    /// Exchange of workflows' tokens.
    pub exchange: WorkloadExchange,
    /// Partners.
    pub federation: FederationService,
    /// Tokens of partners.
    pub federation_verifier: FederationVerifier,
    /// Delegation.
    pub delegation: DelegationService,
    /// How URLs of partners are read.
    pub partner_urls: PartnerUrls,
}

/// Identities below the issuer of a world.
pub(super) fn identities(cache: &Arc<dyn Cache>) -> Result<Identities, WorldError> {
    let naming = DidNaming::new(&Issuer::new(ISSUER), None)?;
    Ok(Identities::new(
        Arc::new(naming),
        Arc::new(Factory),
        Arc::clone(cache),
    ))
}

impl Trust {
    pub(super) fn new(
        tokens: &TokenServiceParts,
        ring: &Arc<Ring>,
        identities: &Identities,
        cache: Arc<dyn Cache>,
        settings: &WorldSettings,
    ) -> Result<Self, WorldError> {
        let (ports, journal) = (&tokens.ports, &tokens.journal);
        let keys = key_sets(cache, settings)?;
        let partner_urls = PartnerUrls {
            own_issuer: Issuer::new(ISSUER),
            allow_insecure: settings.allow_private,
        };
        let documents = DidSettings {
            cache_ttl: Duration::from_secs(300),
            public_metadata: settings.public_metadata,
        };
        let delegation_keys = DelegationKeyService::new(ports.clone(), None);
        Ok(Self {
            did: DidService::new(ports.clone(), identities.clone(), ring.clone(), documents),
            trust_policies: TrustPolicyService::new(ports.clone()),
            exchange: WorkloadExchange::new(WorkloadExchangeParts {
                ports: ports.clone(),
                minter: tokens.minter.clone(),
                journal: journal.clone(),
                keys: Arc::clone(&keys),
                providers: providers(settings)?,
            }),
            federation: FederationService::new(ports.clone(), Arc::clone(&keys)),
            federation_verifier: FederationVerifier::new(
                ports.clone(),
                keys,
                journal.clone(),
                partner_urls.clone(),
            ),
            delegation: DelegationService::new(ports.clone(), delegation_keys, journal.clone()),
            partner_urls,
        })
    }
}

fn key_sets(cache: Arc<dyn Cache>, settings: &WorldSettings) -> Result<Arc<KeySets>, WorldError> {
    let fetcher = GuardedFetcher::new(FetcherSettings {
        allow_private: settings.allow_private,
        ..FetcherSettings::default()
    })?;
    let ttl = Duration::from_secs(3600);
    Ok(Arc::new(KeySets::new(
        Arc::new(fetcher),
        Arc::new(ForeignVerifier),
        cache,
        ttl,
    )))
}

fn providers(settings: &WorldSettings) -> Result<Providers, WorldError> {
    let issuer = settings.github_issuer.clone();
    let jwks_url = format!("{issuer}/.well-known/jwks");
    Ok(Providers {
        github: ProviderSettings {
            jwks_url: OutboundUrl::parse(&jwks_url, ChosenBy::Operator, true)?,
            issuer,
        },
        audiences: vec![ISSUER.to_owned(), "localhost".to_owned()],
    })
}
