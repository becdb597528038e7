//! Keeps requests away from a Redis that is not there.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long nobody tries after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Lets one caller per second try while Redis is away, the others none.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// When the next try is due; `None` while all is well.
    next_try: Mutex<Option<Instant>>,
    away: &'static str,
    back: &'static str,
}

impl Breaker {
    /// For the log: what it means that Redis is `away`, and that it is `back`.
    pub(crate) const fn new(away: &'static str, back: &'static str) -> Self {
        Self {
            next_try: Mutex::new(None),
            away,
            back,
        }
    }

    /// Whether the caller may try. It then has to report how that went.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        let mut next_try = self.state();
        match *next_try {
            None => true,
            Some(due) if now < due => false,
            Some(_) => {
                *next_try = Some(now + PAUSE);
                true
            }
        }
    }

    pub(crate) fn succeeded(&self) {
        if self.state().take().is_some() {
            tracing::info!("Redis answers again; {}", self.back);
        }
    }

    pub(crate) fn failed(&self, now: Instant, error: &impl Display) {
        if self.state().replace(now + PAUSE).is_none() {
            tracing::warn!(%error, "Redis is away; {}", self.away);
        }
    }

    fn state(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next_try.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_passes_until_a_failure() {
        let breaker = Breaker::new("away", "back");
        let now = Instant::now();
        assert!(breaker.admits(now));
        assert!(breaker.admits(now));
        breaker.succeeded();
        assert!(breaker.admits(now));
    }

    #[test]
    fn after_a_failure_one_caller_tries_per_pause() {
        let breaker = Breaker::new("away", "back");
        let start = Instant::now();
        breaker.failed(start, &"gone");
        assert!(!breaker.admits(start));
        assert!(!breaker.admits(start + PAUSE - Duration::from_millis(1)));
        assert!(breaker.admits(start + PAUSE));
        assert!(!breaker.admits(start + PAUSE));
        assert!(breaker.admits(start + PAUSE * 2));
        breaker.failed(start + PAUSE * 2, &"still gone");
        assert!(!breaker.admits(start + PAUSE * 2));
    }

    #[test]
    fn a_success_lets_everybody_pass_again() {
        let breaker = Breaker::new("away", "back");
        let start = Instant::now();
        breaker.failed(start, &"gone");
        assert!(breaker.admits(start + PAUSE));
        breaker.succeeded();
        assert!(breaker.admits(start + PAUSE));
        assert!(breaker.admits(start + PAUSE));
    }
}
