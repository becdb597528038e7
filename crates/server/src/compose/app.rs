//! Puts the use cases of the server together.

use std::sync::Arc;

use agentidp_domain::agent::AgentService;
use agentidp_domain::analytics::AnalyticsService;
use agentidp_domain::audit::AuditService;
use agentidp_domain::change::ChangeListener;
use agentidp_domain::compliance::ComplianceService;
use agentidp_domain::credential::CredentialService;
use agentidp_domain::limit::{RateLimiter, RateLimits};
use agentidp_domain::marketplace::MarketplaceService;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::organization::OrganizationService;
use agentidp_domain::outbox::EventPublisher;
use agentidp_domain::scaffold::ScaffoldService;
use agentidp_domain::session::{SessionService, SessionStore};
use agentidp_domain::tier::TierService;
use agentidp_domain::token::{
    Authenticator, ClientAuthenticator, ClientCache, Freshness, Issuer, Journal, JournalSettings,
    JournalTask, Minter, Replica, RevocationView, TokenService, TokenServiceParts,
};
use agentidp_domain::usage::{UsageMeter, UsageService};
use agentidp_domain::webhook::{DeliveryWorker, WebhookService};
use agentidp_http::{AppState, Drain, HttpSettings};
use agentidp_memory::{MemoryRateLimiter, MemorySessions};
use agentidp_net::HttpWebhookSender;
use agentidp_redis::{RedisRateLimiter, RedisSessions};
use agentidp_rego::RegoPolicy;

use crate::compose::billing::billing;
use crate::compose::compliance::Compliance;
use crate::compose::health::Health;
use crate::compose::installation::Installation;
use crate::compose::key_reload::KeyReload;
use crate::compose::stream::event_sink;
use crate::compose::trust::{OUTBOUND, Trust};
use crate::config::{Config, Environment, PolicyConfig};
use crate::failure::{Failure, Outcome};

/// The server without its listener.
pub(crate) struct App {
    /// What the HTTP edge needs.
    pub(crate) state: Arc<AppState>,
    /// The policy, to be read again.
    pub(crate) policy: Arc<RegoPolicy>,
    /// Keeps memory in step with other replicas.
    pub(crate) replica: Arc<Replica>,
    /// Loads changed signing keys.
    pub(crate) key_reload: Arc<KeyReload>,
    /// Sends webhook deliveries.
    pub(crate) webhook_worker: DeliveryWorker,
    /// Publishes events, if there is an event stream.
    pub(crate) event_publisher: Option<EventPublisher>,
    /// API calls that wait to be written.
    pub(crate) meter: Arc<UsageMeter>,
    /// Controls and their checks.
    pub(crate) compliance: Compliance,
    /// The task behind the issuance journal.
    pub(crate) journal: JournalTask,
}

/// What the paths of token requests share.
struct TokenParts {
    view: Arc<RevocationView>,
    freshness: Arc<Freshness>,
    cache: Arc<ClientCache>,
    issuer: Issuer,
}

impl App {
    /// Puts the server together over `installation`.
    ///
    /// # Errors
    ///
    /// A broken policy.
    pub(crate) fn compose(config: &Config, installation: &Installation) -> Outcome<Self> {
        let ports = installation.ports.clone();
        let policy = Arc::new(load_policy(&config.policy, installation.metrics.clone())?);
        let parts = token_parts(config, installation);
        let replica = Replica::new(
            ports.clone(),
            Arc::clone(&parts.view),
            Arc::clone(&parts.freshness),
        );
        let key_reload = Arc::new(KeyReload::default());
        let listeners: [Arc<dyn ChangeListener>; 3] =
            [parts.view.clone(), parts.cache.clone(), key_reload.clone()];
        for listener in listeners {
            ports.changes.listen(listener);
        }
        let (journal, journal_task) = Journal::start(
            ports,
            JournalSettings {
                enforce_plans: config.limits.enforce_plans,
                ..JournalSettings::default()
            },
        );
        let compliance = Compliance::compose(config, installation);
        let state = state(
            config,
            installation,
            parts,
            journal,
            Arc::clone(&policy),
            &compliance,
        )?;
        Ok(Self {
            meter: Arc::clone(&state.meter),
            state: Arc::new(state),
            policy,
            replica: Arc::new(replica),
            key_reload,
            webhook_worker: webhook_worker(config, installation)?,
            event_publisher: event_publisher(config, installation),
            compliance,
            journal: journal_task,
        })
    }
}

fn token_parts(config: &Config, installation: &Installation) -> TokenParts {
    let freshness = Arc::new(match installation.redis {
        Some(_) => Freshness::shared(),
        None => Freshness::single(),
    });
    TokenParts {
        view: Arc::new(RevocationView::new()),
        cache: Arc::new(ClientCache::new(
            installation.ports.clone(),
            Arc::clone(&freshness),
        )),
        freshness,
        issuer: config.server.issuer(),
    }
}

/// The configured policy, or the built-in one.
///
/// # Errors
///
/// When it is broken; names file and line.
pub(crate) fn load_policy(config: &PolicyConfig, metrics: Arc<dyn Metrics>) -> Outcome<RegoPolicy> {
    match &config.dir {
        Some(folder) => RegoPolicy::from_dir(folder, metrics),
        None => RegoPolicy::built_in(metrics),
    }
    .map_err(Failure::during("authorization policy"))
}

fn limits(config: &Config, installation: &Installation) -> RateLimits {
    let clock = Arc::clone(&installation.ports.clock);
    let local: Arc<dyn RateLimiter> = Arc::new(MemoryRateLimiter::new(Arc::clone(&clock)));
    let limiter = match &installation.redis {
        Some(redis) if config.limits.in_redis => {
            Arc::new(RedisRateLimiter::new(redis.clone(), clock, local))
        }
        _ => local,
    };
    RateLimits::new(limiter, config.limits.settings)
}

/// Sessions of browsers, for all replicas where there is Redis.
fn sessions(installation: &Installation, tokens: &TokenServiceParts) -> SessionService {
    let store: Arc<dyn SessionStore> = match &installation.redis {
        Some(redis) => Arc::new(RedisSessions::new(redis.clone())),
        None => Arc::new(MemorySessions::new(Arc::clone(&installation.ports.clock))),
    };
    SessionService::new(TokenService::new(tokens.clone()), store)
}

/// The parts of token requests, which other use cases share.
fn token_service_parts(
    installation: &Installation,
    parts: &TokenParts,
    limits: &Arc<RateLimits>,
    journal: Journal,
) -> TokenServiceParts {
    let ports = installation.ports.clone();
    let authenticator = Arc::new(Authenticator::new(
        ports.clone(),
        Arc::clone(&installation.ring),
        Arc::clone(&parts.view),
        Arc::clone(&parts.freshness),
        parts.issuer.clone(),
    ));
    let clients = ClientAuthenticator::new(
        ports.clone(),
        Arc::clone(&parts.cache),
        Arc::clone(&installation.secrets),
        Arc::clone(limits),
        journal.clone(),
    );
    let minter = Minter::new(
        ports.clone(),
        Arc::clone(&installation.ring),
        Arc::clone(&parts.view),
        parts.issuer.clone(),
    );
    TokenServiceParts {
        ports,
        minter,
        authenticator,
        clients,
        journal,
    }
}

fn state(
    config: &Config,
    installation: &Installation,
    parts: TokenParts,
    journal: Journal,
    policy: Arc<RegoPolicy>,
    compliance: &Compliance,
) -> Outcome<AppState> {
    let ports = installation.ports.clone();
    let limits = Arc::new(limits(config, installation));
    let tokens = token_service_parts(installation, &parts, &limits, journal.clone());
    let scaffolds = ScaffoldService::new(ports.clone(), journal.clone(), &config.server.api_url);
    let trust = Trust::compose(config, installation, tokens.minter.clone(), journal)?;
    let health = health(config, installation)?;
    let (identities, secrets) = (&installation.identities, &installation.secrets);
    Ok(AppState {
        agents: agents(config, installation, &parts.cache),
        credentials: CredentialService::new(ports.clone(), Arc::clone(secrets)),
        organizations: OrganizationService::new(
            ports.clone(),
            identities.clone(),
            Arc::clone(secrets),
        ),
        audit: AuditService::new(ports.clone()),
        authenticator: Arc::clone(&tokens.authenticator),
        clients: tokens.clients.clone(),
        sessions: sessions(installation, &tokens),
        tokens: TokenService::new(tokens),
        did: trust.did,
        trust_policies: trust.trust_policies,
        exchange: trust.exchange,
        federation: trust.federation,
        federation_verifier: trust.federation_verifier,
        delegation: trust.delegation,
        webhooks: WebhookService::new(ports.clone()),
        marketplace: MarketplaceService::new(ports.clone(), identities.clone()),
        usage: UsageService::new(ports.clone()),
        tiers: TierService::new(ports.clone(), Arc::clone(&limits)),
        billing: billing(config, installation)?,
        analytics: AnalyticsService::new(ports.clone()),
        meter: Arc::new(UsageMeter::new(ports.clone())),
        controls: Arc::clone(&compliance.board),
        compliance: compliance_service(installation, compliance),
        scaffolds,
        client_cache: parts.cache,
        limits,
        policy,
        ring: Arc::clone(&installation.ring),
        ports,
        drain: Arc::new(Drain::default()),
        health: Arc::new(health),
        metrics: installation.metrics.clone(),
        settings: settings(config),
    })
}

fn agents(
    config: &Config,
    installation: &Installation,
    clients: &Arc<ClientCache>,
) -> AgentService {
    let (ports, identities) = (&installation.ports, &installation.identities);
    AgentService::new(
        ports.clone(),
        identities.clone(),
        config.limits.enforce_plans,
    )
    .remembering(Arc::clone(clients))
}

fn compliance_service(installation: &Installation, compliance: &Compliance) -> ComplianceService {
    ComplianceService::new(
        installation.ports.clone(),
        installation.identities.clone(),
        Arc::clone(&installation.cache),
        Arc::clone(&compliance.audit_results),
    )
}

fn webhook_worker(config: &Config, installation: &Installation) -> Outcome<DeliveryWorker> {
    let webhooks = &config.webhooks;
    let sender = HttpWebhookSender::new(webhooks.targets.allow_insecure)
        .map_err(Failure::during(OUTBOUND))?;
    Ok(DeliveryWorker::new(
        installation.ports.clone(),
        Arc::new(sender),
        webhooks.targets,
        webhooks.backoff,
    ))
}

fn event_publisher(config: &Config, installation: &Installation) -> Option<EventPublisher> {
    let kafka = config.kafka.as_ref()?;
    let sink = event_sink(kafka)?;
    let (topic, client_id) = (kafka.topic.as_str(), kafka.client_id.as_str());
    tracing::info!(brokers = ?kafka.brokers, topic, client_id, "events go to Kafka");
    Some(EventPublisher::new(installation.ports.clone(), sink))
}

fn health(config: &Config, installation: &Installation) -> Outcome<Health> {
    Health::new(
        Arc::clone(&installation.ports.store),
        installation.redis.clone(),
        installation.vault.clone(),
        config.policy.opa.as_ref(),
    )
}

fn settings(config: &Config) -> HttpSettings {
    HttpSettings {
        issuer: config.server.issuer(),
        partner_urls: config.foreign.partner_urls(&config.server),
        webhook_targets: config.webhooks.targets,
        redirects: config.billing.redirects(&config.server),
        delegation: config.identity.delegation,
        marketplace: config.features.marketplace,
        analytics: config.features.analytics,
        compliance: config.features.compliance,
        cors_origins: config.server.cors_origins.clone(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        enforce_tls: config.server.enforce_tls,
        secure_cookies: config.server.environment.is_production(),
        embedded_store: !config.store.database.is_postgres(),
        access_log: config.server.environment != Environment::Test,
        version: env!("CARGO_PKG_VERSION"),
    }
}
