//! Writing events.

use std::collections::HashSet;

use crate::error::StoreError;
use crate::outbox::PlatformEvent;
use crate::unit_of_work::UnitOfWork;

/// Writes the events that an active subscription wants, in the transaction of
/// the change they tell of.
pub(crate) async fn emit(
    work: &mut dyn UnitOfWork,
    mut events: Vec<PlatformEvent>,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut organizations: Vec<_> = events.iter().map(|event| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    let wanted = work.outbox().wanted(&organizations).await?;
    let wanted: HashSet<_> = wanted.into_iter().collect();
    events.retain(|event| wanted.contains(&(event.organization_id, event.event_type)));
    if events.is_empty() {
        return Ok(());
    }
    work.outbox().add(&events).await
}
