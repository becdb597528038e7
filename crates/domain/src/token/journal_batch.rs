//! One batch of the issuance journal.
//!
//! The audit heads of all organizations concerned are locked first. Every
//! change that can take a client's right to tokens away appends an event to
//! the same log and so waits for, or is seen by, this transaction: no token
//! becomes durable after the change that forbids it.

use std::collections::HashSet;

use tokio::sync::oneshot;

use crate::audit::{NewAuditEvent, link};
use crate::change::Change;
use crate::error::StoreError;
use crate::id::{OrganizationId, TokenId};
use crate::outbox::{self, EventType, PlatformEvent, Wanted};
use crate::ports::Ports;
use crate::token::journal::{Issuance, IssueOutcome, JournalError, Proof, Revocation, SignIn};
use crate::token::journal_budget::Budget;
use crate::token::{AccessTokenClaims, BatchRows};
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::usage;

/// Something that has to become durable.
pub(super) enum Entry {
    Record(Box<NewAuditEvent>),
    Issue(Box<Issuance>),
    SignIn(Box<SignIn>),
    Revoke(Box<Revocation>),
}

impl Entry {
    pub(super) fn organization(&self) -> OrganizationId {
        match self {
            Self::Record(event) => event.organization_id,
            Self::Issue(issuance) => issuance.organization_id,
            Self::SignIn(sign_in) => sign_in.event.organization_id,
            Self::Revoke(revocation) => revocation.event.organization_id,
        }
    }

    /// What gives the right to it, if it needs one.
    pub(super) fn proof(&self) -> Option<&Proof> {
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
    let (entries, replies): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|pending| (pending.entry, pending.reply))
        .unzip();
    match commit(ports, enforce, &entries).await {
        Ok(verdicts) => {
            for (reply, verdict) in replies.into_iter().zip(verdicts) {
                // A receiver that is gone belongs to a request that was given
                // up; its entry is durable all the same.
                let _ = reply.send(Ok(verdict));
            }
        }
        Err(error) if entries.len() == 1 || error.is_unavailable() => {
            tracing::error!(%error, entries = entries.len(), "journal batch failed");
            for reply in replies {
                let _ = reply.send(Err(JournalError::from(&error)));
            }
        }
        Err(error) => {
            tracing::warn!(%error, entries = entries.len(), "journal batch failed, splitting it");
            for (entry, reply) in entries.into_iter().zip(replies) {
                Box::pin(settle(ports, enforce, vec![Pending { entry, reply }])).await;
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
    let mut heads = work.audit().lock_heads(&logs).await?;
    let month = ports.now().month();
    let mut budget = Budget::load(work.as_mut(), enforce, month, entries).await?;
    let revoked = revoke(work.as_mut(), entries).await?;
    let wanted = Wanted::load(ports, work.as_mut(), &logs).await?;
    let mut outcome = Outcome::new(ports, &wanted);
    for entry in entries {
        outcome.take(entry, &mut budget, &revoked);
    }
    let records = link(&mut heads, outcome.events)?;
    let rows = BatchRows {
        records: &records,
        heads: &heads,
        usage: &usage::deltas(&records),
        month,
        issued: &budget.counts(),
    };
    work.journal().write(rows).await?;
    outbox::write(ports, work.as_mut(), &outcome.told).await?;
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
struct Outcome<'a> {
    ports: &'a Ports,
    wanted: &'a Wanted,
    verdicts: Vec<Verdict>,
    events: Vec<NewAuditEvent>,
    told: Vec<PlatformEvent>,
    changes: Vec<Change>,
    announced: HashSet<TokenId>,
}

impl<'a> Outcome<'a> {
    fn new(ports: &'a Ports, wanted: &'a Wanted) -> Self {
        Self {
            ports,
            wanted,
            verdicts: Vec::new(),
            events: Vec::new(),
            told: Vec::new(),
            changes: Vec::new(),
            announced: HashSet::new(),
        }
    }

    fn tell(&mut self, event_type: EventType, log: OrganizationId, claims: &AccessTokenClaims) {
        if self.wanted.has(log, event_type) {
            let event = PlatformEvent::of_token(self.ports, event_type, log, claims);
            self.told.push(event);
        }
    }

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
                        let log = issuance.organization_id;
                        self.tell(EventType::TokenIssued, log, &issuance.claims);
                    }
                    IssueOutcome::LimitReached { .. } => {
                        self.events.push(issuance.refused());
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
                    let log = revocation.event.organization_id;
                    self.tell(EventType::TokenRevoked, log, &revocation.claims);
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
