//! Writing events.

use std::collections::HashSet;

use crate::error::StoreError;
use crate::outbox::PlatformEvent;
use crate::ports::Ports;
use crate::unit_of_work::UnitOfWork;

/// Writes events in the transaction of the change they tell of: with an event
/// stream all of them, else those that an active subscription wants.
///
/// To be called after the audit events of the change were appended: their log
/// is locked then, so that the stream has the events of an organization in the
/// order of its log.
pub(crate) async fn emit(
    ports: &Ports,
    work: &mut dyn UnitOfWork,
    mut events: Vec<PlatformEvent>,
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    if !ports.streaming {
        keep_wanted(work, &mut events).await?;
    }
    if events.is_empty() {
        return Ok(());
    }
    work.outbox().add(&events).await?;
    if ports.streaming {
        work.stream().enqueue(&events).await?;
    }
    Ok(())
}

async fn keep_wanted(
    work: &mut dyn UnitOfWork,
    events: &mut Vec<PlatformEvent>,
) -> Result<(), StoreError> {
    let mut organizations: Vec<_> = events.iter().map(|event| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    let wanted = work.outbox().wanted(&organizations).await?;
    let wanted: HashSet<_> = wanted.into_iter().collect();
    events.retain(|event| wanted.contains(&(event.organization_id, event.event_type)));
    Ok(())
}
