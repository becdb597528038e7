//! The single checks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use agentidp_domain::metrics::NoMetrics;
use agentidp_domain::unit_of_work::Scope;
use agentidp_redis::Redis;
use agentidp_sql::SchemaState;

use super::report::Report;
use crate::bootstrap_file;
use crate::compose::{
    ClosedDatabase, Installation, Purpose, event_sink, key_ring_place, load_policy,
};
use crate::config::{Config, RingPlace};
use crate::failure::Outcome;

/// Settings that work but may not be what is wanted.
pub(super) fn settings(report: &mut Report, config: &Config) {
    let issuer = config.server.issuer();
    report.ok("settings", format!("public URL {}", issuer.as_str()));
    for remark in &config.remarks {
        report.warn("settings", remark);
    }
    if !config.server.environment.is_production() {
        return;
    }
    if !issuer.as_str().starts_with("https:") {
        report.warn(
            "settings",
            "OIDC_ISSUER: clients should reach production over https",
        );
    }
    if config.server.cors_origins.is_empty() {
        report.warn(
            "settings",
            "CORS_ORIGIN: name the allowed origins instead of *",
        );
    }
    if config.server.enforce_tls && config.server.trusted_proxies.is_empty() {
        report.warn(
            "settings",
            "TRUSTED_PROXIES is empty and ENFORCE_TLS on: every request is redirected to https; \
             name the proxy that ends TLS",
        );
    }
}

/// The key ring; whether there is one.
pub(super) fn key_ring(report: &mut Report, config: &Config) -> bool {
    let subject = "key ring";
    let place = match key_ring_place(config) {
        Ok(place) => place,
        Err(error) => {
            report.fail(subject, error.to_string());
            return false;
        }
    };
    let name = place.name();
    match place.find() {
        Ok(Some(ring)) => {
            let version = ring.current_version();
            report.ok(subject, format!("{name}, key {version} encrypts"));
            if let RingPlace::File(path) = &config.encryption.place {
                require_private(report, subject, path);
            }
            return true;
        }
        Ok(None) if config.encryption.may_create => {
            report.warn(subject, format!("{name} is created at the first start"));
        }
        Ok(None) => {
            let text = format!("{name} does not exist; {}", place.how_to_create());
            report.fail(subject, text);
        }
        Err(error) => report.fail(subject, error.to_string()),
    }
    false
}

/// The bootstrap file.
pub(super) fn bootstrap(report: &mut Report, config: &Config) {
    let bootstrap = bootstrap_file::path(&config.server);
    if bootstrap.exists() {
        require_private(report, "bootstrap", &bootstrap);
    }
}

fn require_private(report: &mut Report, subject: &'static str, path: &Path) {
    let open = std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    if open {
        let path = path.display();
        report.warn(
            subject,
            format!("others can read {path}; run `chmod 600 {path}`"),
        );
    }
}

/// Reachability, schema; with a key ring also signing keys and the first
/// administrator.
pub(super) async fn database(report: &mut Report, config: &Config, has_ring: bool) {
    let database = ClosedDatabase::new(&config.store);
    let name = match database.file() {
        Some(file) => format!("SQLite, {}", file.display()),
        None => "PostgreSQL".to_owned(),
    };
    match database.schema_state().await {
        Err(error) => report.fail("database", error.to_string()),
        Ok(SchemaState::Current) => {
            report.ok("database", format!("{name}, schema up to date"));
            // Without a ring, which is reported already, nothing can be read.
            if has_ring && let Err(error) = content(report, config).await {
                report.fail("keys", error.to_string());
            }
        }
        Ok(SchemaState::Empty) if !database.is_shared() => {
            report.warn("database", format!("{name} is created at the first start"));
        }
        Ok(SchemaState::Empty | SchemaState::Behind) => {
            report.fail(
                "database",
                format!("{name}, schema not up to date; run `agentidp migrate`"),
            );
        }
        Ok(SchemaState::Newer) => {
            let text = format!("{name}, schema newer than this program; run a newer agentidp");
            report.fail("database", text);
        }
    }
}

async fn content(report: &mut Report, config: &Config) -> Outcome<()> {
    let installation = Installation::open(config, Purpose::Operate).await?;
    let ports = &installation.ports;
    let mut work = ports.read(Scope::System).await?;
    let keys = work.signing_keys().live(ports.now()).await?;
    work.commit().await?;
    match keys.iter().find(|key| key.is_current) {
        Some(key) => {
            let (algorithm, since) = (key.key.algorithm, key.created_at);
            report.ok(
                "keys",
                format!("{algorithm} key from {since} signs, {} live", keys.len()),
            );
        }
        None => report.warn("keys", "no signing key yet; the first start makes one"),
    }
    if installation.bootstrap().is_done().await? {
        report.ok("bootstrap", "the first administrator exists");
    } else {
        report.warn(
            "bootstrap",
            "no administrator yet; run `agentidp bootstrap`",
        );
    }
    installation.database.close();
    Ok(())
}

/// Redis, if configured.
pub(super) async fn redis(report: &mut Report, config: &Config) {
    let Some(url) = config.store.redis.clone() else {
        let text = "REDIS_URL is not set: only a single replica may run";
        if config.store.database.is_postgres() {
            report.warn("redis", text);
        } else {
            report.ok("redis", text);
        }
        return;
    };
    let pinged = match Redis::new(url, Arc::new(NoMetrics)) {
        Ok(redis) => redis.ping().await,
        Err(error) => Err(error),
    };
    match pinged {
        Ok(()) => report.ok("redis", "answers"),
        Err(error) => report.fail("redis", format!("check REDIS_URL: {error}")),
    }
}

/// Kafka, if configured. Events wait while it is away.
pub(super) async fn kafka(report: &mut Report, config: &Config) {
    let Some(sink) = config.kafka.as_ref().and_then(event_sink) else {
        return;
    };
    match sink.reach().await {
        Ok(found) => report.ok("kafka", found),
        Err(error) => report.fail("kafka", format!("check KAFKA_BROKERS: {error}")),
    }
}

/// The policy in force after the next start.
pub(super) fn policy(report: &mut Report, config: &Config) {
    let origin = match &config.policy.dir {
        Some(folder) => folder.display().to_string(),
        None => "built-in".to_owned(),
    };
    match load_policy(&config.policy, Arc::new(NoMetrics)) {
        Ok(_) => report.ok("policy", origin),
        Err(error) => report.fail("policy", error.to_string()),
    }
}
