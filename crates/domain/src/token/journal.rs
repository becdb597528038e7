//! The issuance journal: group commit of token events.
//!
//! Requests hand in what has to become durable and wait. One task collects
//! whatever waits at the same time and commits it in one transaction, so that
//! hundreds of tokens cost one write to disk, quotas are exact, and no token
//! leaves without its audit event.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::audit::{Action, Metadata, NewAuditEvent};
use crate::credential::Selector;
use crate::error::StoreError;
use crate::id::{CredentialId, OrganizationId, TrustPolicyId};
use crate::organization::PlanTier;
use crate::ports::Ports;
use crate::token::journal_batch::{self, Entry, Pending, Verdict};
use crate::token::journal_pace::Pace;
use crate::token::{AccessTokenClaims, RevocationRow};

/// Sizes of the journal.
#[derive(Clone, Copy, Debug)]
pub struct JournalSettings {
    /// Entries in one transaction at most.
    pub batch: usize,
    /// Entries that may wait; more are refused.
    pub queue: usize,
    /// How long a small batch waits for more while many requests come, from the
    /// beginning of the one before; up to four times as long where batches take
    /// long.
    pub pace: Duration,
    /// Whether monthly limits refuse tokens; they are counted in any case.
    pub enforce_plans: bool,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            batch: 512,
            queue: 8_192,
            pace: Duration::from_millis(5),
            enforce_plans: true,
        }
    }
}

/// What gives the right to a token.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A client secret.
    Secret {
        /// The credential.
        credential_id: CredentialId,
        /// Selector of the secret: another one after a rotation.
        selector: Selector,
    },
    /// A trust policy that admits a workload to an agent.
    TrustPolicy(TrustPolicyId),
    /// A bootstrap policy. Its tokens are not counted against the monthly
    /// limit.
    BootstrapPolicy(TrustPolicyId),
}

/// A token that is signed and waits for its durability.
#[derive(Clone, Debug)]
pub struct Issuance {
    /// The organization that pays for it.
    pub organization_id: OrganizationId,
    /// What gave the right to it; looked at again when the token becomes
    /// durable.
    pub proof: Proof,
    /// `token.issued`.
    pub event: NewAuditEvent,
    /// What those outside are told of it.
    pub claims: AccessTokenClaims,
    /// Metadata of `auth.failed`, written instead when the monthly limit is
    /// reached.
    pub refusal: Metadata,
}

impl Issuance {
    /// `auth.failed`: nothing was issued.
    pub(super) fn refused(&self) -> NewAuditEvent {
        NewAuditEvent {
            action: Action::AuthFailed,
            ..self.event.clone()
        }
        .failed()
        .with(self.refusal.clone())
    }
}

/// What became of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueOutcome {
    /// Durable; it may be handed out.
    Issued,
    /// The monthly limit of the organization is reached; the refusal is
    /// durable.
    LimitReached {
        /// Plan of the organization.
        tier: PlanTier,
        /// Effective limit.
        limit: u32,
        /// Tokens issued this month.
        current: i64,
    },
    /// Agent, credential, policy or organization changed since they were looked up;
    /// nothing was written. Look again.
    ClientChanged,
}

/// A session of a browser that waits for its durability. It is no token: it
/// counts for no limit, and nobody outside is told.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// What gave the right to it; looked at again when it becomes durable.
    pub proof: Proof,
    /// `token.issued`, in the log of the client's organization.
    pub event: NewAuditEvent,
}

/// A token to revoke.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// The token.
    pub row: RevocationRow,
    /// `token.revoked`, written only when the token was not revoked before.
    pub event: NewAuditEvent,
    /// What those outside are told of it.
    pub claims: AccessTokenClaims,
}

/// Why an entry did not become durable.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// Too many entries are waiting.
    #[error("the journal is full")]
    Full,
    /// The server is shutting down.
    #[error("the journal is closed")]
    Closed,
    /// The transaction failed.
    #[error("{cause}")]
    Store {
        /// Whether trying again later may help.
        unavailable: bool,
        /// What happened.
        cause: String,
    },
}

impl From<&StoreError> for JournalError {
    fn from(error: &StoreError) -> Self {
        Self::Store {
            unavailable: error.is_unavailable(),
            cause: error.to_string(),
        }
    }
}

/// The end at which requests hand in their entries; cheap to clone.
#[derive(Clone)]
pub struct Journal {
    queue: mpsc::Sender<Pending>,
}

/// The running task behind a [`Journal`]. Dropping it leaves the task running
/// until the last [`Journal`] is gone.
pub struct JournalTask {
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl JournalTask {
    /// Refuses new entries, commits the waiting ones and ends.
    pub async fn finish(self) {
        self.closing.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the issuance journal ended abnormally");
        }
    }
}

impl Journal {
    /// Starts the task on the present tokio runtime.
    #[must_use]
    pub fn start(ports: Ports, settings: JournalSettings) -> (Self, JournalTask) {
        let (queue, entries) = mpsc::channel(settings.queue);
        let (closing, closed) = watch::channel(false);
        let task = tokio::spawn(run(ports, settings, entries, closed));
        (Self { queue }, JournalTask { closing, task })
    }

    /// Makes an issued token durable.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the token must not be handed out then.
    pub async fn issue(&self, issuance: Issuance) -> Result<IssueOutcome, JournalError> {
        match self.submit(Entry::Issue(Box::new(issuance))).await? {
            Verdict::Issue(outcome) => Ok(outcome),
            Verdict::Recorded | Verdict::SignIn(_) | Verdict::Revoked(_) => {
                Err(JournalError::Closed)
            }
        }
    }

    /// Makes a sign-in durable; `false` when agent, credential or organization
    /// changed since they were looked up and nothing was written.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; nobody is signed in then.
    pub async fn sign_in(&self, sign_in: SignIn) -> Result<bool, JournalError> {
        match self.submit(Entry::SignIn(Box::new(sign_in))).await? {
            Verdict::SignIn(admitted) => Ok(admitted),
            Verdict::Recorded | Verdict::Issue(_) | Verdict::Revoked(_) => {
                Err(JournalError::Closed)
            }
        }
    }

    /// Makes an event durable.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub async fn record(&self, event: NewAuditEvent) -> Result<(), JournalError> {
        self.submit(Entry::Record(Box::new(event)))
            .await
            .map(|_| ())
    }

    /// Makes a revocation durable and announces it; `false` when the token
    /// was revoked before.
    ///
    /// # Errors
    ///
    /// [`JournalError`].
    pub async fn revoke(&self, revocation: Revocation) -> Result<bool, JournalError> {
        match self.submit(Entry::Revoke(Box::new(revocation))).await? {
            Verdict::Revoked(effective) => Ok(effective),
            Verdict::Recorded | Verdict::Issue(_) | Verdict::SignIn(_) => Err(JournalError::Closed),
        }
    }

    async fn submit(&self, entry: Entry) -> Result<Verdict, JournalError> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Pending { entry, reply })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => JournalError::Full,
                mpsc::error::TrySendError::Closed(_) => JournalError::Closed,
            })?;
        answer.await.map_err(|_| JournalError::Closed)?
    }
}

/// Collects and commits until the queue is closed and empty. While one batch
/// is being committed the next one gathers by itself, and a little longer where
/// that pays.
async fn run(
    ports: Ports,
    settings: JournalSettings,
    mut entries: mpsc::Receiver<Pending>,
    mut closed: watch::Receiver<bool>,
) {
    let mut batch = Vec::with_capacity(settings.batch);
    let mut pace = Pace::new(settings.pace);
    loop {
        let received = tokio::select! {
            count = entries.recv_many(&mut batch, settings.batch) => count,
            // Without a task handle the journal ends with its last user.
            Ok(_) = closed.wait_for(|closed| *closed), if !entries.is_closed() => {
                entries.close();
                continue;
            }
        };
        if received == 0 {
            return;
        }
        pace.gather(&mut entries, &mut batch, settings.batch).await;
        let (started, size) = (Instant::now(), batch.len());
        journal_batch::settle(&ports, settings.enforce_plans, std::mem::take(&mut batch)).await;
        pace.note(started, size);
    }
}
