//! The end of a server, announced before it comes, so that load balancers stop
//! sending in time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Whether the end is announced, and whether somebody still sends.
#[derive(Debug)]
pub struct Drain {
    announced: AtomicBool,
    began: Instant,
    /// Milliseconds from `began` to the last request, at least 1; 0 before it.
    last: AtomicU64,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            announced: AtomicBool::new(false),
            began: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl Drain {
    /// From now on `/health` refuses, and every answer ends its connection.
    pub fn announce(&self) {
        self.announced.store(true, Ordering::Relaxed);
    }

    /// Whether the end is announced.
    #[must_use]
    pub fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Relaxed)
    }

    /// Notes a request that is no probe.
    pub(crate) fn note(&self) {
        self.last.store(self.age().max(1), Ordering::Relaxed);
    }

    /// Whether a request that was no probe came within this time.
    #[must_use]
    pub fn is_busy(&self, within: Duration) -> bool {
        let last = self.last.load(Ordering::Relaxed);
        let passed = Duration::from_millis(self.age().saturating_sub(last));
        last > 0 && passed < within
    }

    fn age(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
