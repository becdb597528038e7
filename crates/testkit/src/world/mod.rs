//! All use cases of the domain over a fresh embedded store, with a clock that
//! tests move and cheap secrets.

mod clock;
mod keys;
mod metering;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::agent::AgentService;
use agentidp_domain::audit::AuditService;
use agentidp_domain::bootstrap::{BootstrapService, Bootstrapped};
use agentidp_domain::cache::Cache;
use agentidp_domain::change::{Changes, NoBus};
use agentidp_domain::compliance::{AuditResults, ComplianceService, ControlBoard};
use agentidp_domain::credential::{CredentialService, SecretVerifier, VerifierSettings};
use agentidp_domain::did::{Identities, PublicMetadata};
use agentidp_domain::encryption::FieldCipher;
use agentidp_domain::error::StoreError;
use agentidp_domain::limit::{LimitSettings, RateLimits};
use agentidp_domain::marketplace::MarketplaceService;
use agentidp_domain::metrics::{Metrics, NoMetrics};
use agentidp_domain::organization::OrganizationService;
use agentidp_domain::ports::Ports;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::scaffold::ScaffoldService;
use agentidp_domain::session::SessionService;
use agentidp_domain::token::{
    Algorithm, Authenticator, ClientAuthenticator, ClientCache, Freshness, Issuer, Journal,
    JournalSettings, JournalTask, KeyService, KeySettings, Minter, RevocationView, TokenService,
    TokenServiceParts,
};
use agentidp_domain::vault::SecretKeeper;
use agentidp_domain::webhook::WebhookService;
use agentidp_jose::{Factory, Ring};
use agentidp_memory::{MemoryCache, MemoryRateLimiter, MemorySessions};
use agentidp_rego::RegoPolicy;
use agentidp_sql::{SqliteSettings, SqliteStore};

pub use clock::SteppingClock;
pub use keys::KeysInMemory;
pub use metering::Metering;
pub use trust::Trust;

/// Issuer of a [`World`].
pub const ISSUER: &str = "http://localhost:3000";

/// Server that the starter projects of a [`World`] speak to.
pub const API_URL: &str = "https://api.world.example";

/// Whatever went wrong while a world was made.
pub type WorldError = Box<dyn std::error::Error + Send + Sync>;

/// What differs from one world to another.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// Algorithm of the signing keys.
    pub algorithm: Algorithm,
    /// Rate limits.
    pub limits: LimitSettings,
    /// Whether agents and tokens of an organization are limited.
    pub enforce_plans: bool,
    /// Issuer in the place of GitHub Actions.
    pub github_issuer: String,
    /// Whether strangers may name private addresses.
    pub allow_private: bool,
    /// What strangers may read of agents.
    pub public_metadata: PublicMetadata,
    /// Where new secrets are kept.
    pub secrets: SecretKeeper,
    /// Whether all events go to the event stream.
    pub streaming: bool,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self {
            // P-256 keys are made in a moment, RSA keys are not.
            algorithm: Algorithm::Es256,
            limits: LimitSettings {
                enabled: false,
                ..LimitSettings::default()
            },
            enforce_plans: true,
            // Nobody listens there.
            github_issuer: "http://127.0.0.1:1".to_owned(),
            allow_private: true,
            public_metadata: PublicMetadata::All,
            secrets: SecretKeeper::in_rows(),
            streaming: false,
        }
    }
}

/// The whole domain, ready to use. The store is removed with it.
pub struct World {
    /// Store, clock, randomness, changes.
    pub ports: Ports,
    /// The clock in `ports`.
    pub clock: Arc<SteppingClock>,
    /// Registry.
    pub agents: AgentService,
    /// Credentials.
    pub credentials: CredentialService,
    /// Organizations.
    pub organizations: OrganizationService,
    /// Audit logs.
    pub audit: AuditService,
    /// Public agents.
    pub marketplace: MarketplaceService,
    /// Conformance reports and the export of agent cards.
    pub compliance: ComplianceService,
    /// States of the controls; nothing has been checked.
    pub controls: Arc<ControlBoard>,
    /// What the verification job would have found.
    pub audit_results: Arc<AuditResults>,
    /// Starter projects.
    pub scaffolds: ScaffoldService,
    /// Issuing, introspection, revocation.
    pub tokens: TokenService,
    /// Sessions of browsers.
    pub sessions: SessionService,
    /// Verifies Bearer tokens.
    pub authenticator: Arc<Authenticator>,
    /// Verifies client credentials.
    pub clients: ClientAuthenticator,
    /// Clients and organizations in memory.
    pub client_cache: Arc<ClientCache>,
    /// Rate limits.
    pub limits: Arc<RateLimits>,
    /// The built-in policy.
    pub policy: Arc<RegoPolicy>,
    /// Signing keys in memory.
    pub ring: Arc<Ring>,
    /// Looks after the signing keys.
    pub keys: KeyService,
    /// Identifiers, workloads, partners, delegation.
    pub trust: Trust,
    /// Webhook subscriptions.
    pub webhooks: WebhookService,
    /// Usage, plans, trends.
    pub metering: Metering,
    /// Makes the first administrator.
    pub bootstrap: BootstrapService,
    /// Path of the database file.
    pub database: std::path::PathBuf,
    journal: JournalTask,
    _folder: tempfile::TempDir,
}

impl World {
    /// A world with the default settings.
    ///
    /// # Errors
    ///
    /// When the store cannot be made.
    pub async fn start() -> Result<Self, WorldError> {
        Self::with(WorldSettings::default()).await
    }

    /// A world with these settings.
    ///
    /// # Errors
    ///
    /// When the store cannot be made.
    pub async fn with(settings: WorldSettings) -> Result<Self, WorldError> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("world.db");
        let clock = Arc::new(SteppingClock::new());
        let metrics: Arc<dyn Metrics> = Arc::new(NoMetrics);
        let store = open(&database, Arc::clone(&metrics)).await?;
        let ports = ports(store, &settings, &clock, &metrics);
        let ring = Arc::new(Ring::new());
        let keys = key_service(&ports, &ring, settings.algorithm);
        keys.maintain().await?;
        let secrets = Arc::new(cheap_secrets(&ports.secrets));
        let parts = tokens(&ports, &ring, &secrets, &clock, &settings);
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(clock.clone()));
        let identities = trust::identities(&cache)?;
        let audit_results = Arc::new(AuditResults::new());
        let reports = Arc::clone(&cache);
        let trust = Trust::new(&parts.0, &ring, &identities, cache, &settings)?;
        Ok(Self {
            agents: agents(&ports, &identities, &settings, &parts.1),
            credentials: CredentialService::new(ports.clone(), Arc::clone(&secrets)),
            organizations: organizations(&ports, &identities, &secrets),
            trust,
            audit: AuditService::new(ports.clone()),
            webhooks: WebhookService::new(ports.clone()),
            marketplace: MarketplaceService::new(ports.clone(), identities.clone()),
            compliance: compliance(&ports, &identities, &reports, &audit_results),
            controls: Arc::new(ControlBoard::new(ports.now())),
            audit_results,
            scaffolds: ScaffoldService::new(ports.clone(), parts.0.journal.clone(), API_URL),
            authenticator: Arc::clone(&parts.0.authenticator),
            clients: parts.0.clients.clone(),
            sessions: sessions(&parts.0, &clock),
            tokens: TokenService::new(parts.0),
            metering: Metering::new(&ports, &parts.2),
            client_cache: parts.1,
            limits: parts.2,
            policy: Arc::new(RegoPolicy::built_in(metrics)?),
            bootstrap: BootstrapService::new(ports.clone(), identities, secrets),
            ring,
            keys,
            clock,
            ports,
            database,
            journal: parts.3,
            _folder: folder,
        })
    }

    /// Makes the first administrator.
    ///
    /// # Errors
    ///
    /// When it exists, or the store fails.
    pub async fn bootstrap(&self) -> Result<Bootstrapped, WorldError> {
        Ok(self.bootstrap.create().await?)
    }

    /// Commits what waits and stops the journal.
    pub async fn finish(self) {
        self.journal.finish().await;
    }
}

fn agents(
    ports: &Ports,
    identities: &Identities,
    settings: &WorldSettings,
    clients: &Arc<ClientCache>,
) -> AgentService {
    AgentService::new(ports.clone(), identities.clone(), settings.enforce_plans)
        .remembering(Arc::clone(clients))
}

fn organizations(
    ports: &Ports,
    identities: &Identities,
    secrets: &Arc<SecretVerifier>,
) -> OrganizationService {
    OrganizationService::new(ports.clone(), identities.clone(), Arc::clone(secrets))
}

fn compliance(
    ports: &Ports,
    identities: &Identities,
    cache: &Arc<dyn Cache>,
    results: &Arc<AuditResults>,
) -> ComplianceService {
    ComplianceService::new(
        ports.clone(),
        identities.clone(),
        Arc::clone(cache),
        Arc::clone(results),
    )
}

fn ports(
    store: SqliteStore,
    settings: &WorldSettings,
    clock: &Arc<SteppingClock>,
    metrics: &Arc<dyn Metrics>,
) -> Ports {
    Ports {
        store: Arc::new(store),
        secrets: settings.secrets.clone(),
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        changes: Arc::new(Changes::new(Arc::new(NoBus))),
        metrics: Arc::clone(metrics),
        streaming: settings.streaming,
    }
}

fn sessions(tokens: &TokenServiceParts, clock: &Arc<SteppingClock>) -> SessionService {
    let store = MemorySessions::new(clock.clone());
    SessionService::new(TokenService::new(tokens.clone()), Arc::new(store))
}

fn cheap_secrets(keeper: &SecretKeeper) -> SecretVerifier {
    let settings = VerifierSettings {
        cost: 4,
        ..VerifierSettings::default()
    };
    SecretVerifier::new(settings, keeper.clone(), &SystemRandom)
}

async fn open(
    database: &std::path::Path,
    metrics: Arc<dyn Metrics>,
) -> Result<SqliteStore, WorldError> {
    let settings = SqliteSettings {
        path: database.to_owned(),
        readers: 2,
        connection_timeout: Duration::from_secs(5),
    };
    SqliteStore::migrate(&settings).await?;
    let keys = Arc::new(KeysInMemory::generate(&SystemRandom));
    let cipher = FieldCipher::load(keys, Arc::new(SystemRandom))?;
    let opened: Result<SqliteStore, StoreError> =
        SqliteStore::open(settings, Arc::new(cipher), metrics).await;
    Ok(opened?)
}

fn key_service(ports: &Ports, ring: &Arc<Ring>, algorithm: Algorithm) -> KeyService {
    KeyService::new(
        ports.clone(),
        Arc::new(Factory),
        ring.clone(),
        KeySettings {
            algorithm,
            grace: Duration::from_secs(86_400),
            import: None,
        },
    )
}

type Tokens = (
    TokenServiceParts,
    Arc<ClientCache>,
    Arc<RateLimits>,
    JournalTask,
);

fn tokens(
    ports: &Ports,
    ring: &Arc<Ring>,
    secrets: &Arc<SecretVerifier>,
    clock: &Arc<SteppingClock>,
    settings: &WorldSettings,
) -> Tokens {
    let view = Arc::new(RevocationView::new());
    let freshness = Arc::new(Freshness::single());
    let cache = Arc::new(ClientCache::new(ports.clone(), Arc::clone(&freshness)));
    ports.changes.listen(view.clone());
    ports.changes.listen(cache.clone());
    let limiter = MemoryRateLimiter::new(clock.clone());
    let limits = Arc::new(RateLimits::new(Arc::new(limiter), settings.limits));
    let (journal, task) = Journal::start(
        ports.clone(),
        JournalSettings {
            enforce_plans: settings.enforce_plans,
            ..JournalSettings::default()
        },
    );
    let issuer = Issuer::new(ISSUER);
    let authenticator = Arc::new(Authenticator::new(
        ports.clone(),
        ring.clone(),
        Arc::clone(&view),
        freshness,
        issuer.clone(),
    ));
    let clients = ClientAuthenticator::new(
        ports.clone(),
        Arc::clone(&cache),
        Arc::clone(secrets),
        Arc::clone(&limits),
        journal.clone(),
    );
    let parts = TokenServiceParts {
        ports: ports.clone(),
        minter: Minter::new(ports.clone(), ring.clone(), view, issuer),
        authenticator,
        clients,
        journal,
    };
    (parts, cache, limits, task)
}
