//! Verification of the audit logs of all organizations.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agentidp_domain::audit::{AuditVerifier, Verification};
use agentidp_domain::compliance::{
    AuditResult, AuditResults, Control, ControlChecks, ControlStatus,
};
use agentidp_domain::error::StoreError;
use agentidp_domain::id::OrganizationId;
use agentidp_domain::ports::Ports;
use agentidp_domain::unit_of_work::{Scope, UnitOfWork};
use tokio::time::{Instant, MissedTickBehavior, interval};

const LOCK: &str = "audit-verification";

/// Organizations looked up at once.
const PAGE: i64 = 200;

/// Period of the full walk.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A lock is used this often, so that the database does not take its holder
/// for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Verifies each log from its last verified event on, and everything at the
/// first run and once a day.
pub(super) struct AuditVerification {
    ports: Ports,
    verifier: AuditVerifier,
    /// Takes the result of a run.
    checks: ControlChecks,
    /// Takes the results of single logs.
    results: Arc<AuditResults>,
    /// Other replicas may run the same job.
    shared: bool,
    memory: Mutex<Memory>,
}

/// What one run leaves to the next.
#[derive(Default)]
struct Memory {
    /// When the next full walk is due; `None` at the start.
    full_at: Option<Instant>,
    /// Logs found broken. A break may lie before the verified position, which
    /// never moves back, so these are walked from their beginning.
    broken: BTreeSet<OrganizationId>,
}

impl AuditVerification {
    pub(super) fn new(
        ports: Ports,
        checks: ControlChecks,
        results: Arc<AuditResults>,
        shared: bool,
    ) -> Self {
        Self {
            verifier: AuditVerifier::new(&ports).in_background(),
            ports,
            checks,
            results,
            shared,
            memory: Mutex::default(),
        }
    }

    /// One run; nothing happens while another replica is at it.
    pub(super) async fn run(self: Arc<Self>) -> Result<(), StoreError> {
        let control = Control::AuditLogIntegrity;
        self.checks.attempt(control, self.run_alone()).await
    }

    async fn run_alone(&self) -> Result<(), StoreError> {
        if !self.shared {
            return self.verify_all().await;
        }
        let mut lock = self.ports.write(Scope::System).await?;
        if !lock.locks().try_lock(LOCK).await? {
            tracing::debug!("another replica verifies the audit logs");
            return Ok(());
        }
        holding(lock, self.verify_all()).await
    }

    async fn verify_all(&self) -> Result<(), StoreError> {
        let started = Instant::now();
        let full = self.memory().full_at.is_none_or(|due| due <= started);
        let mut broken = BTreeSet::new();
        let (mut logs, mut events) = (0_u64, 0_i64);
        let mut after = None;
        loop {
            let page = self.logs_after(after).await?;
            let Some(last) = page.last().copied() else {
                break;
            };
            for log in page {
                let result = self.verify(log, full).await?;
                logs += 1;
                events = events.saturating_add(result.checked);
                if let Some((event, kind)) = result.broken {
                    report(log, event, kind);
                    broken.insert(log);
                }
            }
            after = Some(last);
        }
        let intact = broken.is_empty();
        self.remember(broken, full.then(|| started + DAY));
        self.ports.metrics.audit_verified(intact);
        let status = ControlStatus::passing_if(intact);
        self.checks
            .publish(Control::AuditLogIntegrity, status)
            .await;
        let took = started.elapsed();
        tracing::info!(full, logs, events, intact, ?took, "audit logs verified");
        Ok(())
    }

    async fn verify(&self, log: OrganizationId, full: bool) -> Result<Verification, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let head = work.audit().head(log).await?;
        work.commit().await?;
        let verified = head.map_or(0, |head| head.verified_sequence);
        let again = full || self.memory().broken.contains(&log);
        let from = if again { 0 } else { verified };
        let result = self.verifier.verify_from(log, from).await?;
        let noted = AuditResult::new(&result, from);
        self.results.note(log, noted, self.ports.now());
        if result.intact_until > verified {
            let mut work = self.ports.write(Scope::System).await?;
            work.audit().set_verified(log, result.intact_until).await?;
            work.commit().await?;
        }
        Ok(result)
    }

    async fn logs_after(
        &self,
        after: Option<OrganizationId>,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let page = work.organizations().ids_after(after, PAGE).await?;
        work.commit().await?;
        Ok(page)
    }

    fn remember(&self, broken: BTreeSet<OrganizationId>, full_at: Option<Instant>) {
        let mut memory = self.memory();
        memory.broken = broken;
        memory.full_at = full_at.or(memory.full_at);
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report(
    log: OrganizationId,
    event: agentidp_domain::id::EventId,
    kind: agentidp_domain::audit::Break,
) {
    tracing::error!(
        organization_id = %log,
        ?kind,
        "[AuditChainVerificationJob] Chain BROKEN at event {event}"
    );
}

/// Does `work` while the transaction `lock` keeps its locks.
async fn holding<T>(
    mut lock: Box<dyn UnitOfWork>,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut ticks = interval(KEEP_ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => {
                lock.commit().await?;
                return result;
            }
            _ = ticks.tick() => {
                lock.locks().try_lock(LOCK).await?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use agentidp_domain::compliance::ControlBoard;
    use agentidp_http::HttpMetrics;

    use super::*;
    use crate::compose::{Compliance, Installation, Purpose};
    use crate::config::Config;

    /// An installation with a log of two events, what its checks have found,
    /// and the job.
    async fn stage(folder: &std::path::Path) -> (Installation, Compliance, Arc<AuditVerification>) {
        let config = Config::for_tests(folder);
        let installation = Installation::open(&config, Purpose::Serve).await.unwrap();
        installation.bootstrap().create().await.unwrap();
        let compliance = Compliance::compose(&config, &installation);
        let job = AuditVerification::new(
            installation.ports.clone(),
            compliance.checks.clone(),
            Arc::clone(&compliance.audit_results),
            installation.shared,
        );
        (installation, compliance, Arc::new(job))
    }

    fn status(board: &ControlBoard) -> ControlStatus {
        board.get(Control::AuditLogIntegrity).status
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_run_moves_the_verified_position_and_sets_the_gauge() {
        let root = tempfile::tempdir().unwrap();
        let (installation, _, job) = stage(root.path()).await;
        let ports = installation.ports.clone();
        assert!(
            !installation
                .metrics
                .render()
                .unwrap()
                .contains("audit_chain_integrity")
        );
        Arc::clone(&job).run().await.unwrap();
        let metrics = installation.metrics.render().unwrap();
        assert!(
            metrics.contains("agentidp_audit_chain_integrity 1"),
            "{metrics}"
        );
        let mut work = ports.read(Scope::System).await.unwrap();
        let head = work
            .audit()
            .head(OrganizationId::SYSTEM)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(head.verified_sequence, 2);
        assert!(job.memory().full_at.is_some());
        job.run().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_run_sets_the_control_for_all_and_notes_each_log() {
        let root = tempfile::tempdir().unwrap();
        let (installation, compliance, job) = stage(root.path()).await;
        let (ports, log) = (&installation.ports, OrganizationId::SYSTEM);
        assert_eq!(status(&compliance.board), ControlStatus::Unknown);
        // The second run walks nothing and knows as much.
        for _ in 0..2 {
            Arc::clone(&job).run().await.unwrap();
            assert_eq!(status(&compliance.board), ControlStatus::Passing);
            let noted = compliance.audit_results.recent(log, ports.now());
            let wanted = AuditResult {
                checked: 2,
                broken_at: None,
            };
            assert_eq!(noted, Some(wanted));
        }
        // Another replica learns of it.
        let board = Arc::new(ControlBoard::new(ports.now()));
        let elsewhere = ControlChecks::new(ports.clone(), Arc::clone(&board));
        elsewhere.adopt().await.unwrap();
        let own = compliance.board.get(Control::AuditLogIntegrity);
        assert_eq!(board.get(Control::AuditLogIntegrity), own);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_aborted_run_makes_the_control_unknown() {
        let root = tempfile::tempdir().unwrap();
        let (installation, compliance, job) = stage(root.path()).await;
        Arc::clone(&job).run().await.unwrap();
        installation.database.close();
        job.run().await.unwrap_err();
        assert_eq!(status(&compliance.board), ControlStatus::Unknown);
    }
}
