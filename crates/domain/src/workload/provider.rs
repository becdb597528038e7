//! Where the tokens of a provider come from and what their claims mean. A
//! further provider is a variant of [`Provider`], an entry here and an arm in
//! `identity.rs`.

use crate::foreign::KeySource;
use crate::outbound::OutboundUrl;
use crate::token::Algorithm;
use crate::workload::Provider;

/// One provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Its key set.
    pub jwks_url: OutboundUrl,
}

/// All providers, and what they have in common.
#[derive(Clone, Debug)]
pub struct Providers {
    /// GitHub Actions.
    pub github: ProviderSettings,
    /// Accepted `aud` values: tokens made for other services are refused.
    pub audiences: Vec<String>,
}

impl Providers {
    /// The settings of a provider.
    #[must_use]
    pub fn settings(&self, provider: Provider) -> &ProviderSettings {
        match provider {
            Provider::GitHub => &self.github,
        }
    }

    /// The algorithms a provider signs with.
    #[must_use]
    pub const fn algorithms(provider: Provider) -> &'static [Algorithm] {
        match provider {
            Provider::GitHub => &[Algorithm::Rs256],
        }
    }

    /// The key set of a provider.
    #[must_use]
    pub fn key_source(&self, provider: Provider) -> KeySource {
        KeySource {
            cache_key: format!("workload:jwks:{provider}"),
            url: self.settings(provider).jwks_url.clone(),
        }
    }
}
