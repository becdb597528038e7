//! What the server and the operator commands share: stores, keys, changes.

use std::sync::Arc;

use agentidp_domain::bootstrap::BootstrapService;
use agentidp_domain::cache::Cache;
use agentidp_domain::change::{ChangeBus, Changes, NoBus};
use agentidp_domain::credential::{SecretVerifier, VerifierSettings};
use agentidp_domain::delegation::DelegationKeyService;
use agentidp_domain::did::Identities;
use agentidp_domain::ports::Ports;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::time::SystemClock;
use agentidp_domain::token::{KeyRing, KeyService};
use agentidp_domain::vault::SecretKeeper;
use agentidp_jose::{Factory, Ring};
use agentidp_memory::MemoryCache;
use agentidp_redis::{Redis, RedisBus, RedisCache};
use agentidp_vault::Vault;

use crate::compose::database::{ClosedDatabase, OpenDatabase};
use crate::compose::encryption::Encryption;
use crate::compose::schema::{self, Purpose};
use crate::compose::vault;
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::metrics::{PoolUse, PrometheusMetrics};

/// An installation, open.
pub(crate) struct Installation {
    /// The ports of the domain.
    pub(crate) ports: Ports,
    /// The store behind them.
    pub(crate) database: Arc<dyn OpenDatabase>,
    /// Whether several replicas may run on it.
    pub(crate) shared: bool,
    /// The ring of encryption keys.
    pub(crate) encryption: Encryption,
    /// Redis, if configured; it need not be reachable.
    pub(crate) redis: Option<Redis>,
    /// Vault, if configured.
    pub(crate) vault: Option<Vault>,
    /// Copies of facts, shared by all replicas.
    pub(crate) cache: Arc<dyn Cache>,
    /// All measurements.
    pub(crate) metrics: Arc<PrometheusMetrics>,
    /// The signing keys in memory.
    pub(crate) ring: Arc<dyn KeyRing>,
    /// Looks after them.
    pub(crate) keys: KeyService,
    /// Hashes and verifies client secrets.
    pub(crate) secrets: Arc<SecretVerifier>,
    /// Gives agents their identity.
    pub(crate) identities: Identities,
    /// Keys of delegation tokens.
    pub(crate) delegation_keys: DelegationKeyService,
}

impl Installation {
    /// Opens the configured installation.
    ///
    /// # Errors
    ///
    /// What is missing or cannot be reached, and what to do.
    pub(crate) async fn open(config: &Config, purpose: Purpose) -> Outcome<Self> {
        let metrics = PrometheusMetrics::new().map_err(Failure::during("metrics"))?;
        let metrics = Arc::new(metrics);
        let vault = vault::reach(config.vault.as_ref()).await?;
        let closed = ClosedDatabase::new(&config.store).to(purpose);
        schema::prepare(&closed, purpose).await?;
        let encryption = Encryption::load(config, purpose)?;
        let cipher = Arc::clone(&encryption.cipher);
        let database = closed.open(cipher, metrics.clone()).await?;
        encryption.confirm(&*database).await?;
        watch_pool(&metrics, &database);
        let redis = redis(config, &metrics)?;
        let streaming = config.kafka.is_some();
        let secrets = vault::keeper(config.vault.as_ref(), vault.as_ref());
        let ports = ports(&database, redis.clone(), &metrics, secrets, streaming);
        let ring: Arc<dyn KeyRing> = Arc::new(Ring::new());
        let keys = KeyService::new(
            ports.clone(),
            Arc::new(Factory),
            Arc::clone(&ring),
            config.tokens.keys.clone(),
        );
        let keeper = ports.secrets.clone();
        let verifier = VerifierSettings {
            cost: config.limits.bcrypt_cost,
            ..VerifierSettings::default()
        };
        let cache = cache(redis.clone());
        let identities = identities(config, Arc::clone(&cache))?;
        let configured = config.identity.delegation_keys.clone();
        Ok(Self {
            delegation_keys: DelegationKeyService::new(ports.clone(), configured),
            identities,
            cache,
            ports,
            database,
            shared: closed.is_shared(),
            encryption,
            redis,
            vault,
            metrics,
            ring,
            keys,
            secrets: Arc::new(SecretVerifier::new(verifier, keeper, &SystemRandom)),
        })
    }

    /// Creates and resets the first administrator.
    pub(crate) fn bootstrap(&self) -> BootstrapService {
        BootstrapService::new(
            self.ports.clone(),
            self.identities.clone(),
            Arc::clone(&self.secrets),
        )
    }
}

fn watch_pool(metrics: &PrometheusMetrics, database: &Arc<dyn OpenDatabase>) {
    let pool = Arc::clone(database);
    metrics.watch_pool(move || {
        let status = pool.pool_status();
        PoolUse {
            active: status.active,
            waiting: status.waiting,
        }
    });
}

fn redis(config: &Config, metrics: &Arc<PrometheusMetrics>) -> Outcome<Option<Redis>> {
    config
        .store
        .redis
        .clone()
        .map(|url| Redis::new(url, metrics.clone()))
        .transpose()
        .map_err(Failure::during("REDIS_URL"))
}

fn cache(redis: Option<Redis>) -> Arc<dyn Cache> {
    match redis {
        Some(redis) => Arc::new(RedisCache::new(redis)),
        None => Arc::new(MemoryCache::new(Arc::new(SystemClock))),
    }
}

fn identities(config: &Config, cache: Arc<dyn Cache>) -> Outcome<Identities> {
    let naming = config.identity.naming(&config.server);
    Ok(Identities::new(
        Arc::new(naming.map_err(Failure::during("DID_WEB_DOMAIN"))?),
        Arc::new(Factory),
        cache,
    ))
}

fn ports(
    database: &Arc<dyn OpenDatabase>,
    redis: Option<Redis>,
    metrics: &Arc<PrometheusMetrics>,
    secrets: SecretKeeper,
    streaming: bool,
) -> Ports {
    let bus: Arc<dyn ChangeBus> = match redis {
        Some(redis) => Arc::new(RedisBus::new(redis)),
        None => Arc::new(NoBus),
    };
    Ports {
        store: database.clone(),
        secrets,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        changes: Arc::new(Changes::new(bus)),
        metrics: metrics.clone(),
        streaming,
    }
}
