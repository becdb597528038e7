//! What the clients of a batch may still get.

use std::collections::{HashMap, HashSet};

use crate::credential::Selector;
use crate::error::StoreError;
use crate::id::{CredentialId, OrganizationId, TrustPolicyId};
use crate::organization::OrganizationStatus;
use crate::time::Month;
use crate::token::journal::{Issuance, IssueOutcome, Proof};
use crate::token::journal_batch::Entry;
use crate::token::{JournalStore, Quota};
use crate::unit_of_work::UnitOfWork;

/// Present state of the clients of a batch and what their organizations may
/// still issue.
#[derive(Default)]
pub(super) struct Budget {
    enforce: bool,
    usable: HashMap<CredentialId, Selector>,
    policies: HashSet<TrustPolicyId>,
    quotas: HashMap<OrganizationId, (Quota, i64)>,
}

impl Budget {
    pub(super) async fn load(
        work: &mut dyn UnitOfWork,
        enforce: bool,
        month: Month,
        entries: &[Entry],
    ) -> Result<Self, StoreError> {
        let mut credentials = Vec::new();
        let mut policies = Vec::new();
        let mut organizations = Vec::new();
        for entry in entries {
            if let Some(proof) = entry.proof() {
                match *proof {
                    Proof::Secret { credential_id, .. } => credentials.push(credential_id),
                    Proof::TrustPolicy(id) | Proof::BootstrapPolicy(id) => policies.push(id),
                }
                organizations.push(entry.organization());
            }
        }
        if organizations.is_empty() {
            return Ok(Self::default());
        }
        let journal: &mut dyn JournalStore = work.journal();
        let states = match distinct(&mut credentials) {
            [] => Vec::new(),
            some => journal.credential_states(some).await?,
        };
        let policies = match distinct(&mut policies) {
            [] => Vec::new(),
            some => journal.usable_policies(some).await?,
        };
        let quotas = journal.quotas(distinct(&mut organizations), month).await?;
        Ok(Self {
            enforce,
            usable: states
                .into_iter()
                .filter(|state| state.active)
                .map(|state| (state.credential_id, state.selector))
                .collect(),
            policies: policies.into_iter().collect(),
            quotas: quotas
                .into_iter()
                .map(|quota| (quota.organization.organization_id, (quota, 0)))
                .collect(),
        })
    }

    pub(super) fn decide(&mut self, issuance: &Issuance) -> IssueOutcome {
        if !self.admits(issuance.organization_id, &issuance.proof) {
            return IssueOutcome::ClientChanged;
        }
        let Some((quota, issued)) = self.quotas.get_mut(&issuance.organization_id) else {
            return IssueOutcome::ClientChanged;
        };
        if matches!(issuance.proof, Proof::BootstrapPolicy(_)) {
            return IssueOutcome::Issued;
        }
        let limits = quota.organization.effective_limits();
        let current = quota.issued + *issued;
        match limits.max_tokens_per_month.value() {
            Some(limit) if self.enforce && current >= i64::from(limit) => {
                IssueOutcome::LimitReached {
                    tier: quota.organization.plan_tier,
                    limit,
                    current,
                }
            }
            _ => {
                *issued += 1;
                IssueOutcome::Issued
            }
        }
    }

    /// Whether a client may still get something new.
    pub(super) fn admits(&self, organization: OrganizationId, proof: &Proof) -> bool {
        let is_active = self
            .quotas
            .get(&organization)
            .is_some_and(|(quota, _)| quota.organization.status == OrganizationStatus::Active);
        is_active && self.still_holds(proof)
    }

    fn still_holds(&self, proof: &Proof) -> bool {
        match proof {
            Proof::Secret {
                credential_id,
                selector,
            } => self.usable.get(credential_id) == Some(selector),
            Proof::TrustPolicy(id) | Proof::BootstrapPolicy(id) => self.policies.contains(id),
        }
    }

    /// Tokens of this batch per organization, in id order.
    pub(super) fn counts(&self) -> Vec<(OrganizationId, i64)> {
        let mut counts: Vec<_> = self
            .quotas
            .iter()
            .map(|(id, (_, issued))| (*id, *issued))
            .filter(|(_, issued)| *issued > 0)
            .collect();
        counts.sort_unstable();
        counts
    }
}

fn distinct<T: Ord>(ids: &mut Vec<T>) -> &[T] {
    ids.sort_unstable();
    ids.dedup();
    ids
}
