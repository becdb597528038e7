//! Use cases of an organization: its report and the cards of its agents.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{AuditVerifier, DateRange};
use crate::cache::Cache;
use crate::caller::Caller;
use crate::compliance::under_way::UnderWay;
use crate::compliance::{AuditResult, AuditResults, CardExport, ComplianceReport, sections};
use crate::did::Identities;
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::turns::Turns;
use crate::unit_of_work::{Mode, Scope, UnitOfWork};

/// How long a report is kept.
const TTL: Duration = Duration::from_secs(300);

/// Exports that read agents at the same time at most, per replica: each reads
/// all of an organization.
const EXPORTS: usize = 2;

/// A report as it is given to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenReport {
    /// The report.
    pub report: ComplianceReport,
    /// It was computed earlier.
    pub cached: bool,
}

/// Reports on organizations and exports their agents.
#[derive(Clone)]
pub struct ComplianceService {
    ports: Ports,
    identities: Identities,
    cache: Arc<dyn Cache>,
    results: Arc<AuditResults>,
    verifier: AuditVerifier,
    under_way: Arc<UnderWay<GivenReport>>,
    exports: Turns,
}

impl ComplianceService {
    /// The service over `ports`. Cards are named as `identities` names agents,
    /// reports are kept in `cache`, and `results` are those of the
    /// verification job.
    #[must_use]
    pub fn new(
        ports: Ports,
        identities: Identities,
        cache: Arc<dyn Cache>,
        results: Arc<AuditResults>,
    ) -> Self {
        Self {
            verifier: AuditVerifier::new(&ports),
            under_way: Arc::new(UnderWay::new()),
            exports: Turns::new(EXPORTS),
            ports,
            identities,
            cache,
            results,
        }
    }

    /// The report on the caller's organization, at most five minutes old.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn report(&self, caller: &Caller) -> Result<GivenReport, StoreError> {
        let organization = caller.organization_id;
        if let Some(known) = self.kept(organization).await {
            return Ok(known);
        }
        let place = self.under_way.join(organization);
        let given = place.get_or_try_init(|| self.fresh(organization)).await?;
        Ok(given.clone())
    }

    /// Cards of the caller's active agents with an identifier, by agent id.
    ///
    /// # Errors
    ///
    /// A failing store.
    pub async fn agent_cards(&self, caller: &Caller) -> Result<CardExport, StoreError> {
        let (ports, identities) = (self.ports.clone(), self.identities.clone());
        let turns = self.exports.clone();
        CardExport::begin(ports, identities, turns, caller.organization_id).await
    }

    /// The report as somebody else may have computed it meanwhile, else a new
    /// one.
    async fn fresh(&self, organization: OrganizationId) -> Result<GivenReport, StoreError> {
        if let Some(known) = self.kept(organization).await {
            return Ok(known);
        }
        let now = self.ports.now();
        let mut work = self.snapshot(organization).await?;
        let agent_identity = sections::identity(work.compliance(), organization, now).await?;
        work.commit().await?;
        let result = self.audit_result(organization, now).await;
        let report = ComplianceReport {
            organization_id: organization,
            generated_at: now,
            agent_identity,
            audit_trail: sections::audit(result),
        };
        // What could not be checked is tried again the next time.
        if result.is_some() {
            self.keep(&report).await;
        }
        Ok(GivenReport {
            report,
            cached: false,
        })
    }

    /// What the job found within the last hour, else what a walk finds; `None`
    /// when the log cannot be read.
    async fn audit_result(&self, log: OrganizationId, now: Timestamp) -> Option<AuditResult> {
        if let Some(known) = self.results.recent(log, now) {
            return Some(known);
        }
        let (scope, whole) = (Scope::Organization(log), DateRange::default());
        match self.verifier.verify_range(scope, log, whole).await {
            Ok(result) => Some(AuditResult::new(&result, 0)),
            Err(error) => {
                tracing::warn!(%error, organization_id = %log, "an audit log cannot be checked");
                None
            }
        }
    }

    async fn snapshot(
        &self,
        organization: OrganizationId,
    ) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let scope = Scope::Organization(organization);
        self.ports.store.begin(scope, Mode::Snapshot).await
    }

    async fn kept(&self, organization: OrganizationId) -> Option<GivenReport> {
        let text = self.cache.get(&cache_key(organization)).await?;
        // An entry of another version is as good as none.
        let report = serde_json::from_str(&text).ok()?;
        Some(GivenReport {
            report,
            cached: true,
        })
    }

    async fn keep(&self, report: &ComplianceReport) {
        if let Ok(text) = serde_json::to_string(report) {
            let key = cache_key(report.organization_id);
            self.cache.replace(&key, &text, TTL).await;
        }
    }
}

/// Key of the kept report.
fn cache_key(organization: OrganizationId) -> String {
    format!("compliance:report:{organization}")
}
