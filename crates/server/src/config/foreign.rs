//! Tokens of others: workload providers and federation partners.

use std::time::Duration;

use agentidp_domain::federation::PartnerUrls;
use agentidp_domain::outbound::{ChosenBy, OutboundUrl};
use agentidp_domain::validation::Invalid;
use agentidp_domain::workload::{ProviderSettings, Providers};

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;

const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Settings of foreign tokens.
#[derive(Debug)]
pub(crate) struct ForeignConfig {
    /// Issuer of GitHub Actions.
    github_issuer: String,
    /// Its key set.
    github_jwks_url: String,
    /// Whether operators may name plain HTTP.
    allow_http: bool,
    /// Accepted audiences; empty for the default.
    audiences: Vec<String>,
    /// How long key sets are kept.
    pub(crate) key_set_ttl: Duration,
    /// Development switch: `http` and private addresses for URLs that
    /// strangers choose.
    pub(crate) allow_insecure: bool,
}

impl ForeignConfig {
    pub(super) fn read(reader: &mut Reader<'_>, server: &ServerConfig) -> Self {
        let name = "WEBHOOK_ALLOW_INSECURE_TARGETS";
        let allow_insecure = reader.flag(name, false);
        let production = server.environment.is_production();
        if production && allow_insecure {
            reader.refuse(name, "not allowed with APP_ENV=production; remove it");
        }
        let github_issuer = reader.text("GITHUB_OIDC_ISSUER").unwrap_or(GITHUB);
        let github_issuer = github_issuer.trim_end_matches('/').to_owned();
        let github_jwks_url = match reader.text("GITHUB_OIDC_JWKS_URL") {
            Some(url) => url.to_owned(),
            None => format!("{github_issuer}/.well-known/jwks"),
        };
        let config = Self {
            github_issuer,
            github_jwks_url,
            allow_http: !production,
            audiences: reader.list("OIDC_EXCHANGE_AUDIENCES", "audiences"),
            key_set_ttl: reader.seconds("FEDERATION_JWKS_CACHE_TTL_SECONDS", 3600),
            allow_insecure,
        };
        if let Err(invalid) = config.operator_url(&config.github_issuer) {
            reader.refuse("GITHUB_OIDC_ISSUER", invalid);
        } else if let Err(invalid) = config.providers(server) {
            reader.refuse("GITHUB_OIDC_JWKS_URL", invalid);
        }
        config
    }

    /// The providers, and the audiences accepted from all of them.
    ///
    /// # Errors
    ///
    /// When the address of a key set is none.
    pub(crate) fn providers(&self, server: &ServerConfig) -> Result<Providers, Invalid> {
        let audiences = if self.audiences.is_empty() {
            default_audiences(server.issuer().as_str())
        } else {
            self.audiences.clone()
        };
        Ok(Providers {
            github: ProviderSettings {
                issuer: self.github_issuer.clone(),
                jwks_url: self.operator_url(&self.github_jwks_url)?,
            },
            audiences,
        })
    }

    /// A URL that the operator chose: any address will do, plain HTTP only
    /// outside production.
    fn operator_url(&self, url: &str) -> Result<OutboundUrl, Invalid> {
        OutboundUrl::parse(url, ChosenBy::Operator, self.allow_http)
    }

    /// How URLs of partners are read.
    pub(crate) fn partner_urls(&self, server: &ServerConfig) -> PartnerUrls {
        PartnerUrls {
            own_issuer: server.issuer(),
            allow_insecure: self.allow_insecure,
        }
    }
}

/// The issuer URL and its host name.
fn default_audiences(issuer: &str) -> Vec<String> {
    let host = url::Url::parse(issuer)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    [Some(issuer.to_owned()), host]
        .into_iter()
        .flatten()
        .collect()
}
