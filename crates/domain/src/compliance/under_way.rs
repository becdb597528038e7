//! Computations that are under way: who wants the same at the same time
//! shares one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::OnceCell;

use crate::id::OrganizationId;

/// Results to come, by organization.
pub(super) struct UnderWay<T>(Mutex<HashMap<OrganizationId, Weak<OnceCell<T>>>>);

impl<T> UnderWay<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The place of the result. Whoever has it computes, unless somebody else
    /// is at it; nobody joins a computation that is over.
    pub(super) fn join(&self, organization: OrganizationId) -> Arc<OnceCell<T>> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = places.get(&organization).and_then(Weak::upgrade);
        if let Some(place) = open.filter(|place| !place.initialized()) {
            return place;
        }
        places.retain(|_, place| place.strong_count() > 0);
        let place = Arc::new(OnceCell::new());
        places.insert(organization, Arc::downgrade(&place));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shared_until_it_is_filled() {
        let places = UnderWay::new();
        let first = places.join(OrganizationId::SYSTEM);
        assert!(Arc::ptr_eq(&first, &places.join(OrganizationId::SYSTEM)));
        first.set(1).unwrap();
        let second = places.join(OrganizationId::SYSTEM);
        assert!(!Arc::ptr_eq(&first, &second));
        drop(second);
        // Given up by everybody, it is not waited for.
        assert!(!places.join(OrganizationId::SYSTEM).initialized());
    }
}
