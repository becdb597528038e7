//! When a batch of the issuance journal begins.
//!
//! A batch costs the same beside its entries, however many they are. Where many
//! ask, a small one waits for more, the longer the more it costs; a few requests
//! do not wait for company.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Entries of a batch from which on the next one waits for more.
const BUSY: usize = 4;

/// Entries for which a batch is worth what it costs beside them.
const WORTHWHILE: usize = 64;

/// Time without a new entry after which those who ask are taken to wait for the
/// batch themselves.
const QUIET: Duration = Duration::from_millis(2);

/// How many times as long as a batch took its distance to the next one is.
const DISTANCE: u32 = 3;

/// How many times as long as the shortest distance the longest one is.
const LONGEST: u32 = 4;

/// The distance to the batch before.
pub(super) struct Pace {
    shortest: Duration,
    /// Until when a small batch waits for more.
    until: Instant,
}

impl Pace {
    /// Waits `shortest` after a busy batch, up to four times as long after one
    /// that took long.
    pub(super) fn new(shortest: Duration) -> Self {
        Self {
            shortest,
            until: Instant::now(),
        }
    }

    /// Lets a batch grow until it is worthwhile, nobody comes any more, or its
    /// time has come; to `size` entries at most.
    pub(super) async fn gather<T>(
        &self,
        entries: &mut mpsc::Receiver<T>,
        batch: &mut Vec<T>,
        size: usize,
    ) {
        while batch.len() < size.min(WORTHWHILE) && Instant::now() < self.until {
            let room = size.saturating_sub(batch.len());
            let quiet = self.until.min(Instant::now() + QUIET);
            match timeout_at(quiet, entries.recv_many(batch, room)).await {
                Ok(received) if received > 0 => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Notes a batch of so many entries that was begun at `started` and has just
    /// ended.
    pub(super) fn note(&mut self, started: Instant, entries: usize) {
        self.until = started;
        if entries >= BUSY {
            let longest = self.shortest.saturating_mul(LONGEST);
            let wish = started.elapsed().saturating_mul(DISTANCE);
            self.until += wish.clamp(self.shortest, longest);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SHORTEST: Duration = Duration::from_millis(5);

    /// After a batch of `entries` that took so many milliseconds.
    async fn after(entries: usize, millis: u64) -> Pace {
        let mut pace = Pace::new(SHORTEST);
        let started = Instant::now();
        sleep(Duration::from_millis(millis)).await;
        pace.note(started, entries);
        pace
    }

    /// Entries and milliseconds of a batch, begun with one entry, to which one
    /// comes every millisecond, `coming` in all.
    async fn gathered(pace: &Pace, coming: u32, size: usize) -> (usize, u128) {
        let (queue, mut entries) = mpsc::channel(100);
        let sender = tokio::spawn(async move {
            for entry in 0..coming {
                sleep(Duration::from_millis(1)).await;
                queue.send(entry).await.unwrap();
            }
            // The queue stays open.
            queue
        });
        let (mut batch, begun) = (vec![0], Instant::now());
        pace.gather(&mut entries, &mut batch, size).await;
        let took = begun.elapsed().as_millis();
        sender.abort();
        (batch.len(), took)
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_requests_do_not_wait() {
        assert_eq!(gathered(&Pace::new(SHORTEST), 9, 512).await, (1, 0));
        assert_eq!(gathered(&after(3, 10).await, 9, 512).await, (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn where_many_come_the_distance_follows_from_the_batch_before() {
        // Took 1 ms, and 4 of 5 are left; 4 ms, 8 of 12; 10 ms, 10 of 20 at most.
        for (took, left) in [(1, 4), (4, 8), (10, 10)] {
            let (entries, waited) = gathered(&after(4, took).await, 90, 512).await;
            assert_eq!(waited, left, "after {took} ms");
            assert!(entries > 2, "{entries}");
        }
        assert_eq!(gathered(&after(4, 30).await, 9, 512).await, (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn when_nobody_comes_any_more_the_batch_begins() {
        let pace = after(4, 10).await;
        assert_eq!(gathered(&pace, 0, 512).await, (1, 2));
        let pace = after(4, 10).await;
        assert_eq!(gathered(&pace, 3, 512).await, (4, 5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_is_worthwhile_or_full_begins_at_once() {
        let (queue, mut entries) = mpsc::channel(600);
        for entry in 1..600 {
            queue.try_send(entry).unwrap();
        }
        let (pace, begun) = (after(4, 1).await, Instant::now());
        let mut batch = vec![0];
        pace.gather(&mut entries, &mut batch, 512).await;
        assert_eq!(batch.len(), 512);
        let mut small = vec![0];
        pace.gather(&mut entries, &mut small, 3).await;
        assert_eq!((small.len(), begun.elapsed()), (3, Duration::ZERO));
        drop(queue);
        pace.gather(&mut entries, &mut batch, 1_000).await;
        assert_eq!(batch.len(), 512, "worthwhile already");
    }

    #[tokio::test(start_paused = true)]
    async fn a_closed_queue_is_not_waited_for() {
        let (queue, mut entries) = mpsc::channel::<u8>(1);
        drop(queue);
        let (pace, begun) = (after(4, 1).await, Instant::now());
        pace.gather(&mut entries, &mut vec![0], 512).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
