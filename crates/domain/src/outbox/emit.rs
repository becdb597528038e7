//! Writing events.

use std::collections::HashSet;

use crate::error::StoreError;
use crate::id::OrganizationId;
use crate::outbox::{EventType, PlatformEvent};
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
    let mut organizations: Vec<_> = events.iter().map(|event| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    let wanted = Wanted::load(ports, work, &organizations).await?;
    events.retain(|event| wanted.has(event.organization_id, event.event_type));
    write(ports, work, &events).await
}

/// Writes events that somebody wants, under the same conditions.
pub(crate) async fn write(
    ports: &Ports,
    work: &mut dyn UnitOfWork,
    events: &[PlatformEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    work.outbox().add(events).await?;
    if ports.streaming {
        work.stream().enqueue(events).await?;
    }
    Ok(())
}

/// Which events somebody wants.
pub(crate) enum Wanted {
    /// There is an event stream.
    All,
    /// Those of active subscriptions.
    Some(HashSet<(OrganizationId, EventType)>),
}

impl Wanted {
    /// What is wanted of these organizations.
    pub(crate) async fn load(
        ports: &Ports,
        work: &mut dyn UnitOfWork,
        organizations: &[OrganizationId],
    ) -> Result<Self, StoreError> {
        if ports.streaming {
            return Ok(Self::All);
        }
        let wanted = work.outbox().wanted(organizations).await?;
        Ok(Self::Some(wanted.into_iter().collect()))
    }

    /// Whether events of this type are, of this organization.
    pub(crate) fn has(&self, organization: OrganizationId, event_type: EventType) -> bool {
        match self {
            Self::All => true,
            Self::Some(wanted) => wanted.contains(&(organization, event_type)),
        }
    }
}
