//! A part of the counters, behind its own lock.

use std::collections::HashMap;

use agentidp_domain::limit::{Reading, Window};

/// How often expired counters are looked for, Unix milliseconds.
const SWEEP_EVERY: i64 = 60_000;

/// Hits of two neighbouring fixed windows.
#[derive(Clone, Copy, Debug)]
struct Counter {
    /// Number of the present window: Unix milliseconds ÷ length.
    number: i64,
    length: i64,
    current: u64,
    previous: u64,
}

impl Counter {
    const fn new(number: i64, length: i64) -> Self {
        Self {
            number,
            length,
            current: 0,
            previous: 0,
        }
    }

    /// The counter as it stands at window `number`.
    fn at(self, number: i64, length: i64) -> Self {
        if self.length != length {
            return Self::new(number, length);
        }
        match number - self.number {
            // Threads read the clock in any order around the end of a window.
            -1 | 0 => self,
            1 => Self {
                previous: self.current,
                ..Self::new(number, length)
            },
            _ => Self::new(number, length),
        }
    }

    /// Whether no hit of it counts any more.
    fn is_expired(&self, now: i64) -> bool {
        now.div_euclid(self.length) - self.number > 1
    }

    fn hits(&self) -> u64 {
        self.current + self.previous
    }
}

/// Counters by key, at most `capacity`.
#[derive(Debug)]
pub(crate) struct Shard {
    counters: HashMap<String, Counter>,
    capacity: usize,
    next_sweep: i64,
}

impl Shard {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            counters: HashMap::new(),
            capacity: capacity.max(1),
            next_sweep: i64::MIN,
        }
    }

    pub(crate) fn hit(&mut self, window: &Window, now: i64) -> Reading {
        let (mut counter, reading) = self.look(window, now);
        if reading.allowed {
            counter.current += 1;
            self.store(&window.key, counter, now);
        }
        reading
    }

    pub(crate) fn peek(&self, window: &Window, now: i64) -> Reading {
        self.look(window, now).1
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.counters.len()
    }

    fn look(&self, window: &Window, now: i64) -> (Counter, Reading) {
        let length = i64::try_from(window.length.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        let number = now.div_euclid(length);
        let counter = self
            .counters
            .get(&window.key)
            .map_or(Counter::new(number, length), |counter| {
                counter.at(number, length)
            });
        let now = now.max(counter.number.saturating_mul(length));
        (
            counter,
            Reading::evaluate(window, now, counter.current, counter.previous),
        )
    }

    fn store(&mut self, key: &str, counter: Counter, now: i64) {
        if let Some(stored) = self.counters.get_mut(key) {
            *stored = counter;
            return;
        }
        self.make_room(now);
        self.counters.insert(key.to_owned(), counter);
    }

    /// Drops expired counters; when that is not enough, the half with the
    /// fewest hits, so that a flood of fresh keys does not push out the
    /// counters near their limit.
    fn make_room(&mut self, now: i64) {
        let full = self.counters.len() >= self.capacity;
        if !full && now < self.next_sweep {
            return;
        }
        self.next_sweep = now.saturating_add(SWEEP_EVERY);
        self.counters.retain(|_, counter| !counter.is_expired(now));
        if self.counters.len() < self.capacity {
            return;
        }
        let mut hits: Vec<u64> = self.counters.values().map(Counter::hits).collect();
        let middle = (hits.len() - 1) / 2;
        let (_, &mut median, _) = hits.select_nth_unstable(middle);
        let mut surplus = middle + 1;
        self.counters.retain(|_, counter| {
            let drop = surplus > 0 && counter.hits() <= median;
            surplus -= usize::from(drop);
            !drop
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn window(key: &str, limit: u32) -> Window {
        Window {
            key: key.to_owned(),
            limit,
            length: Duration::from_secs(60),
        }
    }

    #[test]
    fn a_flood_of_keys_stays_within_the_capacity_and_spares_busy_counters() {
        let mut shard = Shard::new(10);
        let busy = window("busy", 5);
        for _ in 0..5 {
            assert!(shard.hit(&busy, 0).allowed);
        }
        for number in 0..1000 {
            shard.hit(&window(&format!("key {number}"), 5), 0);
            assert!(shard.len() <= 10);
        }
        assert!(!shard.hit(&busy, 0).allowed);
    }

    #[test]
    fn a_capacity_of_one_still_counts() {
        let mut shard = Shard::new(0);
        assert!(shard.hit(&window("a", 1), 0).allowed);
        assert!(!shard.hit(&window("a", 1), 0).allowed);
        assert!(shard.hit(&window("b", 1), 0).allowed);
        assert_eq!(shard.len(), 1);
    }

    #[test]
    fn expired_counters_are_dropped() {
        let mut shard = Shard::new(1000);
        for number in 0..100 {
            shard.hit(&window(&format!("key {number}"), 5), 0);
        }
        shard.hit(&window("previous window", 5), 119_999);
        assert_eq!(shard.len(), 101);
        shard.hit(&window("new", 5), 179_999);
        assert_eq!(shard.len(), 2);
    }

    #[test]
    fn a_clock_read_out_of_order_does_not_forget_hits() {
        let mut shard = Shard::new(10);
        let window = window("a", 2);
        assert!(shard.hit(&window, 60_000).allowed);
        assert!(shard.hit(&window, 59_999).allowed);
        assert!(!shard.hit(&window, 59_999).allowed);
        assert!(!shard.hit(&window, 60_000).allowed);
    }

    #[test]
    fn another_length_is_another_counter() {
        let mut shard = Shard::new(10);
        assert!(shard.hit(&window("a", 1), 0).allowed);
        let shorter = Window {
            length: Duration::from_secs(1),
            ..window("a", 1)
        };
        assert!(shard.hit(&shorter, 0).allowed);
    }
}
