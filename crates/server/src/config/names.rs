//! Names in the product's own namespace, `AGENTIDP_*`: an unknown one is a
//! typing error and must not be ignored.

use crate::config::environment::Variables;
use crate::config::reader::Reader;

const PREFIX: &str = "AGENTIDP_";

/// Used by the test suites, never by the server.
const TEST_PREFIX: &str = "AGENTIDP_TEST_";

/// Variables with the prefix.
const OWN: [&str; 1] = ["AGENTIDP_DATA_DIR"];

/// Variables without it, which somebody may write with it.
const OTHERS: &[&str] = &[
    "A2A_ENABLED",
    "ANALYTICS_ENABLED",
    "API_URL",
    "APP_ENV",
    "AUDIT_CHAIN_VERIFICATION_INTERVAL_MS",
    "AUTH_FAILURE_LIMIT",
    "BCRYPT_COST",
    "BILLING_ENABLED",
    "COMPLIANCE_ENABLED",
    "CORS_ORIGIN",
    "DATABASE_URL",
    "DB_POOL_CONNECTION_TIMEOUT_MS",
    "DB_POOL_IDLE_TIMEOUT_MS",
    "DB_POOL_MAX",
    "DB_POOL_MIN",
    "DELEGATION_HMAC_SECRET",
    "DID_CACHE_TTL_SECONDS",
    "DID_WEB_DOMAIN",
    "ENCRYPTION_KEY_FILE",
    "ENCRYPTION_KEY_VAULT_PATH",
    "ENFORCE_TLS",
    "FEDERATION_JWKS_CACHE_TTL_SECONDS",
    "GITHUB_OIDC_ISSUER",
    "GITHUB_OIDC_JWKS_URL",
    "HOST",
    "JWKS_CACHE_TTL_SECONDS",
    "JWT_ALGORITHM",
    "JWT_PRIVATE_KEY",
    "JWT_PUBLIC_KEY",
    "KAFKA_BROKERS",
    "KAFKA_CLIENT_ID",
    "KAFKA_TOPIC",
    "MARKETPLACE_ENABLED",
    "OIDC_EXCHANGE_AUDIENCES",
    "OIDC_FORCE_KEY_ROTATION",
    "OIDC_ISSUER",
    "OIDC_KEY_GRACE_PERIOD_SECONDS",
    "OPA_URL",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "POLICY_DIR",
    "PORT",
    "PUBLIC_AGENT_METADATA",
    "RATE_LIMIT_ENABLED",
    "RATE_LIMIT_MAX_REQUESTS",
    "RATE_LIMIT_WINDOW_MS",
    "REDIS_RATE_LIMIT_ENABLED",
    "REDIS_URL",
    "RUST_LOG",
    "SECRETS_ROTATION_CHECK_INTERVAL_MS",
    "STRIPE_API_BASE",
    "STRIPE_PRICE_ID",
    "STRIPE_PRICE_ID_ENTERPRISE",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "TIER_ENFORCEMENT",
    "TRUSTED_PROXIES",
    "VAULT_ADDR",
    "VAULT_MOUNT",
    "VAULT_TOKEN",
    "WEBHOOK_ALLOW_INSECURE_TARGETS",
    "WEBHOOK_MAX_RETRIES",
];

/// Refuses unknown names.
pub(crate) fn check(variables: &Variables, reader: &mut Reader<'_>) {
    let unknown = variables.names().filter(|name| {
        name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX) && !OWN.contains(name)
    });
    for name in unknown {
        match closest(name) {
            Some(known) => reader.refuse(name, format!("unknown variable; did you mean {known}?")),
            None => reader.refuse(name, "unknown variable; remove it or correct its name"),
        }
    }
}

/// The known name that was probably meant.
fn closest(name: &str) -> Option<&'static str> {
    let bare = name.strip_prefix(PREFIX).unwrap_or(name);
    let own = OWN.iter().map(|known| (distance(name, known), *known));
    let others = OTHERS.iter().map(|known| (distance(bare, known), *known));
    own.chain(others)
        .filter(|(distance, known)| *distance * 4 <= known.len())
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein distance: insertions, deletions and replacements of bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (to, above) in b.bytes().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(from != to);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }

    #[test]
    fn typing_errors_and_needless_prefixes_are_recognized() {
        assert_eq!(closest("AGENTIDP_DATADIR"), Some("AGENTIDP_DATA_DIR"));
        assert_eq!(closest("AGENTIDP_PORT"), Some("PORT"));
        assert_eq!(closest("AGENTIDP_REDIS_URI"), Some("REDIS_URL"));
        assert_eq!(closest("AGENTIDP_SOMETHING_ELSE"), None);
    }
}
