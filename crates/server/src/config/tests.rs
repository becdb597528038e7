//! Every refusal of the documentation with its text, and the defaults.

use std::time::Duration;

use agentidp_domain::token::{Algorithm, KeyFactory};
use secrecy::ExposeSecret;

use super::{Config, Database, Environment, RingPlace, Variables};

pub(super) fn read<const N: usize>(entries: [(&str, &str); N]) -> Result<Config, Vec<String>> {
    Config::read(&Variables::from(entries)).map_err(|error| error.0)
}

pub(super) fn problems<const N: usize>(entries: [(&str, &str); N]) -> Vec<String> {
    read(entries).unwrap_err()
}

fn pem(algorithm: Algorithm) -> String {
    let key = agentidp_jose::Factory.generate(algorithm).unwrap();
    key.private_pem.expose_secret().replace('\n', "\\n")
}

const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\\n\
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\\n\
    6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\\n\
    -----END PUBLIC KEY-----\\n";

/// Where the key ring lies.
pub(super) fn ring(config: &Config) -> String {
    match &config.encryption.place {
        RingPlace::File(path) => path.display().to_string(),
        RingPlace::Vault(path) => path.as_str().to_owned(),
    }
}

#[test]
fn nothing_needs_to_be_set() {
    let config = read([]).unwrap();
    assert_eq!(config.server.environment, Environment::Development);
    assert_eq!(
        (config.server.host.as_str(), config.server.port),
        ("127.0.0.1", 3000)
    );
    assert_eq!(config.server.issuer().as_str(), "http://localhost:3000");
    assert!(!config.server.enforce_tls);
    assert!(config.server.cors_origins.is_empty());
    let Database::Sqlite(path) = &config.store.database else {
        panic!("not embedded")
    };
    assert_eq!(path.to_str(), Some("./data/agentidp.db"));
    assert_eq!(ring(&config), "./data/keys/encryption.json");
    assert!(config.encryption.may_create);
    assert!(config.vault.is_none());
    assert!(config.store.redis.is_none());
    assert!(config.kafka.is_none());
    assert!(!config.limits.in_redis);
    assert_eq!(config.limits.bcrypt_cost, 10);
    assert_eq!(config.tokens.keys.grace, Duration::from_secs(86_400));
    assert_eq!(config.jobs.audit_interval, Duration::from_secs(3600));
    assert_eq!(config.jobs.rotation_interval, Duration::from_secs(3600));
    assert!(config.remarks.is_empty());
}

#[test]
fn production_has_other_defaults() {
    let config = read([
        ("NODE_ENV", "production"),
        ("JWT_ISSUER", "https://idp.example/"),
    ])
    .unwrap();
    assert_eq!(config.server.environment, Environment::Production);
    assert_eq!(config.server.host, "0.0.0.0");
    assert_eq!(config.server.issuer().as_str(), "https://idp.example");
    assert!(config.server.enforce_tls);
}

#[test]
fn the_main_name_wins_over_its_alias_unless_empty() {
    let both = [
        ("OIDC_ISSUER", "https://a.example"),
        ("JWT_ISSUER", "https://b.example"),
    ];
    assert_eq!(
        read(both).unwrap().server.issuer().as_str(),
        "https://a.example"
    );
    let empty = [("OIDC_ISSUER", ""), ("JWT_ISSUER", "https://b.example")];
    assert_eq!(
        read(empty).unwrap().server.issuer().as_str(),
        "https://b.example"
    );
}

#[test]
fn production_needs_its_public_url() {
    assert_eq!(
        problems([("APP_ENV", "production")]),
        ["OIDC_ISSUER environment variable is required"]
    );
}

#[test]
fn production_on_postgres_needs_an_explicit_key_ring() {
    let base = [
        ("APP_ENV", "production"),
        ("OIDC_ISSUER", "https://idp.example"),
        ("DATABASE_URL", "postgresql://u:p@h/d"),
    ];
    assert_eq!(
        problems(base),
        ["ENCRYPTION_KEY_FILE environment variable is required"]
    );
    let [a, b, c] = base;
    let config = read([a, b, c, ("ENCRYPTION_KEY_FILE", "/etc/ring.json")]).unwrap();
    assert_eq!(ring(&config), "/etc/ring.json");
    assert!(!config.encryption.may_create);
}

#[test]
fn a_public_key_alone_is_refused() {
    let found = problems([("JWT_PUBLIC_KEY", PUBLIC)]);
    assert!(
        found[0].contains("JWT_PRIVATE_KEY and JWT_PUBLIC_KEY environment variables are required"),
        "{found:?}"
    );
}

#[test]
fn keys_that_do_not_belong_together_are_refused() {
    let private = pem(Algorithm::Es256);
    let found = problems([("JWT_PRIVATE_KEY", &private), ("JWT_PUBLIC_KEY", PUBLIC)]);
    assert!(
        found[0].contains("JWT_PRIVATE_KEY and JWT_PUBLIC_KEY environment variables are required"),
        "{found:?}"
    );
    assert!(
        found[0].contains("does not belong to the private key"),
        "{found:?}"
    );
}

#[test]
fn a_private_key_with_escaped_line_breaks_is_imported() {
    let private = pem(Algorithm::Es256);
    let config = read([("JWT_PRIVATE_KEY", &private), ("OIDC_SIGNING_ALG", "ES256")]).unwrap();
    assert_eq!(config.tokens.keys.algorithm, Algorithm::Es256);
    assert!(config.tokens.keys.import.is_some());
    let found = problems([("JWT_PRIVATE_KEY", "no key")]);
    assert!(found[0].starts_with("JWT_PRIVATE_KEY: "), "{found:?}");
}

#[test]
fn production_refuses_insecure_webhook_targets_and_a_short_grace_period() {
    let found = problems([
        ("APP_ENV", "production"),
        ("OIDC_ISSUER", "https://idp.example"),
        ("WEBHOOK_ALLOW_INSECURE_TARGETS", "true"),
        ("OIDC_KEY_GRACE_PERIOD_SECONDS", "10799"),
    ]);
    assert!(found[0].starts_with("OIDC_KEY_GRACE_PERIOD_SECONDS: must be at least 10800"));
    assert!(found[1].starts_with("WEBHOOK_ALLOW_INSECURE_TARGETS: "));
}

#[test]
fn elsewhere_a_short_grace_period_counts_as_the_minimum() {
    let entries = [
        ("OIDC_KEY_GRACE_PERIOD_SECONDS", "60"),
        ("JWKS_CACHE_TTL_SECONDS", "100"),
    ];
    let config = read(entries).unwrap();
    assert_eq!(
        config.tokens.keys.grace,
        Duration::from_secs(3600 + 100 + 3600)
    );
    assert!(config.remarks[0].starts_with("OIDC_KEY_GRACE_PERIOD_SECONDS: "));
}

#[test]
fn all_mistakes_are_reported_together_with_their_names() {
    let error = Config::read(&Variables::from([
        ("AGENTIDP_DATADIR", "x"),
        ("APP_ENV", "prod"),
        ("BCRYPT_COST", "3"),
        ("CORS_ORIGIN", "https://a.example/path"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("DB_POOL_MAX", "ten"),
        ("OIDC_ISSUER", "idp.example"),
        ("PORT", "65536"),
        ("RATE_LIMIT_WINDOW_MS", "0"),
        ("REDIS_URL", "http://:hunter2@h"),
        ("RUST_LOG", "a=b=c"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
    ]))
    .unwrap_err();
    let text = error.to_string();
    for name in [
        "AGENTIDP_DATADIR: unknown variable; did you mean AGENTIDP_DATA_DIR?",
        "APP_ENV: ",
        "BCRYPT_COST: ",
        "CORS_ORIGIN: ",
        "DATABASE_URL: ",
        "DB_POOL_MAX: ",
        "OIDC_ISSUER: ",
        "PORT: ",
        "RATE_LIMIT_WINDOW_MS: ",
        "REDIS_URL: ",
        "RUST_LOG: ",
        "TRUSTED_PROXIES: ",
    ] {
        assert!(text.contains(&format!("\n  - {name}")), "{name} in {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn only_the_exact_opposite_switches_a_flag() {
    let config = read([("RATE_LIMIT_ENABLED", "no"), ("ENFORCE_TLS", "true")]).unwrap();
    assert!(config.limits.settings.enabled);
    assert!(config.server.enforce_tls);
    assert_eq!(config.remarks.len(), 1);
    assert!(
        !read([("TIER_ENFORCEMENT", "false")])
            .unwrap()
            .limits
            .enforce_plans
    );
}

#[test]
fn databases_are_told_apart_by_their_scheme() {
    let path = |url: &str| match read([("DATABASE_URL", url)]).unwrap().store.database {
        Database::Sqlite(path) => path.to_str().map(str::to_owned),
        Database::Postgres(_) => None,
    };
    assert_eq!(path("sqlite:x/y.db").as_deref(), Some("x/y.db"));
    assert_eq!(path("sqlite:/x/y.db").as_deref(), Some("/x/y.db"));
    assert_eq!(path("sqlite:///x/y.db").as_deref(), Some("/x/y.db"));
    assert_eq!(path("postgres://u:p@h:5432/d"), None);
}

#[test]
fn secrets_are_not_printed() {
    let config = read([
        ("DATABASE_URL", "postgresql://u:hunter2@h/d"),
        ("REDIS_URL", "redis://:hunter2@h"),
        ("JWT_PRIVATE_KEY", &pem(Algorithm::Es256)),
        ("VAULT_ADDR", "https://vault.example"),
        ("VAULT_TOKEN", "hvs.hunter2"),
    ])
    .unwrap();
    let text = format!("{config:?}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(!text.contains("PRIVATE KEY"), "{text}");
}

#[test]
fn proxies_may_be_single_addresses() {
    let config = read([("TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).unwrap();
    let proxies: Vec<String> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "::1/128"]);
}

#[test]
fn the_local_url_is_one_that_a_client_can_use() {
    let url = |host: &str| {
        // An IPv6 address cannot stand in a did:web identifier.
        let settings = [("HOST", host), ("DID_WEB_DOMAIN", "idp.example")];
        read(settings).unwrap().server.local_url()
    };
    assert_eq!(url("0.0.0.0"), "http://localhost:3000");
    assert_eq!(url("10.1.2.3"), "http://10.1.2.3:3000");
    assert_eq!(url("2001:db8::1"), "http://[2001:db8::1]:3000");
    assert_eq!(url("idp.internal"), "http://idp.internal:3000");
}

#[test]
fn variables_of_the_test_suites_are_not_ours() {
    assert!(read([("AGENTIDP_TEST_REDIS_URL", "redis://localhost")]).is_ok());
}

#[test]
fn identity_and_trust_have_their_documented_defaults() {
    let config = read([("OIDC_ISSUER", "https://idp.example:8443/")]).unwrap();
    let naming = config.identity.naming(&config.server).unwrap();
    assert_eq!(naming.instance(), "did:web:idp.example%3A8443");
    assert_eq!(config.identity.documents.cache_ttl.as_secs(), 300);
    assert!(config.identity.delegation && config.identity.delegation_keys.is_none());
    let providers = config.foreign.providers(&config.server).unwrap();
    assert_eq!(
        providers.audiences,
        ["https://idp.example:8443", "idp.example"]
    );
    let github = "https://token.actions.githubusercontent.com";
    assert_eq!(providers.github.issuer, github);
    assert_eq!(
        providers.github.jwks_url.as_str(),
        format!("{github}/.well-known/jwks")
    );
    assert!(!config.foreign.allow_insecure);
}

#[test]
fn the_marketplace_is_on_unless_it_is_switched_off() {
    assert!(read([]).unwrap().features.marketplace);
    for (value, on) in [
        ("true", true),
        ("false", false),
        ("", true),
        ("FALSE", true),
    ] {
        let config = read([("MARKETPLACE_ENABLED", value)]).unwrap();
        assert_eq!(config.features.marketplace, on, "{value:?}");
        assert_eq!(!config.remarks.is_empty(), value == "FALSE", "{value:?}");
    }
}

#[test]
fn analytics_is_on_unless_it_is_switched_off() {
    assert!(read([]).unwrap().features.analytics);
    for (value, on) in [("true", true), ("false", false), ("", true)] {
        let config = read([("ANALYTICS_ENABLED", value)]).unwrap();
        assert_eq!(config.features.analytics, on, "{value:?}");
    }
}

#[test]
fn compliance_reporting_is_on_unless_it_is_switched_off() {
    assert!(read([]).unwrap().features.compliance);
    let config = read([("COMPLIANCE_ENABLED", "false")]).unwrap();
    assert!(!config.features.compliance);
}

#[test]
fn intervals_of_checks_are_positive_numbers() {
    for name in [
        "AUDIT_CHAIN_VERIFICATION_INTERVAL_MS",
        "SECRETS_ROTATION_CHECK_INTERVAL_MS",
    ] {
        for bad in ["0", "-1", "1.5", "hourly"] {
            let found = problems([(name, bad)]);
            assert!(found[0].starts_with(&format!("{name}: ")), "{found:?}");
        }
    }
    let config = read([("SECRETS_ROTATION_CHECK_INTERVAL_MS", "500")]).unwrap();
    assert_eq!(config.jobs.rotation_interval, Duration::from_millis(500));
}

#[test]
fn what_cannot_be_used_for_identity_and_trust_is_named() {
    let found = problems([
        (
            "DELEGATION_HMAC_SECRET",
            "0123456789abcdef0123456789abcdef,short",
        ),
        ("DID_WEB_DOMAIN", "idp.example/agents"),
        ("GITHUB_OIDC_JWKS_URL", "ftp://ghes.example/jwks"),
        ("PUBLIC_AGENT_METADATA", "none"),
    ]);
    for name in [
        "DELEGATION_HMAC_SECRET: ",
        "DID_WEB_DOMAIN: ",
        "GITHUB_OIDC_JWKS_URL: ",
        "PUBLIC_AGENT_METADATA: ",
    ] {
        assert!(
            found.iter().any(|text| text.starts_with(name)),
            "{name}: {found:?}"
        );
    }
    assert!(!found.join(" ").contains("0123456789abcdef"));
}

#[test]
fn production_asks_providers_over_https_only() {
    let settings = |environment: &'static str| {
        [
            ("APP_ENV", environment),
            ("OIDC_ISSUER", "https://idp.example"),
            ("GITHUB_OIDC_ISSUER", "http://ghes.internal"),
        ]
    };
    assert!(read(settings("development")).is_ok());
    assert!(problems(settings("production"))[0].starts_with("GITHUB_OIDC_ISSUER: "));
}
