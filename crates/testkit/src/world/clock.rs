//! A clock that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use agentidp_domain::time::{Clock, SystemClock, Timestamp};

/// Starts at the present time and moves only when told to.
pub struct SteppingClock(AtomicI64);

impl SteppingClock {
    /// A clock that shows the present time.
    #[must_use]
    pub fn new() -> Self {
        Self(AtomicI64::new(SystemClock.now().unix_millis()))
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Default for SteppingClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SteppingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }
}
