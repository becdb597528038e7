//! Prometheus metrics: one registry, each family defined once.

mod families;
mod process;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, Once, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use agentidp_domain::agent::DeploymentEnv;
use agentidp_domain::billing::{EventOutcome, StripeEventType};
use agentidp_domain::id::{AgentId, OrganizationId};
use agentidp_domain::metrics::Metrics;
use agentidp_domain::scaffold::Language;
use agentidp_domain::scope::ScopeSet;
use agentidp_http::HttpMetrics;
use prometheus::{IntCounter, IntGauge, Registry, TextEncoder};

use families::Families;

/// Use of the database pool at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PoolUse {
    /// Connections in use.
    pub(crate) active: usize,
    /// Requests that wait for one.
    pub(crate) waiting: usize,
}

type PoolProbe = Box<dyn Fn() -> PoolUse + Send + Sync>;

/// Receives all measurements and shows them.
pub(crate) struct PrometheusMetrics {
    registry: Registry,
    families: Families,
    /// Exported from the first verification on: a restart must not look like
    /// a broken log.
    audit_integrity: IntGauge,
    audit_verified: Once,
    /// Agents that have a series of findings.
    expiring: Mutex<BTreeSet<AgentId>>,
    pool: RwLock<Option<PoolProbe>>,
}

impl PrometheusMetrics {
    /// All families, without measurements.
    ///
    /// # Errors
    ///
    /// Two families with one name; ruled out by the tests.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let families = Families::register(&registry)?;
        process::register(&registry)?;
        Ok(Self {
            registry,
            families,
            audit_integrity: families::audit_integrity()?,
            audit_verified: Once::new(),
            expiring: Mutex::default(),
            pool: RwLock::new(None),
        })
    }

    /// Asks `probe` for the use of the pool whenever metrics are read.
    pub(crate) fn watch_pool(&self, probe: impl Fn() -> PoolUse + Send + Sync + 'static) {
        *self.pool.write().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(probe));
    }

    /// Sets the number of active agents.
    pub(crate) fn active_agents(&self, count: i64) {
        self.families.identity.agents_active.set(count);
    }

    /// The series of an organization; it begins at zero.
    fn dead_letters(&self, organization: OrganizationId) -> IntCounter {
        self.families
            .webhook_dead_letters
            .with_label_values(&[organization.to_string()])
    }

    /// Ends the series of agents that are not concerned any more.
    fn end_series(&self, agents: &BTreeMap<AgentId, u64>) {
        let mut shown = self.expiring.lock().unwrap_or_else(PoisonError::into_inner);
        for agent in shown.iter().filter(|agent| !agents.contains_key(*agent)) {
            let labels = &[agent.to_string()];
            // A series that is not there has ended already.
            drop(self.families.credentials.found.remove_label_values(labels));
        }
        *shown = agents.keys().copied().collect();
    }

    fn read_pool(&self) {
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(probe) = pool.as_ref() {
            let now = probe();
            self.families.backend.pool_active.set(count(now.active));
            self.families.backend.pool_waiting.set(count(now.waiting));
        }
    }
}

fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Metrics for PrometheusMetrics {
    fn agent_registered(&self, environment: DeploymentEnv) {
        let labels = &[environment.as_str()];
        self.families
            .identity
            .agents_registered
            .with_label_values(labels)
            .inc();
    }

    fn agent_decommissioned(&self, environment: DeploymentEnv) {
        let labels = &[environment.as_str()];
        self.families
            .identity
            .agents_decommissioned
            .with_label_values(labels)
            .inc();
    }

    fn token_issued(&self, scopes: ScopeSet) {
        let labels = &[scopes.to_string()];
        self.families
            .identity
            .tokens_issued
            .with_label_values(labels)
            .inc();
    }

    fn token_introspected(&self, active: bool) {
        let labels = &[if active { "true" } else { "false" }];
        self.families
            .identity
            .tokens_introspected
            .with_label_values(labels)
            .inc();
    }

    fn token_revoked(&self) {
        self.families.identity.tokens_revoked.inc();
    }

    fn delegation_created(&self) {
        self.families.delegations.created.inc();
    }

    fn delegation_verified(&self) {
        self.families.delegations.verified.inc();
    }

    fn delegation_revoked(&self) {
        self.families.delegations.revoked.inc();
    }

    fn webhooks_watched(&self, organization: OrganizationId) {
        self.dead_letters(organization);
    }

    fn webhook_dead_letter(&self, organization: OrganizationId) {
        self.dead_letters(organization).inc();
    }

    fn stripe_event(&self, event_type: StripeEventType, outcome: EventOutcome) {
        let labels = &[event_type.as_str(), outcome.as_str()];
        self.families.stripe_events.with_label_values(labels).inc();
    }

    fn scaffold_generated(&self, language: Language, elapsed: Duration) {
        let labels = &[language.as_str()];
        let families = &self.families.scaffolds;
        families.generated.with_label_values(labels).inc();
        let histogram = families.duration_ms.with_label_values(labels);
        histogram.observe(elapsed.as_secs_f64() * 1000.0);
    }

    fn database_query(&self, elapsed: Duration) {
        self.families
            .backend
            .database_query
            .observe(elapsed.as_secs_f64());
    }

    fn redis_command(&self, command: &'static str, elapsed: Duration) {
        let histogram = self
            .families
            .backend
            .redis_command
            .with_label_values(&[command]);
        histogram.observe(elapsed.as_secs_f64());
    }

    fn policy_loaded(&self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.families
            .backend
            .policy_loaded
            .set(now.unwrap_or_default().as_secs_f64().floor());
    }

    fn policy_reload_failed(&self) {
        self.families.backend.policy_failures.inc();
    }

    fn audit_verified(&self, intact: bool) {
        self.audit_integrity.set(i64::from(intact));
        self.audit_verified.call_once(|| {
            if let Err(error) = self
                .registry
                .register(Box::new(self.audit_integrity.clone()))
            {
                tracing::error!(%error, "the gauge of the audit verification is not exported");
            }
        });
    }

    fn credentials_expiring(&self, agents: &BTreeMap<AgentId, u64>) {
        self.end_series(agents);
        let families = &self.families.credentials;
        for (agent, count) in agents {
            let series = families.found.with_label_values(&[agent.to_string()]);
            series.inc_by(*count);
        }
        let present = agents.values().copied().fold(0, u64::saturating_add);
        families
            .present
            .set(i64::try_from(present).unwrap_or(i64::MAX));
    }
}

impl HttpMetrics for PrometheusMetrics {
    fn request(&self, method: &str, route: &str, status: u16, elapsed: Duration) {
        let status = status.to_string();
        let labels = &[method, route, status.as_str()];
        self.families.http.requests.with_label_values(labels).inc();
        let histogram = self.families.http.duration.with_label_values(labels);
        histogram.observe(elapsed.as_secs_f64());
    }

    fn rate_limited(&self, route: &str) {
        self.families
            .http
            .rate_limit_hits
            .with_label_values(&[route])
            .inc();
    }

    fn render(&self) -> Result<String, String> {
        self.read_pool();
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|error| error.to_string())
    }
}
