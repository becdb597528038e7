//! Decentralized identifiers and delegation.

use std::sync::Arc;

use agentidp_domain::delegation::DelegationKeys;
use agentidp_domain::did::{DidNaming, DidSettings, PublicMetadata};
use agentidp_domain::validation::Invalid;
use secrecy::ExposeSecret;

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;

/// Settings of identifiers and delegation.
#[derive(Debug)]
pub(crate) struct IdentityConfig {
    /// Configured host of identifiers.
    domain: Option<String>,
    /// Published documents.
    pub(crate) documents: DidSettings,
    /// Whether agents can delegate to one another.
    pub(crate) delegation: bool,
    /// Configured keys of delegation tokens.
    pub(crate) delegation_keys: Option<Arc<DelegationKeys>>,
}

impl IdentityConfig {
    pub(super) fn read(reader: &mut Reader<'_>, server: &ServerConfig) -> Self {
        let words = [
            ("all", PublicMetadata::All),
            ("published", PublicMetadata::Published),
        ];
        let config = Self {
            domain: reader.text("DID_WEB_DOMAIN").map(str::to_owned),
            documents: DidSettings {
                cache_ttl: reader.seconds("DID_CACHE_TTL_SECONDS", 300),
                public_metadata: reader.choice(
                    "PUBLIC_AGENT_METADATA",
                    &words,
                    PublicMetadata::All,
                ),
            },
            delegation: reader.flag("A2A_ENABLED", true),
            delegation_keys: delegation_keys(reader),
        };
        if let Err(invalid) = config.naming(server) {
            let default = "the default is the host of the issuer";
            reader.refuse("DID_WEB_DOMAIN", format!("{invalid} ({default})"));
        }
        config
    }

    /// How identifiers are built.
    ///
    /// # Errors
    ///
    /// When neither the configured host nor that of the issuer can stand in an
    /// identifier.
    pub(crate) fn naming(&self, server: &ServerConfig) -> Result<DidNaming, Invalid> {
        DidNaming::new(&server.issuer(), self.domain.as_deref())
    }
}

fn delegation_keys(reader: &mut Reader<'_>) -> Option<Arc<DelegationKeys>> {
    let name = "DELEGATION_HMAC_SECRET";
    let secret = reader.secret(name)?;
    let keys = secret
        .expose_secret()
        .split(',')
        .map(|key| key.trim().as_bytes().to_vec())
        .collect();
    match DelegationKeys::new(keys) {
        Ok(keys) => Some(Arc::new(keys)),
        Err(weak) => {
            reader.refuse(name, weak);
            None
        }
    }
}
