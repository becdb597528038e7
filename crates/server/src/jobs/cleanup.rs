//! Removes rows nobody needs any more. One replica at a time.

use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::ports::Ports;
use agentidp_domain::time::Timestamp;
use agentidp_domain::unit_of_work::{Scope, UnitOfWork};
use futures_util::future::BoxFuture;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Rows removed per transaction.
const BATCH: i64 = 1_000;

/// Removes changes every replica has long seen.
pub(super) async fn prune_feed(ports: Ports) -> Result<(), StoreError> {
    let mut work = ports.write(Scope::System).await?;
    if !work.locks().try_lock("prune-feed").await? {
        return Ok(());
    }
    let removed = work.changes().prune().await?;
    work.commit().await?;
    tracing::debug!(removed, "changes removed from the feed");
    Ok(())
}

/// Removes revocations of tokens that have expired.
pub(super) async fn prune_revocations(ports: Ports) -> Result<(), StoreError> {
    let mut work = ports.write(Scope::System).await?;
    if !work.locks().try_lock("clean-up").await? {
        return Ok(());
    }
    let now = ports.now().unix_seconds();
    let removed = work.tokens().prune_revocations(now).await?;
    work.commit().await?;
    tracing::info!(removed, "revocations of expired tokens removed");
    Ok(())
}

type Prune =
    for<'a> fn(&'a mut dyn UnitOfWork, Timestamp, i64) -> BoxFuture<'a, Result<u64, StoreError>>;

/// Rows that are kept for a while.
#[derive(Clone, Copy)]
pub(super) struct Retention {
    /// Name of the job and of its lock.
    pub(super) name: &'static str,
    /// How long the rows are kept.
    keep: Duration,
    /// Removes rows from before a time; returns how many.
    prune: Prune,
}

pub(super) const RETENTIONS: [Retention; 3] = [
    Retention {
        name: "prune-delegations",
        keep: DAY.saturating_mul(90),
        prune: |work, before, limit| work.delegations().prune(before, limit),
    },
    Retention {
        name: "prune-webhook-deliveries",
        keep: DAY.saturating_mul(90),
        prune: |work, before, limit| work.deliveries().prune(before, limit),
    },
    Retention {
        name: "prune-outbox",
        keep: DAY,
        prune: |work, before, limit| work.outbox().prune(before, limit),
    },
];

/// Removes what is older than its retention, in small transactions.
pub(super) async fn prune(ports: Ports, retention: Retention) -> Result<(), StoreError> {
    let mut removed = 0_u64;
    loop {
        let mut work = ports.write(Scope::System).await?;
        if !work.locks().try_lock(retention.name).await? {
            return Ok(());
        }
        let before = ports.now().minus(retention.keep);
        let batch = (retention.prune)(work.as_mut(), before, BATCH).await?;
        work.commit().await?;
        removed = removed.saturating_add(batch);
        if i64::try_from(batch).is_ok_and(|batch| batch < BATCH) {
            break;
        }
    }
    tracing::info!(job = retention.name, removed, "old rows removed");
    Ok(())
}
