//! Values that end and quarantines, at most so many and so large.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::cache::QUARANTINE;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Values, and quarantines apart from them.
    pub(crate) entries: usize,
    /// Bytes of all values and their keys.
    pub(crate) bytes: usize,
    /// Bytes of one value with its key.
    pub(crate) entry_bytes: usize,
}

/// A value and when it holds, Unix milliseconds.
#[derive(Debug)]
struct Entry {
    value: Arc<str>,
    since: i64,
    until: i64,
}

impl Entry {
    /// A clock that was set back does not prolong a value.
    fn is_live(&self, now: i64) -> bool {
        self.since <= now && now < self.until
    }
}

/// The content of a cache. Times are Unix milliseconds.
#[derive(Debug)]
pub(crate) struct Entries {
    bounds: Bounds,
    values: HashMap<String, Entry>,
    /// Bytes of the values and their keys.
    bytes: usize,
    /// Until when keys take no value.
    quarantines: HashMap<String, i64>,
    /// Until when no key takes a value: a quarantine found no room.
    closed_until: i64,
}

impl Entries {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            values: HashMap::new(),
            bytes: 0,
            quarantines: HashMap::new(),
            closed_until: i64::MIN,
        }
    }

    pub(crate) fn get(&self, key: &str, now: i64) -> Option<Arc<str>> {
        let entry = self.values.get(key)?;
        entry.is_live(now).then(|| Arc::clone(&entry.value))
    }

    pub(crate) fn put(&mut self, key: &str, value: &str, ttl: Duration, now: i64) {
        let quarantined = self.quarantines.get(key).is_some_and(|until| now < *until);
        let taken = self.values.get(key).is_some_and(|entry| entry.is_live(now));
        if !quarantined && !taken && self.closed_until <= now {
            self.replace(key, value, ttl, now);
        }
    }

    pub(crate) fn replace(&mut self, key: &str, value: &str, ttl: Duration, now: i64) {
        // What was there is outdated, also when the new value is not kept.
        self.remove(key);
        let size = key.len().saturating_add(value.len());
        if ttl.is_zero() || size > self.bounds.entry_bytes {
            return;
        }
        self.make_room(size, now);
        let entry = Entry {
            value: value.into(),
            since: now,
            until: now.saturating_add(millis(ttl)),
        };
        self.values.insert(key.to_owned(), entry);
        self.bytes += size;
    }

    pub(crate) fn invalidate(&mut self, key: &str, now: i64) {
        self.remove(key);
        let until = now.saturating_add(millis(QUARANTINE));
        let full = self.quarantines.len() >= self.bounds.entries;
        if full && !self.quarantines.contains_key(key) {
            self.quarantines.retain(|_, end| now < *end);
            if self.quarantines.len() >= self.bounds.entries {
                self.closed_until = until;
                return;
            }
        }
        self.quarantines.insert(key.to_owned(), until);
    }

    /// Lets a value that is there end after `ttl` from now; says whether there
    /// is one.
    pub(crate) fn renew(&mut self, key: &str, ttl: Duration, now: i64) -> bool {
        let Some(entry) = self.values.get_mut(key) else {
            return false;
        };
        if !entry.is_live(now) {
            return false;
        }
        entry.since = now;
        entry.until = now.saturating_add(millis(ttl));
        true
    }

    /// Takes a key for the time of `ttl`, unless it is taken; says whether it
    /// was free. A clock that was set back frees none.
    pub(crate) fn claim(&mut self, key: &str, ttl: Duration, now: i64) -> bool {
        if self.values.get(key).is_some_and(|entry| now < entry.until) {
            return false;
        }
        self.replace(key, "", ttl, now);
        true
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if let Some(entry) = self.values.remove(key) {
            self.bytes -= key.len() + entry.value.len();
        }
    }

    /// Drops expired values; when that is not enough, halves of the rest,
    /// those first that would expire first. So a flood of short-lived values
    /// does not push out those that are expensive to get.
    fn make_room(&mut self, size: usize, now: i64) {
        if self.has_room(size) {
            return;
        }
        self.retain(|entry| entry.is_live(now));
        while !self.has_room(size) && !self.values.is_empty() {
            let mut ends: Vec<i64> = self.values.values().map(|entry| entry.until).collect();
            let middle = (ends.len() - 1) / 2;
            let (_, &mut median, _) = ends.select_nth_unstable(middle);
            let mut surplus = middle + 1;
            self.retain(|entry| {
                let drop = surplus > 0 && entry.until <= median;
                surplus -= usize::from(drop);
                !drop
            });
        }
    }

    fn has_room(&self, size: usize) -> bool {
        self.values.len() < self.bounds.entries && self.bytes + size <= self.bounds.bytes
    }

    fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        let mut bytes = 0;
        self.values.retain(|key, entry| {
            let keep = keep(entry);
            if keep {
                bytes += key.len() + entry.value.len();
            }
            keep
        });
        self.bytes = bytes;
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    fn entries(entries: usize, bytes: usize) -> Entries {
        Entries::new(Bounds {
            entries,
            bytes,
            entry_bytes: bytes,
        })
    }

    fn key(number: usize) -> String {
        format!("{number:04}")
    }

    #[test]
    fn a_flood_of_values_stays_within_the_bounds_and_spares_the_long_lived() {
        let mut entries = entries(10, 1_000_000);
        entries.put("keys", "set", HOUR, 0);
        for number in 0..1000 {
            entries.put(&key(number), "document", MINUTE, 0);
            assert!(entries.get(&key(number), 0).is_some());
            assert!(entries.values.len() <= 10);
        }
        assert!(entries.get("keys", 0).is_some());
    }

    #[test]
    fn large_values_stay_within_the_bytes() {
        let mut entries = entries(1000, 1000);
        for number in 0..100 {
            let value = "x".repeat(number * 9);
            entries.put(&key(number), &value, MINUTE, 0);
            assert_eq!(entries.get(&key(number), 0).as_deref(), Some(&*value));
            let sum: usize = entries
                .values
                .iter()
                .map(|(key, entry)| key.len() + entry.value.len())
                .sum();
            assert_eq!(entries.bytes, sum);
            assert!(sum <= 1000, "{sum}");
        }
    }

    #[test]
    fn a_value_beyond_its_bound_is_not_kept_and_ends_the_one_before() {
        let mut entries = entries(10, 100);
        entries.put("a", &"x".repeat(99), MINUTE, 0);
        assert!(entries.get("a", 0).is_some());
        entries.replace("a", &"x".repeat(100), MINUTE, 0);
        assert!(entries.get("a", 0).is_none());
        assert_eq!(entries.bytes, 0);
    }

    #[test]
    fn expired_values_make_room_first() {
        let mut entries = entries(4, 1000);
        for number in 0..3 {
            entries.put(&key(number), "x", MINUTE, 0);
        }
        entries.put("live", "x", Duration::from_secs(1), 59_500);
        entries.put("new", "x", MINUTE, 60_000);
        assert_eq!(entries.values.len(), 2);
        assert!(entries.get("live", 60_000).is_some());
        assert!(entries.get("new", 60_000).is_some());
    }

    #[test]
    fn an_expired_value_is_replaced_by_a_put() {
        let mut entries = entries(4, 1000);
        entries.put("a", "old", MINUTE, 0);
        entries.put("a", "new", MINUTE, 60_000);
        assert_eq!(entries.get("a", 60_000).as_deref(), Some("new"));
        assert_eq!(entries.bytes, 4);
    }

    #[test]
    fn when_quarantines_find_no_room_no_key_takes_a_value_for_a_while() {
        let mut entries = entries(10, 1000);
        entries.put("before", "x", HOUR, 0);
        for number in 0..11 {
            entries.invalidate(&key(number), 0);
            assert!(entries.quarantines.len() <= 10);
        }
        for name in [&key(0), &key(10), "other"] {
            entries.put(name, "old", MINUTE, 9_999);
            assert!(entries.get(name, 9_999).is_none(), "{name}");
        }
        assert!(entries.get("before", 9_999).is_some());
        for name in [&key(0), &key(10), "other"] {
            entries.put(name, "new", MINUTE, 10_000);
            assert!(entries.get(name, 10_000).is_some(), "{name}");
        }
    }

    #[test]
    fn quarantines_that_are_over_make_room_for_others() {
        let mut entries = entries(10, 1000);
        for number in 0..10 {
            entries.invalidate(&key(number), 0);
        }
        entries.invalidate("late", 10_000);
        assert_eq!(entries.quarantines.len(), 1);
        entries.put("other", "x", MINUTE, 10_000);
        assert!(entries.get("other", 10_000).is_some());
        entries.put("late", "x", MINUTE, 10_000);
        assert!(entries.get("late", 10_000).is_none());
    }

    #[test]
    fn a_quarantine_outlasts_a_value_that_was_set_in_it() {
        let mut entries = entries(10, 1000);
        entries.invalidate("a", 0);
        entries.replace("a", "new", Duration::from_secs(1), 0);
        entries.put("a", "old", MINUTE, 5_000);
        assert!(entries.get("a", 5_000).is_none());
    }

    #[test]
    fn a_clock_that_was_set_back_prolongs_nothing() {
        let mut entries = entries(10, 1000);
        entries.put("a", "old", MINUTE, 100_000);
        assert!(entries.get("a", 99_999).is_none());
        entries.put("a", "new", MINUTE, 99_999);
        assert_eq!(entries.get("a", 99_999).as_deref(), Some("new"));
    }

    #[test]
    fn a_clock_that_was_set_back_renews_nothing_and_frees_no_claim() {
        let mut entries = entries(10, 1000);
        entries.put("a", "x", MINUTE, 100_000);
        assert!(!entries.renew("a", HOUR, 99_999));
        assert!(entries.get("a", 160_000).is_none());
        assert!(entries.claim("b", MINUTE, 100_000));
        assert!(!entries.claim("b", MINUTE, 0));
        assert!(entries.claim("b", MINUTE, 160_000));
    }

    #[test]
    fn an_endless_time_to_live_is_possible() {
        let mut entries = entries(10, 1000);
        entries.put("a", "x", Duration::MAX, 1);
        assert!(entries.get("a", i64::MAX - 1).is_some());
    }
}
