//! Removes rows nobody needs any more. One replica at a time.

use std::time::Duration;

use agentidp_domain::error::StoreError;
use agentidp_domain::ports::Ports;
use agentidp_domain::unit_of_work::Scope;

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

/// How long delegations are kept after their end.
const DELEGATION_RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Rows removed per transaction.
const BATCH: i64 = 1_000;

/// Removes delegations that ended long ago, in small transactions.
pub(super) async fn prune_delegations(ports: Ports) -> Result<(), StoreError> {
    let mut removed = 0_u64;
    loop {
        let mut work = ports.write(Scope::System).await?;
        if !work.locks().try_lock("prune-delegations").await? {
            return Ok(());
        }
        let before = ports.now().minus(DELEGATION_RETENTION);
        let batch = work.delegations().prune(before, BATCH).await?;
        work.commit().await?;
        removed = removed.saturating_add(batch);
        if i64::try_from(batch).is_ok_and(|batch| batch < BATCH) {
            break;
        }
    }
    tracing::info!(removed, "delegations that ended long ago removed");
    Ok(())
}
