//! Versions that the ring did not have a moment ago.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a version counts as missing. A key is in the ring before the first
/// value is encrypted with it, so that mostly a damaged value names one that is
/// not.
const MEMORY: Duration = Duration::from_secs(10);

/// How long a version is not looked for after the ring could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// Versions that are remembered; one more than that is not looked for.
const LIMIT: usize = 32;

/// A look in vain.
#[derive(Debug)]
struct Miss {
    until: Instant,
    /// Whether the ring was read.
    read: bool,
}

/// Keeps the place of the ring from being asked for the same missing version
/// again and again.
#[derive(Debug, Default)]
pub(super) struct Missed(BTreeMap<u32, Miss>);

impl Missed {
    /// Whether to look for a version at `now`.
    pub(super) fn is_worth_a_look(&mut self, version: u32, now: Instant) -> bool {
        self.0.retain(|_, miss| now < miss.until);
        !self.0.contains_key(&version) && self.0.len() < LIMIT
    }

    /// A version was looked for in vain; `read` tells whether the ring could be
    /// read.
    pub(super) fn note(&mut self, version: u32, read: bool, now: Instant) {
        let until = now + if read { MEMORY } else { PAUSE };
        self.0.insert(version, Miss { until, read });
    }

    /// Whether nobody got to see the ring for a version: the last look failed, or
    /// there was none among so many others.
    pub(super) fn is_unread(&self, version: u32) -> bool {
        self.0.get(&version).is_none_or(|miss| !miss.read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_version_is_forgotten_after_a_while() {
        let mut missed = Missed::default();
        let begin = Instant::now();
        assert!(missed.is_worth_a_look(7, begin));
        missed.note(7, true, begin);
        let soon = begin + MEMORY - Duration::from_millis(1);
        assert!(!missed.is_worth_a_look(7, soon));
        assert!(!missed.is_unread(7));
        assert!(missed.is_worth_a_look(8, soon), "another one");
        assert!(missed.is_worth_a_look(7, begin + MEMORY));
    }

    #[test]
    fn a_ring_that_was_not_read_is_read_again_soon() {
        let mut missed = Missed::default();
        let begin = Instant::now();
        missed.note(7, false, begin);
        assert!(missed.is_unread(7));
        assert!(!missed.is_worth_a_look(7, begin));
        assert!(missed.is_worth_a_look(7, begin + PAUSE));
    }

    #[test]
    fn many_missing_versions_are_no_way_around() {
        let mut missed = Missed::default();
        let begin = Instant::now();
        for version in 0.. {
            if !missed.is_worth_a_look(version, begin) {
                assert_eq!(version, 32);
                break;
            }
            missed.note(version, true, begin);
        }
        assert!(missed.is_worth_a_look(99, begin + MEMORY));
    }
}
