//! From the outbox to the event stream.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use crate::error::StoreError;
use crate::id::{OrganizationId, PlatformEventId};
use crate::outbox::{EventBatch, EventSink, FailedEvent, PlatformEvent, Published, SinkError};
use crate::ports::Ports;
use crate::unit_of_work::Scope;

/// Events of one batch at most.
const BATCH: i64 = 200;

/// Batches of one step at most, when the sink fails for some organizations and
/// their events fill whole batches.
const ROUNDS: usize = 4;

/// Organizations that are left out at most.
const HELD: usize = 2_000;

/// Name of the lease of whoever publishes.
const LEASE: &str = "event-stream";

/// How long the lease holds. Longer than a batch takes at worst.
const LEASE_TIME: Duration = Duration::from_secs(20);

/// Bound for a sink that does not keep its own.
const PATIENCE: Duration = Duration::from_secs(12);

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is nothing to publish.
    Idle,
    /// Another replica publishes.
    Elsewhere,
    /// A batch was worked off.
    Done {
        /// Whether more may wait.
        more: bool,
    },
}

/// Why a step failed; what is open is repeated by a later one.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The sink did not take everything.
    #[error("event stream: {0}")]
    Sink(#[from] SinkError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Publishes the queued events. Any number of replicas may do so: one at a
/// time has the lease, so that the order is kept.
#[derive(Clone)]
pub struct EventPublisher {
    ports: Ports,
    sink: Arc<dyn EventSink>,
    holder: String,
    /// Organizations whose events failed, until all others were tried.
    held: Arc<Mutex<BTreeSet<OrganizationId>>>,
}

impl EventPublisher {
    /// A publisher to `sink`.
    #[must_use]
    pub fn new(ports: Ports, sink: Arc<dyn EventSink>) -> Self {
        Self {
            holder: ports.random.uuid().to_string(),
            ports,
            sink,
            held: Arc::default(),
        }
    }

    /// Publishes the events that have waited longest; where the sink fails,
    /// also later ones of other organizations. A crash in between repeats
    /// them, with the same ids.
    ///
    /// # Errors
    ///
    /// A failing store or sink. What the sink has accepted is not repeated.
    pub async fn step(&self) -> Result<Step, PublishError> {
        if !self.is_waiting().await? {
            return Ok(Step::Idle);
        }
        let mut held = self.held();
        let mut failure: Option<SinkError> = None;
        let mut left = ROUNDS;
        loop {
            left = left.saturating_sub(1);
            let Some(batch) = self.claim(&held).await? else {
                return outcome(failure, Step::Elsewhere);
            };
            let mut published = self.publish(&batch.events).await;
            let whole = i64::try_from(batch.len()).is_ok_and(|count| count == BATCH);
            held.extend(open(&batch.events, &published));
            failure = failure.or(published.failure.take());
            // After the last of the others it is the turn of those held.
            let more = failure.is_none() && (whole || !held.is_empty());
            let goes_on = failure.is_some() && whole && left > 0;
            self.hold(if whole { held.clone() } else { BTreeSet::new() });
            self.settle(&batch.unreadable, &published, more || goes_on)
                .await?;
            if !goes_on {
                return outcome(failure, Step::Done { more });
            }
        }
    }

    fn held(&self) -> BTreeSet<OrganizationId> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// Leaves these out next; too many begin anew.
    fn hold(&self, mut organizations: BTreeSet<OrganizationId>) {
        if organizations.len() > HELD {
            organizations.clear();
        }
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = organizations;
    }

    async fn is_waiting(&self) -> Result<bool, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let is_waiting = work.stream().is_waiting().await?;
        work.commit().await?;
        Ok(is_waiting)
    }

    /// The next batch without the organizations that are `held`, unless
    /// another replica has the lease.
    async fn claim(
        &self,
        held: &BTreeSet<OrganizationId>,
    ) -> Result<Option<EventBatch>, StoreError> {
        let held: Vec<_> = held.iter().copied().collect();
        let mut work = self.ports.write(Scope::System).await?;
        let now = self.ports.now();
        let until = now.plus(LEASE_TIME);
        let is_ours = work.locks().lease(LEASE, &self.holder, now, until).await?;
        let batch = if is_ours {
            Some(work.stream().waiting(BATCH, &held).await?)
        } else {
            None
        };
        work.commit().await?;
        Ok(batch)
    }

    async fn publish(&self, events: &[PlatformEvent]) -> Published {
        if events.is_empty() {
            return Published::default();
        }
        let answer = timeout(PATIENCE, self.sink.publish(events)).await;
        answer.unwrap_or_else(|_| Published {
            failure: Some(SinkError("no answer in time".to_owned())),
            ..Published::default()
        })
    }

    /// Notes what happened; gives the lease back unless there is `more`.
    async fn settle(
        &self,
        unreadable: &[FailedEvent],
        published: &Published,
        more: bool,
    ) -> Result<(), StoreError> {
        let now = self.ports.now();
        let mut work = self.ports.write(Scope::System).await?;
        work.stream().remove(&published.accepted).await?;
        for failed in [unreadable, published.refused.as_slice()] {
            work.stream().give_up(failed, now).await?;
        }
        if !more {
            work.locks().release(LEASE, &self.holder, now).await?;
        }
        work.commit().await?;
        for failed in unreadable.iter().chain(&published.refused) {
            let (event_id, reason) = (failed.event_id, failed.reason.as_str());
            tracing::error!(%event_id, reason, "an event will not reach the event stream");
        }
        Ok(())
    }
}

fn outcome(failure: Option<SinkError>, step: Step) -> Result<Step, PublishError> {
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(step),
    }
}

/// The organizations with events that were neither accepted nor refused: what
/// comes later for them has to wait.
fn open(events: &[PlatformEvent], published: &Published) -> BTreeSet<OrganizationId> {
    let refused = published.refused.iter().map(|failed| failed.event_id);
    let accepted = published.accepted.iter().copied();
    let settled: HashSet<PlatformEventId> = accepted.chain(refused).collect();
    events
        .iter()
        .filter(|event| !settled.contains(&event.event_id))
        .map(|event| event.organization_id)
        .collect()
}
