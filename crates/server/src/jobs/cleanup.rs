//! Removes rows nobody needs any more. One replica at a time.

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
