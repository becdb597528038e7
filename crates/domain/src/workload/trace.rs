//! What the audit log tells of an exchange.

use crate::audit::Metadata;
use crate::foreign::ForeignClaims;
use crate::id::{AgentId, OrganizationId};
use crate::text::cut;
use crate::workload::{Admission, ExchangeError, ExchangeRequest, WorkloadIdentity};

/// What is known of an exchange so far, for the audit log.
pub(super) struct Trace {
    pub(super) metadata: Metadata,
    pub(super) log: Option<OrganizationId>,
    pub(super) agent: Option<AgentId>,
}

impl Trace {
    /// What a request itself says.
    pub(super) fn of(request: &ExchangeRequest) -> Self {
        Self {
            metadata: Metadata::new().text("provider", request.provider.as_str()),
            log: None,
            agent: request.agent_id,
        }
    }

    fn note(&mut self, name: &str, value: &str) {
        let metadata = std::mem::take(&mut self.metadata);
        self.metadata = metadata.text(name, cut(value, 255));
    }

    pub(super) fn note_claims(&mut self, claims: &ForeignClaims) {
        for (name, claim) in [("providerJti", "jti"), ("runId", "run_id")] {
            if let Some(value) = claims.id(claim) {
                self.note(name, &value);
            }
        }
    }

    pub(super) fn note_identity(&mut self, identity: &WorkloadIdentity) {
        self.note("repository", identity.repository.as_str());
        self.note("branch", identity.branch.as_str());
    }

    pub(super) fn note_admission(&mut self, admission: &Admission) {
        let policy = &admission.candidate.policy;
        self.log = Some(policy.organization_id);
        self.agent = policy.agent_id;
        self.note("policyId", &policy.policy_id.to_string());
        self.note("mode", admission.mode.as_str());
    }

    /// A refusal by policies of one organization enters the log of that one.
    pub(super) fn note_refusal(&mut self, refusal: &ExchangeError) {
        self.log = refusal.organization_id();
    }
}
