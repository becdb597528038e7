//! How the sections of a report come about.

use std::time::Duration;

use crate::compliance::{
    AuditResult, AuditSummary, ComplianceStore, EndingCredential, ExpiryRange, Finding,
    IdentitySummary, MAX_FINDINGS, Section, Verdict,
};
use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::time::Timestamp;

/// How long before its end a credential is pointed out.
const NOTICE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// One more than is shown, which tells that there are more.
const LIMIT: i64 = 101;

impl ExpiryRange {
    /// What ends soon, seen from `now`.
    #[must_use]
    pub fn soon(now: Timestamp) -> Self {
        Self {
            after: Some(now),
            until: now.plus(NOTICE),
        }
    }

    /// What has ended at `now`.
    #[must_use]
    pub fn over(now: Timestamp) -> Self {
        Self {
            after: None,
            until: now,
        }
    }
}

/// The section `agent-identity`.
pub(super) async fn identity(
    store: &mut dyn ComplianceStore,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Section<IdentitySummary>, StoreError> {
    let (over, soon) = (ExpiryRange::over(now), ExpiryRange::soon(now));
    let agents = store.count_agents(organization).await?;
    let summary = IdentitySummary {
        total_agents: agents.total,
        agents_with_did: agents.total.saturating_sub(agents.without_did),
        agents_without_did: agents.without_did,
        credentials_expiring_soon: store.count_ending(organization, soon).await?,
        credentials_expired: store.count_ending(organization, over).await?,
    };
    let mut findings: Vec<Finding> = store
        .agents_without_did(organization, LIMIT)
        .await?
        .into_iter()
        .map(|agent_id| Finding {
            agent_id: Some(agent_id),
            ..finding(Verdict::Fail, "The active agent has no DID.")
        })
        .collect();
    let ended = store.ending(organization, over, LIMIT).await?;
    findings.extend(ended.iter().map(ended_finding));
    let ending = store.ending(organization, soon, LIMIT).await?;
    findings.extend(ending.iter().map(ending_finding));
    Ok(section(summary, findings))
}

/// The section `audit-trail`; without a result the log could not be checked.
pub(super) fn audit(result: Option<AuditResult>) -> Section<AuditSummary> {
    let broken_at = result.and_then(|result| result.broken_at);
    let summary = AuditSummary {
        verified: result.is_some() && broken_at.is_none(),
        checked_count: result.map_or(0, |result| result.checked),
        broken_at_event_id: broken_at,
    };
    let found = match (result, broken_at) {
        (None, _) => Some(finding(
            Verdict::Warn,
            "The audit log could not be checked.",
        )),
        (Some(_), Some(event)) => Some(Finding {
            event_id: Some(event),
            ..finding(Verdict::Fail, "The audit log is broken at this event.")
        }),
        (Some(_), None) => None,
    };
    section(summary, found.into_iter().collect())
}

fn section<S>(summary: S, mut findings: Vec<Finding>) -> Section<S> {
    let status = findings
        .iter()
        .map(|finding| finding.severity)
        .max()
        .unwrap_or(Verdict::Pass);
    let truncated = findings.len() > MAX_FINDINGS;
    findings.truncate(MAX_FINDINGS);
    Section {
        status,
        summary,
        findings,
        truncated,
    }
}

fn finding(severity: Verdict, message: impl Into<String>) -> Finding {
    Finding {
        agent_id: None,
        credential_id: None,
        event_id: None,
        severity,
        message: message.into(),
    }
}

fn ended_finding(credential: &EndingCredential) -> Finding {
    let message = format!(
        "The active credential expired at {}.",
        credential.expires_at
    );
    of_credential(credential, finding(Verdict::Fail, message))
}

fn ending_finding(credential: &EndingCredential) -> Finding {
    let message = format!("The credential expires at {}.", credential.expires_at);
    of_credential(credential, finding(Verdict::Warn, message))
}

fn of_credential(credential: &EndingCredential, finding: Finding) -> Finding {
    Finding {
        agent_id: Some(credential.agent_id),
        credential_id: Some(credential.credential_id),
        ..finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::EventId;

    #[test]
    fn a_log_is_intact_broken_or_not_checked() {
        let intact = audit(Some(AuditResult {
            checked: 7,
            broken_at: None,
        }));
        assert_eq!((intact.status, intact.findings.len()), (Verdict::Pass, 0));
        assert!(intact.summary.verified);
        let event = EventId::new(uuid::Uuid::nil());
        let broken = audit(Some(AuditResult {
            checked: 3,
            broken_at: Some(event),
        }));
        assert_eq!(broken.status, Verdict::Fail);
        assert_eq!(broken.findings[0].event_id, Some(event));
        assert_eq!(broken.summary.checked_count, 3);
        assert!(!broken.summary.verified);
        let unchecked = audit(None);
        assert_eq!(unchecked.status, Verdict::Warn);
        assert!(!unchecked.summary.verified);
        assert_eq!(unchecked.findings.len(), 1);
    }

    #[test]
    fn the_worst_finding_decides_also_when_it_is_cut_off() {
        let mut findings = vec![finding(Verdict::Warn, "x"); MAX_FINDINGS];
        let whole = section((), findings.clone());
        assert_eq!((whole.status, whole.truncated), (Verdict::Warn, false));
        findings.push(finding(Verdict::Fail, "y"));
        let cut = section((), findings);
        assert_eq!((cut.status, cut.truncated), (Verdict::Fail, true));
        assert_eq!(cut.findings.len(), MAX_FINDINGS);
    }
}
