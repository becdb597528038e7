//! Background work of the server.
//!
//! | Work | When |
//! |---|---|
//! | changes over the bus | always |
//! | change feed, for what the bus lost | every 200 ms |
//! | changed signing keys | on change |
//! | audit verification, check of credentials | configured, an hour by default |
//! | self-test of the encryption keys | hourly |
//! | count of dead letters | every 5 minutes, and after each new one |
//! | results of checks on other replicas | every minute |
//! | maintenance of signing keys, pruning of the feed | hourly |
//! | events of the outbox become webhook deliveries, due ones are sent | always |
//! | events are published to Kafka | configured, always |
//! | API calls are written | every 60 s |
//! | secrets that nobody needs any more are removed from Vault | every 5 s |
//! | clean-up of revocations, delegations, events, deliveries and usage | daily |
//! | gauges, series of organizations with webhooks | every 30 s |

mod audit;
mod cleanup;
mod controls;
mod feed;
mod schedule;
mod stream;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::change::ChangeSubscriber;
use agentidp_domain::error::StoreError;
use agentidp_domain::metrics::Metrics;
use agentidp_domain::ports::Ports;
use agentidp_domain::unit_of_work::Scope;
use agentidp_domain::vault::VaultSweeper;
use agentidp_domain::webhook::Relay;

use crate::compose::{App, Installation};
use crate::config::Config;
use crate::metrics::PrometheusMetrics;
use audit::AuditVerification;
use schedule::Timing;

pub(crate) use schedule::Jobs;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// Organizations looked up at once.
const PAGE: i64 = 1_000;

/// Starts everything.
pub(crate) fn start(config: &Config, installation: &Installation, app: &App) -> Jobs {
    let mut jobs = Jobs::new();
    let bus = installation.ports.changes.bus();
    let subscriber: Arc<dyn ChangeSubscriber> = app.replica.clone();
    jobs.keep(async move { bus.run(subscriber).await });
    jobs.keep(feed::follow(Arc::clone(&app.replica)));
    jobs.keep(Arc::clone(&app.key_reload).run(installation.keys.clone()));
    add_audit(&mut jobs, config, installation, app);
    add_checks(&mut jobs, config, installation, app);
    let keys = installation.keys.clone();
    jobs.add("signing keys", after(HOUR, HOUR), move || {
        let keys = keys.clone();
        async move { keys.maintain().await }
    });
    let ports = installation.ports.clone();
    jobs.add(
        "change feed",
        after(Duration::from_secs(40), HOUR),
        move || cleanup::prune(ports.clone(), cleanup::FEED),
    );
    add_retentions(&mut jobs, &installation.ports);
    jobs.keep(webhooks::relay(Relay::new(installation.ports.clone())));
    let worker = app.webhook_worker.clone();
    jobs.keep(async move { worker.run().await });
    if let Some(publisher) = app.event_publisher.clone() {
        jobs.keep(stream::publish(publisher));
    }
    if installation.vault.is_some() {
        add_vault_sweeper(&mut jobs, &installation.ports);
    }
    let meter = Arc::clone(&app.meter);
    jobs.add("usage metering", after(MINUTE, MINUTE), move || {
        let meter = Arc::clone(&meter);
        async move { meter.flush().await }
    });
    let (ports, metrics) = (
        installation.ports.clone(),
        Arc::clone(&installation.metrics),
    );
    jobs.add(
        "gauges",
        after(Duration::ZERO, Duration::from_secs(30)),
        move || read_gauges(ports.clone(), Arc::clone(&metrics)),
    );
    jobs
}

fn add_audit(jobs: &mut Jobs, config: &Config, installation: &Installation, app: &App) {
    let every = config.jobs.audit_interval;
    let first = Duration::from_secs(10).min(every);
    let job = AuditVerification::new(
        installation.ports.clone(),
        app.compliance.checks.clone(),
        Arc::clone(&app.compliance.audit_results),
        installation.shared,
    );
    let job = Arc::new(job);
    jobs.add("audit verification", after(first, every), move || {
        Arc::clone(&job).run()
    });
}

fn add_checks(jobs: &mut Jobs, config: &Config, installation: &Installation, app: &App) {
    let checks = &app.compliance.checks;
    let every = config.jobs.rotation_interval;
    let first = Duration::from_secs(10).min(every);
    let rotation = checks.clone();
    jobs.add("check of credentials", after(first, every), move || {
        let checks = rotation.clone();
        async move { checks.rotation().await }
    });
    let (encryption, cipher) = (checks.clone(), Arc::clone(&installation.encryption.cipher));
    jobs.add("encryption self-test", after(HOUR, HOUR), move || {
        let (checks, cipher) = (encryption.clone(), Arc::clone(&cipher));
        async move { checks.encryption(&cipher) }
    });
    let dead_letters = app.webhook_worker.dead_letters();
    jobs.keep(controls::watch_dead_letters(checks.clone(), dead_letters));
    if installation.shared {
        let (others, minute) = (checks.clone(), Duration::from_secs(60));
        let timing = after(Duration::from_secs(5), minute);
        jobs.add("checks of other replicas", timing, move || {
            let checks = others.clone();
            async move { checks.adopt().await }
        });
    }
}

fn add_vault_sweeper(jobs: &mut Jobs, ports: &Ports) {
    let sweeper = VaultSweeper::new(ports.clone());
    let every = Duration::from_secs(5);
    jobs.add("removals from Vault", after(every, every), move || {
        let sweeper = sweeper.clone();
        async move { sweeper.sweep().await.map(|_removed| ()) }
    });
}

fn add_retentions(jobs: &mut Jobs, ports: &Ports) {
    for retention in cleanup::RETENTIONS {
        let ports = ports.clone();
        let timing = after(Duration::from_secs(50), HOUR * 24);
        jobs.add(retention.name, timing, move || {
            cleanup::prune(ports.clone(), retention)
        });
    }
}

fn after(first: Duration, every: Duration) -> Timing {
    Timing { first, every }
}

async fn read_gauges(ports: Ports, metrics: Arc<PrometheusMetrics>) -> Result<(), StoreError> {
    let mut work = ports.read(Scope::System).await?;
    metrics.active_agents(work.agents().count_active().await?);
    // On every replica, also after a restart, dead letters count from zero.
    let mut after = None;
    loop {
        let page = work
            .subscriptions()
            .organizations_after(after, PAGE)
            .await?;
        let Some(last) = page.last() else {
            break;
        };
        after = Some(*last);
        for organization in page {
            metrics.webhooks_watched(organization);
        }
    }
    work.commit().await
}
