//! Signing keys.

use std::time::Duration;

use agentidp_domain::token::{ACCESS_TOKEN_LIFETIME, Algorithm, KeyFactory, KeySettings};
use secrecy::{ExposeSecret, SecretString};

use crate::config::reader::Reader;
use crate::config::server::ServerConfig;

const PAIR: &str = "JWT_PRIVATE_KEY and JWT_PUBLIC_KEY environment variables are required";

/// Time for caches in between that hold the key set beyond its own lifetime.
const FOREIGN_CACHES: Duration = Duration::from_secs(3600);

/// Settings of signing keys.
#[derive(Debug)]
pub(crate) struct TokenConfig {
    /// How keys are made and kept.
    pub(crate) keys: KeySettings,
    /// Rotate at start.
    pub(crate) force_rotation: bool,
}

impl TokenConfig {
    pub(super) fn read(reader: &mut Reader<'_>, server: &ServerConfig) -> Self {
        let words = [("RS256", Algorithm::Rs256), ("ES256", Algorithm::Es256)];
        let keys = KeySettings {
            algorithm: reader.choice("JWT_ALGORITHM", &words, Algorithm::Rs256),
            grace: grace(reader, server),
            import: import(reader),
        };
        Self {
            keys,
            force_rotation: reader.flag("OIDC_FORCE_KEY_ROTATION", false),
        }
    }
}

/// Time a retiring key stays published: at least until the last token signed
/// with it has expired everywhere.
fn grace(reader: &mut Reader<'_>, server: &ServerConfig) -> Duration {
    let cache = reader.seconds("JWKS_CACHE_TTL_SECONDS", 3600);
    let least = ACCESS_TOKEN_LIFETIME + cache + FOREIGN_CACHES;
    let name = "OIDC_KEY_GRACE_PERIOD_SECONDS";
    let wanted = reader.seconds(name, 86_400);
    if wanted >= least {
        return wanted;
    }
    let seconds = least.as_secs();
    let sum = "token lifetime, JWKS_CACHE_TTL_SECONDS and an hour for other caches";
    if server.environment.is_production() {
        reader.refuse(name, format!("must be at least {seconds}: {sum}"));
    } else {
        reader.remark(format!("{name}: taken as {seconds}: {sum}"));
    }
    least
}

/// The configured key pair, if there is one.
fn import(reader: &mut Reader<'_>) -> Option<(SecretString, Option<String>)> {
    let private = reader.pem("JWT_PRIVATE_KEY").map(SecretString::from);
    let public = reader.pem("JWT_PUBLIC_KEY");
    let Some(private) = private else {
        if public.is_some() {
            reader.problem(format!("{PAIR}; only the public key is set"));
        }
        return None;
    };
    let factory = agentidp_jose::Factory;
    if let Err(error) = factory.import(&private, None) {
        reader.refuse("JWT_PRIVATE_KEY", error);
        return None;
    }
    if let Err(error) = factory.import(&private, public.as_deref()) {
        reader.problem(format!("{PAIR} to be one key pair: {error}"));
        return None;
    }
    Some((SecretString::from(private.expose_secret()), public))
}
