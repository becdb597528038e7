//! When a failed delivery is tried again.

use std::time::Duration;

use crate::random::Random;

const FIRST_WAIT: Duration = Duration::from_secs(30);

/// Waiting times never grow beyond this, however many attempts are configured.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Attempts and the waits between them: 30 s, doubled after every failure,
/// each ±10 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Attempts in total.
    pub max_attempts: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { max_attempts: 10 }
    }
}

impl Backoff {
    /// How long to wait after failed attempt `attempt` (from 1); `None` when
    /// it was the last.
    #[must_use]
    pub fn wait_after(self, attempt: u32, random: &dyn Random) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
        let mut draw = [0; 4];
        random.fill(&mut draw);
        let part = f64::from(u32::from_le_bytes(draw)) / f64::from(u32::MAX);
        Some(wait.mul_f64(0.9 + 0.2 * part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn waits_double_and_end() {
        let backoff = Backoff::default();
        for (attempt, seconds) in [(1, 30.0), (2, 60.0), (9, 7_680.0)] {
            let wait = backoff.wait_after(attempt, &SystemRandom).unwrap();
            let ratio = wait.as_secs_f64() / seconds;
            assert!((0.9..=1.1).contains(&ratio), "{attempt}: {wait:?}");
        }
        assert_eq!(backoff.wait_after(10, &SystemRandom), None);
        assert_eq!(backoff.wait_after(11, &SystemRandom), None);
    }

    #[test]
    fn waits_are_spread() {
        let backoff = Backoff::default();
        let waits: std::collections::BTreeSet<_> = (0..16)
            .map(|_| backoff.wait_after(1, &SystemRandom))
            .collect();
        assert!(waits.len() > 8);
    }

    #[test]
    fn many_attempts_never_wait_longer_than_a_day() {
        let backoff = Backoff {
            max_attempts: u32::MAX,
        };
        let wait = backoff.wait_after(1_000_000, &SystemRandom).unwrap();
        assert!(wait <= LONGEST_WAIT.mul_f64(1.1));
    }
}
