//! What handlers need, put together by the composition root.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::agent::AgentService;
use agentidp_domain::analytics::AnalyticsService;
use agentidp_domain::audit::AuditService;
use agentidp_domain::billing::{BillingService, RedirectRules};
use agentidp_domain::compliance::{ComplianceService, ControlBoard};
use agentidp_domain::credential::CredentialService;
use agentidp_domain::delegation::DelegationService;
use agentidp_domain::did::DidService;
use agentidp_domain::federation::{FederationService, FederationVerifier, PartnerUrls};
use agentidp_domain::limit::RateLimits;
use agentidp_domain::marketplace::MarketplaceService;
use agentidp_domain::organization::OrganizationService;
use agentidp_domain::policy::Policy;
use agentidp_domain::ports::Ports;
use agentidp_domain::scaffold::ScaffoldService;
use agentidp_domain::session::SessionService;
use agentidp_domain::tier::TierService;
use agentidp_domain::token::{
    Authenticator, ClientAuthenticator, ClientCache, Issuer, KeyRing, TokenService,
};
use agentidp_domain::usage::{UsageMeter, UsageService};
use agentidp_domain::webhook::{WebhookService, WebhookTargets};
use agentidp_domain::workload::{TrustPolicyService, WorkloadExchange};
use async_trait::async_trait;
use ipnet::IpNet;

use crate::drain::Drain;

/// Use cases and settings behind the routes.
pub struct AppState {
    /// Registry of agents.
    pub agents: AgentService,
    /// Credentials.
    pub credentials: CredentialService,
    /// Organizations.
    pub organizations: OrganizationService,
    /// Audit logs.
    pub audit: AuditService,
    /// Issuing, introspection, revocation.
    pub tokens: TokenService,
    /// DID documents and cards.
    pub did: DidService,
    /// Trust policies of workloads.
    pub trust_policies: TrustPolicyService,
    /// Exchanges tokens of workloads.
    pub exchange: WorkloadExchange,
    /// Partner identity providers.
    pub federation: FederationService,
    /// Verifies tokens of partners.
    pub federation_verifier: FederationVerifier,
    /// Delegation between agents.
    pub delegation: DelegationService,
    /// Webhook subscriptions and what was sent to them.
    pub webhooks: WebhookService,
    /// Public agents.
    pub marketplace: MarketplaceService,
    /// Usage of organizations.
    pub usage: UsageService,
    /// Plans and their use.
    pub tiers: TierService,
    /// Checkouts and Stripe's events.
    pub billing: BillingService,
    /// Trends of usage.
    pub analytics: AnalyticsService,
    /// Counts API calls.
    pub meter: Arc<UsageMeter>,
    /// States of the controls.
    pub controls: Arc<ControlBoard>,
    /// Conformance reports and the export of agent cards.
    pub compliance: ComplianceService,
    /// Starter projects.
    pub scaffolds: ScaffoldService,
    /// Sessions of browsers.
    pub sessions: SessionService,
    /// Verifies Bearer tokens.
    pub authenticator: Arc<Authenticator>,
    /// Verifies client credentials.
    pub clients: ClientAuthenticator,
    /// Organizations in memory, for their limits.
    pub client_cache: Arc<ClientCache>,
    /// Rate limits.
    pub limits: Arc<RateLimits>,
    /// Scope policy.
    pub policy: Arc<dyn Policy>,
    /// Keys, for the JWKS.
    pub ring: Arc<dyn KeyRing>,
    /// Clock and the rest.
    pub ports: Ports,
    /// Whether the end of the server is announced.
    pub drain: Arc<Drain>,
    /// Probes of dependencies.
    pub health: Arc<dyn HealthProbe>,
    /// Counters of requests and the exposition of all metrics.
    pub metrics: Arc<dyn HttpMetrics>,
    /// Settings of this crate.
    pub settings: HttpSettings,
}

/// Settings of the HTTP edge.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Public URL, base of everything that is published.
    pub issuer: Issuer,
    /// How URLs of partners are read.
    pub partner_urls: PartnerUrls,
    /// How URLs of webhook receivers are read.
    pub webhook_targets: WebhookTargets,
    /// How the URLs are read to which buyers return.
    pub redirects: RedirectRules,
    /// Whether agents can delegate to one another.
    pub delegation: bool,
    /// Whether public agents are shown to everybody.
    pub marketplace: bool,
    /// Whether organizations can see their trends.
    pub analytics: bool,
    /// Whether organizations get their conformance report and card export.
    pub compliance: bool,
    /// Allowed browser origins; empty means any.
    pub cors_origins: Vec<String>,
    /// Peers whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Redirect requests that did not arrive over HTTPS.
    pub enforce_tls: bool,
    /// Whether the session cookie is for HTTPS only, as in production.
    pub secure_cookies: bool,
    /// Whether the database in use is the embedded one; pages name it.
    pub embedded_store: bool,
    /// Write one log line per request.
    pub access_log: bool,
    /// Product version, shown by the health endpoints.
    pub version: &'static str,
}

/// Result of one probe.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Key of the service, e.g. `postgres`.
    pub service: &'static str,
    /// Whether it answered.
    pub answered: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// Asks the dependencies how they are.
#[async_trait]
pub trait HealthProbe: Send + Sync {
    /// Probes every configured dependency in parallel, each for at most
    /// `timeout`. `postgres` (the database in use) is always among them.
    async fn probe(&self, timeout: Duration) -> Vec<Probe>;

    /// Time since the process started.
    fn uptime(&self) -> Duration;
}

/// Receives what the HTTP edge counts and shows everything that is counted.
pub trait HttpMetrics: Send + Sync {
    /// A request was answered. `route` is a pattern, never a concrete path.
    fn request(&self, method: &str, route: &str, status: u16, elapsed: Duration);

    /// A request was refused by a rate limit.
    fn rate_limited(&self, route: &str);

    /// All metrics in the Prometheus text exposition format 0.0.4.
    ///
    /// # Errors
    ///
    /// What went wrong while collecting.
    fn render(&self) -> Result<String, String>;
}
