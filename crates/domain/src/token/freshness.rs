//! Whether what this replica holds in memory may be trusted.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Age up to which a confirmed view is trusted. Measured on the monotonic
/// clock, so that a process that was stopped for a while does not trust it.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Knows up to when all changes of other replicas have certainly arrived.
pub struct Freshness {
    /// `None`: the only replica, always fresh.
    confirmed: Option<Mutex<Option<Instant>>>,
}

impl Freshness {
    /// For the only replica of an installation.
    #[must_use]
    pub fn single() -> Self {
        Self { confirmed: None }
    }

    /// For one of several replicas; not fresh until confirmed.
    #[must_use]
    pub fn shared() -> Self {
        Self {
            confirmed: Some(Mutex::new(None)),
        }
    }

    /// Everything up to `at` has arrived.
    pub fn confirm(&self, at: Instant) {
        if let Some(confirmed) = &self.confirmed {
            let mut confirmed = confirmed.lock().unwrap_or_else(PoisonError::into_inner);
            *confirmed = (*confirmed).max(Some(at));
        }
    }

    /// The channel broke; nothing is certain until the next confirmation.
    pub fn lose(&self) {
        if let Some(confirmed) = &self.confirmed {
            *confirmed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    /// Whether the memory of this replica may be trusted now.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.confirmed.as_ref().is_none_or(|confirmed| {
            confirmed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some_and(|at| at.elapsed() < TRUSTED_FOR)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn trust_ends_after_a_second_and_with_the_channel() {
        let freshness = Freshness::shared();
        assert!(!freshness.is_fresh());
        freshness.confirm(Instant::now());
        tokio::time::advance(Duration::from_millis(999)).await;
        assert!(freshness.is_fresh());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!freshness.is_fresh());
        freshness.confirm(Instant::now());
        freshness.lose();
        assert!(!freshness.is_fresh());
    }

    #[test]
    fn a_single_replica_is_always_fresh() {
        let freshness = Freshness::single();
        freshness.lose();
        assert!(freshness.is_fresh());
    }
}
