//! Names, labels and buckets.

use agentidp_domain::agent::DeploymentEnv;
use agentidp_domain::billing::{EventOutcome, StripeEventType};
use agentidp_domain::scaffold::Language;
use prometheus::core::Collector;
use prometheus::{
    Error, Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    Opts, Registry,
};

const HTTP_BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
const DATABASE_BUCKETS: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0];
const REDIS_BUCKETS: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];

/// In milliseconds.
const SCAFFOLD_BUCKETS: [f64; 8] = [10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0];

/// The families that are exported from the start.
pub(super) struct Families {
    pub(super) http: Http,
    pub(super) identity: Identity,
    pub(super) delegations: Delegations,
    pub(super) webhook_dead_letters: IntCounterVec,
    pub(super) stripe_events: IntCounterVec,
    pub(super) credentials: Credentials,
    pub(super) scaffolds: Scaffolds,
    pub(super) backend: Backend,
}

/// The HTTP edge.
pub(super) struct Http {
    pub(super) requests: IntCounterVec,
    pub(super) duration: HistogramVec,
    pub(super) rate_limit_hits: IntCounterVec,
}

/// Agents and their tokens.
pub(super) struct Identity {
    pub(super) tokens_issued: IntCounterVec,
    pub(super) tokens_introspected: IntCounterVec,
    pub(super) tokens_revoked: IntCounter,
    pub(super) agents_registered: IntCounterVec,
    pub(super) agents_decommissioned: IntCounterVec,
    pub(super) agents_active: IntGauge,
}

/// Delegation between agents.
pub(super) struct Delegations {
    pub(super) created: IntCounter,
    pub(super) verified: IntCounter,
    pub(super) revoked: IntCounter,
}

/// Credentials that end soon.
pub(super) struct Credentials {
    pub(super) found: IntCounterVec,
    pub(super) present: IntGauge,
}

/// Starter projects.
pub(super) struct Scaffolds {
    pub(super) generated: IntCounterVec,
    pub(super) duration_ms: HistogramVec,
}

/// Database, Redis, policy.
pub(super) struct Backend {
    pub(super) database_query: Histogram,
    pub(super) redis_command: HistogramVec,
    pub(super) pool_active: IntGauge,
    pub(super) pool_waiting: IntGauge,
    pub(super) policy_loaded: Gauge,
    pub(super) policy_failures: IntCounter,
}

impl Families {
    pub(super) fn register(registry: &Registry) -> Result<Self, Error> {
        let maker = Maker(registry);
        Ok(Self {
            http: Http::register(&maker)?,
            identity: Identity::register(&maker)?,
            delegations: Delegations::register(&maker)?,
            webhook_dead_letters: maker.counters(
                opts(
                    "webhook_dead_letters_total",
                    "Webhook deliveries that ran out of attempts.",
                ),
                &["organization_id"],
            )?,
            stripe_events: stripe_events(&maker)?,
            credentials: Credentials::register(&maker)?,
            scaffolds: Scaffolds::register(&maker)?,
            backend: Backend::register(&maker)?,
        })
    }
}

impl Http {
    fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let labels = ["method", "route", "status_code"];
        let duration = opts(
            "http_request_duration_seconds",
            "Duration of HTTP requests.",
        );
        let hits = opts("rate_limit_hits_total", "Requests refused by a rate limit.");
        Ok(Self {
            requests: make.counters(opts("http_requests_total", "HTTP requests."), &labels)?,
            duration: make.histograms(duration, &labels, &HTTP_BUCKETS)?,
            rate_limit_hits: make.counters(hits, &["route"])?,
        })
    }
}

impl Identity {
    fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let issued = opts(
            "tokens_issued_total",
            "Access tokens issued, by granted scopes.",
        );
        let introspected = opts("tokens_introspected_total", "Introspections answered.");
        let revoked = opts("tokens_revoked_total", "Access tokens revoked.");
        let registered = opts("agents_registered_total", "Agents registered.");
        let decommissioned = opts("agents_decommissioned_total", "Agents decommissioned.");
        let active = opts("agents_active", "Agents with status active.");
        let families = Self {
            tokens_issued: make.counters(issued, &["scope"])?,
            tokens_introspected: make.counters(introspected, &["active"])?,
            tokens_revoked: make.added(IntCounter::with_opts(revoked)?)?,
            agents_registered: make.counters(registered, &["deployment_env"])?,
            agents_decommissioned: make.counters(decommissioned, &["deployment_env"])?,
            agents_active: make.added(IntGauge::with_opts(active)?)?,
        };
        families.begin_at_zero();
        Ok(families)
    }

    /// Shows the series whose labels are known, so that a first event is an
    /// increase.
    fn begin_at_zero(&self) {
        for active in ["true", "false"] {
            self.tokens_introspected.with_label_values(&[active]);
        }
        for environment in DeploymentEnv::ALL {
            let labels = &[environment.as_str()];
            self.agents_registered.with_label_values(labels);
            self.agents_decommissioned.with_label_values(labels);
        }
    }
}

impl Delegations {
    fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let counter = |name, help| make.added(IntCounter::with_opts(opts(name, help))?);
        Ok(Self {
            created: counter("delegations_created_total", "Delegations created.")?,
            verified: counter("delegations_verified_total", "Delegations verified.")?,
            revoked: counter("delegations_revoked_total", "Delegations revoked.")?,
        })
    }
}

/// Verified events of Stripe; every series begins at zero.
fn stripe_events(make: &Maker<'_>) -> Result<IntCounterVec, Error> {
    let events = opts(
        "stripe_webhook_events_total",
        "Verified events of Stripe, by type and by what became of them.",
    );
    let family = make.counters(events, &["type", "outcome"])?;
    for event_type in StripeEventType::ALL {
        for outcome in EventOutcome::ALL {
            family.with_label_values(&[event_type.as_str(), outcome.as_str()]);
        }
    }
    Ok(family)
}

impl Credentials {
    fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let found = opts(
            "credentials_expiring_soon_total",
            "Findings of credentials that expire within 7 days, one per credential and scan.",
        );
        let present = opts(
            "credentials_expiring_soon",
            "Credentials that expire within 7 days, by the last scan.",
        );
        Ok(Self {
            found: make.counters(found, &["agent_id"])?,
            present: make.added(IntGauge::with_opts(present)?)?,
        })
    }
}

impl Scaffolds {
    fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let generated = opts("scaffold_generated_total", "Starter projects generated.");
        let duration = opts(
            "scaffold_generation_duration_ms",
            "Duration of the generation of starter projects, in milliseconds.",
        );
        let families = Self {
            generated: make.counters(generated, &["language"])?,
            duration_ms: make.histograms(duration, &["language"], &SCAFFOLD_BUCKETS)?,
        };
        for language in Language::ALL {
            let labels = &[language.as_str()];
            families.generated.with_label_values(labels);
            families.duration_ms.with_label_values(labels);
        }
        Ok(families)
    }
}

impl Backend {
    fn register(make: &Maker<'_>) -> Result<Self, Error> {
        let query = opts("db_query_duration_seconds", "Duration of database queries.");
        let redis = opts(
            "redis_command_duration_seconds",
            "Duration of Redis commands.",
        );
        let active = opts("db_pool_active_connections", "Connections in use.");
        let waiting = opts(
            "db_pool_waiting_requests",
            "Requests waiting for a connection.",
        );
        let loaded = opts(
            "policy_loaded_timestamp_seconds",
            "Unix time of the last successful policy load.",
        );
        let failures = opts(
            "policy_reload_failures_total",
            "Reloads refused because the policy is broken.",
        );
        Ok(Self {
            database_query: make
                .histograms(query, &["operation"], &DATABASE_BUCKETS)?
                .with_label_values(&["query"]),
            redis_command: make.histograms(redis, &["command"], &REDIS_BUCKETS)?,
            pool_active: make.added(IntGauge::with_opts(active)?)?,
            pool_waiting: make.added(IntGauge::with_opts(waiting)?)?,
            policy_loaded: make.added(Gauge::with_opts(loaded)?)?,
            policy_failures: make.added(IntCounter::with_opts(failures)?)?,
        })
    }
}

/// The gauge of the audit verification, not registered.
pub(super) fn audit_integrity() -> Result<IntGauge, Error> {
    IntGauge::with_opts(opts(
        "audit_chain_integrity",
        "1 when the last verification found every audit log intact, otherwise 0.",
    ))
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("agentidp")
}

/// Makes families that are registered.
struct Maker<'a>(&'a Registry);

impl Maker<'_> {
    fn added<C: Collector + Clone + 'static>(&self, family: C) -> Result<C, Error> {
        self.0.register(Box::new(family.clone()))?;
        Ok(family)
    }

    fn counters(&self, opts: Opts, labels: &[&str]) -> Result<IntCounterVec, Error> {
        self.added(IntCounterVec::new(opts, labels)?)
    }

    fn histograms(
        &self,
        opts: Opts,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, Error> {
        let histogram = HistogramOpts::from(opts).buckets(buckets.to_vec());
        self.added(HistogramVec::new(histogram, labels)?)
    }
}
