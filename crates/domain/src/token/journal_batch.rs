//! One batch of the issuance journal.
//!
//! The audit heads of all organizations concerned are locked first. Every
//! change that can take a client's right to tokens away appends an event to
//! the same log and so waits for, or is seen by, this transaction: no token
//! becomes durable after the change that forbids it.

use std::collections::{HashMap, HashSet};

use tokio::sync::oneshot;

use crate::audit::{NewAuditEvent, append_locked};
use crate::change::Change;
use crate::credential::Selector;
use crate::error::StoreError;
use crate::id::{CredentialId, OrganizationId, TokenId, TrustPolicyId};
use crate::organization::OrganizationStatus;
use crate::outbox::{self, PlatformEvent};
use crate::ports::Ports;
use crate::time::Month;
use crate::token::journal::{Issuance, IssueOutcome, JournalError, Proof, Revocation, SignIn};
use crate::token::{JournalStore, Quota};
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::usage;

/// Something that has to become durable.
#[derive(Clone)]
pub(super) enum Entry {
    Record(Box<NewAuditEvent>),
    Issue(Box<Issuance>),
    SignIn(Box<SignIn>),
    Revoke(Box<Revocation>),
}

impl Entry {
    fn organization(&self) -> OrganizationId {
        match self {
            Self::Record(event) => event.organization_id,
            Self::Issue(issuance) => issuance.organization_id,
            Self::SignIn(sign_in) => sign_in.event.organization_id,
            Self::Revoke(revocation) => revocation.event.organization_id,
        }
    }

    /// What gives the right to it, if it needs one.
    fn proof(&self) -> Option<&Proof> {
        match self {
            Self::Issue(issuance) => Some(&issuance.proof),
            Self::SignIn(sign_in) => Some(&sign_in.proof),
            Self::Record(_) | Self::Revoke(_) => None,
        }
    }
}

/// An entry and where its answer goes.
pub(super) struct Pending {
    pub(super) entry: Entry,
    pub(super) reply: oneshot::Sender<Result<Verdict, JournalError>>,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Recorded,
    Issue(IssueOutcome),
    SignIn(bool),
    Revoked(bool),
}

/// Commits a batch and answers. When a batch fails for another reason than an
/// absent store, each entry is tried alone, so that one bad entry does not
/// take hundreds of others along.
pub(super) async fn settle(ports: &Ports, enforce: bool, batch: Vec<Pending>) {
    let entries: Vec<Entry> = batch.iter().map(|pending| pending.entry.clone()).collect();
    match commit(ports, enforce, &entries).await {
        Ok(verdicts) => {
            for (pending, verdict) in batch.into_iter().zip(verdicts) {
                // A receiver that is gone belongs to a request that was given
                // up; its entry is durable all the same.
                let _ = pending.reply.send(Ok(verdict));
            }
        }
        Err(error) if batch.len() == 1 || error.is_unavailable() => {
            tracing::error!(%error, entries = batch.len(), "journal batch failed");
            for pending in batch {
                let _ = pending.reply.send(Err(JournalError::from(&error)));
            }
        }
        Err(error) => {
            tracing::warn!(%error, entries = batch.len(), "journal batch failed, splitting it");
            for pending in batch {
                Box::pin(settle(ports, enforce, vec![pending])).await;
            }
        }
    }
}

async fn commit(
    ports: &Ports,
    enforce: bool,
    entries: &[Entry],
) -> Result<Vec<Verdict>, StoreError> {
    let mut logs: Vec<OrganizationId> = entries.iter().map(Entry::organization).collect();
    logs.sort_unstable();
    logs.dedup();
    let mut work = ports.write(Scope::System).await?;
    let heads = work.audit().lock_heads(&logs).await?;
    let month = ports.now().month();
    let mut budget = Budget::load(work.as_mut(), enforce, month, entries).await?;
    let revoked = revoke(work.as_mut(), entries).await?;
    let mut outcome = Outcome::default();
    for entry in entries {
        outcome.take(entry, &mut budget, &revoked);
    }
    let records = append_locked(work.audit(), heads, outcome.events).await?;
    usage::record(work.as_mut(), &records).await?;
    outbox::emit(ports, work.as_mut(), outcome.told).await?;
    let counts = budget.counts();
    if !counts.is_empty() {
        work.journal().count_issued(month, &counts).await?;
    }
    ports.changes.commit(work, &outcome.changes).await?;
    Ok(outcome.verdicts)
}

async fn revoke(
    work: &mut dyn UnitOfWork,
    entries: &[Entry],
) -> Result<HashSet<TokenId>, StoreError> {
    let mut seen = HashSet::new();
    let rows: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Revoke(revocation) => Some(revocation.row),
            Entry::Record(_) | Entry::Issue(_) | Entry::SignIn(_) => None,
        })
        .filter(|row| seen.insert(row.token_id))
        .collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let added = work.journal().add_revocations(&rows).await?;
    Ok(added.into_iter().collect())
}

/// What a batch writes and answers.
#[derive(Default)]
struct Outcome {
    verdicts: Vec<Verdict>,
    events: Vec<NewAuditEvent>,
    told: Vec<PlatformEvent>,
    changes: Vec<Change>,
    announced: HashSet<TokenId>,
}

impl Outcome {
    fn take(&mut self, entry: &Entry, budget: &mut Budget, revoked: &HashSet<TokenId>) {
        let verdict = match entry {
            Entry::Record(event) => {
                self.events.push((**event).clone());
                Verdict::Recorded
            }
            Entry::Issue(issuance) => {
                let outcome = budget.decide(issuance);
                match outcome {
                    IssueOutcome::Issued => {
                        self.events.push(issuance.event.clone());
                        self.told.push(issuance.told.clone());
                    }
                    IssueOutcome::LimitReached { .. } => {
                        self.events.push(issuance.refusal.clone());
                    }
                    IssueOutcome::ClientChanged => {}
                }
                Verdict::Issue(outcome)
            }
            Entry::SignIn(sign_in) => {
                let organization = sign_in.event.organization_id;
                let admitted = budget.admits(organization, &sign_in.proof);
                if admitted {
                    self.events.push(sign_in.event.clone());
                }
                Verdict::SignIn(admitted)
            }
            Entry::Revoke(revocation) => {
                let token_id = revocation.row.token_id;
                let effective = revoked.contains(&token_id) && self.announced.insert(token_id);
                if effective {
                    self.events.push(revocation.event.clone());
                    self.told.push(revocation.told.clone());
                    self.changes.push(Change::TokenRevoked {
                        token_id,
                        expires_at: revocation.row.expires_at,
                    });
                }
                Verdict::Revoked(effective)
            }
        };
        self.verdicts.push(verdict);
    }
}

/// Present state of the clients of a batch and what their organizations may
/// still issue.
#[derive(Default)]
struct Budget {
    enforce: bool,
    usable: HashMap<CredentialId, Selector>,
    policies: HashSet<TrustPolicyId>,
    quotas: HashMap<OrganizationId, (Quota, i64)>,
}

impl Budget {
    async fn load(
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

    fn decide(&mut self, issuance: &Issuance) -> IssueOutcome {
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
    fn admits(&self, organization: OrganizationId, proof: &Proof) -> bool {
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
    fn counts(&self) -> Vec<(OrganizationId, i64)> {
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
