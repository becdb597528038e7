//! Every metric family the server exports. This one list is what the running
//! server, the alert rules, the dashboard and the guide are compared with.

use std::collections::{BTreeMap, BTreeSet};

use super::exposition::Shape;

/// What a family measures with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that only grows.
    Counter,
    /// A number of the moment.
    Gauge,
    /// Counts by size; the upper bounds as exported, without `+Inf`.
    Histogram(&'static [&'static str]),
}

impl Kind {
    /// The word in `# TYPE`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// A family and the labels of each of its series.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
}

impl Family {
    /// How the family looks in the exposition.
    pub fn shape(&self) -> Shape {
        let bounds: &[&str] = match self.kind {
            Kind::Histogram(bounds) => bounds,
            Kind::Counter | Kind::Gauge => &[],
        };
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Shape {
            kind: self.kind.word().to_owned(),
            labels: BTreeSet::from([texts(self.labels)]),
            bounds: texts(bounds),
        }
    }

    /// Names of its samples, as queries select them, with their labels.
    pub fn samples(&self) -> Vec<(String, BTreeSet<&'static str>)> {
        let labels: BTreeSet<_> = self.labels.iter().copied().collect();
        let named = |suffix: &str, labels| (format!("{}{suffix}", self.name), labels);
        if self.kind.word() != "histogram" {
            return vec![named("", labels)];
        }
        let mut of_buckets = labels.clone();
        of_buckets.insert("le");
        vec![
            named("_bucket", of_buckets),
            named("_sum", labels.clone()),
            named("_count", labels),
        ]
    }
}

/// All families by name.
pub fn shapes() -> BTreeMap<String, Shape> {
    let shapes = CATALOGUE
        .iter()
        .map(|one| (one.name.to_owned(), one.shape()));
    shapes.collect()
}

const HTTP: Kind = Kind::Histogram(&[
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5",
]);
const DATABASE: Kind = Kind::Histogram(&[
    "0.001", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1",
]);
const REDIS: Kind = Kind::Histogram(&[
    "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
]);
const SCAFFOLD: Kind = Kind::Histogram(&["10", "25", "50", "100", "250", "500", "1000", "2500"]);

const fn family(name: &'static str, kind: Kind, labels: &'static [&'static str]) -> Family {
    Family { name, kind, labels }
}

const fn counter(name: &'static str, labels: &'static [&'static str]) -> Family {
    family(name, Kind::Counter, labels)
}

const fn gauge(name: &'static str) -> Family {
    family(name, Kind::Gauge, &[])
}

/// The families, in the order of the guide.
pub const CATALOGUE: &[Family] = &[
    counter(
        "agentidp_http_requests_total",
        &["method", "route", "status_code"],
    ),
    family(
        "agentidp_http_request_duration_seconds",
        HTTP,
        &["method", "route", "status_code"],
    ),
    counter("agentidp_rate_limit_hits_total", &["route"]),
    counter("agentidp_tokens_issued_total", &["scope"]),
    counter("agentidp_tokens_introspected_total", &["active"]),
    counter("agentidp_tokens_revoked_total", &[]),
    counter("agentidp_agents_registered_total", &["deployment_env"]),
    counter("agentidp_agents_decommissioned_total", &["deployment_env"]),
    gauge("agentidp_agents_active"),
    counter("agentidp_delegations_created_total", &[]),
    counter("agentidp_delegations_verified_total", &[]),
    counter("agentidp_delegations_revoked_total", &[]),
    counter("agentidp_webhook_dead_letters_total", &["organization_id"]),
    counter("agentidp_credentials_expiring_soon_total", &["agent_id"]),
    gauge("agentidp_credentials_expiring_soon"),
    gauge("agentidp_audit_chain_integrity"),
    counter("agentidp_scaffold_generated_total", &["language"]),
    family(
        "agentidp_scaffold_generation_duration_ms",
        SCAFFOLD,
        &["language"],
    ),
    counter("agentidp_stripe_webhook_events_total", &["type", "outcome"]),
    family(
        "agentidp_db_query_duration_seconds",
        DATABASE,
        &["operation"],
    ),
    gauge("agentidp_db_pool_active_connections"),
    gauge("agentidp_db_pool_waiting_requests"),
    family(
        "agentidp_redis_command_duration_seconds",
        REDIS,
        &["command"],
    ),
    gauge("agentidp_policy_loaded_timestamp_seconds"),
    counter("agentidp_policy_reload_failures_total", &[]),
    counter("process_cpu_seconds_total", &[]),
    counter("process_cpu_user_seconds_total", &[]),
    counter("process_cpu_system_seconds_total", &[]),
    gauge("process_resident_memory_bytes"),
    gauge("process_virtual_memory_bytes"),
    gauge("process_open_fds"),
    gauge("process_max_fds"),
    gauge("process_threads"),
    gauge("process_start_time_seconds"),
];

#[test]
fn histograms_are_queried_by_their_suffixes() {
    let names = |name: &str| -> Vec<String> {
        let family = CATALOGUE.iter().find(|family| family.name == name);
        let samples = family.unwrap().samples();
        samples.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(
        names("agentidp_db_query_duration_seconds"),
        [
            "agentidp_db_query_duration_seconds_bucket",
            "agentidp_db_query_duration_seconds_sum",
            "agentidp_db_query_duration_seconds_count",
        ]
    );
    assert_eq!(names("agentidp_agents_active"), ["agentidp_agents_active"]);
}
