//! The port to counters of rate limits.

use std::time::Duration;

use async_trait::async_trait;

/// One limit: at most `limit` hits under `key` within `length`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Name of the counter without the window number, e.g. `rate:ip:10.0.0.1`.
    pub key: String,
    /// Hits allowed within one window.
    pub limit: u32,
    /// Length of the window.
    pub length: Duration,
}

/// State of a window after a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether the hit was within the limit (or, for a peek, the next one
    /// would be).
    pub allowed: bool,
    /// Hits allowed within one window.
    pub limit: u32,
    /// Hits left.
    pub remaining: u32,
    /// Unix seconds at which the present window ends.
    pub reset_at: i64,
    /// Whole seconds after which a refused caller may try again, at least 1.
    pub retry_after: u32,
}

/// Counts hits in sliding windows.
///
/// Two neighbouring fixed windows approximate the sliding one: hits of the
/// previous window count in proportion to its share of the last `length`. The
/// counter of a fixed window is stored under `<key>:<Unix ms ÷ length>` and
/// kept for two windows. A refused hit is not counted.
///
/// Implementations never fail: a counter that cannot be reached is replaced
/// by one in the process.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts a hit, unless the limit is reached.
    async fn hit(&self, window: &Window) -> Reading;

    /// Looks without counting.
    async fn peek(&self, window: &Window) -> Reading;
}

impl Reading {
    /// Evaluates the two counters of `window` at `now_millis` (Unix
    /// milliseconds); `current` and `previous` do not contain the hit in
    /// question. All implementations share this arithmetic.
    #[must_use]
    pub fn evaluate(window: &Window, now_millis: i64, current: u64, previous: u64) -> Self {
        let length = i64::try_from(window.length.as_millis())
            .unwrap_or(i64::MAX)
            .max(1);
        let elapsed = now_millis.rem_euclid(length);
        let end = now_millis - elapsed + length;
        let weight = u64::try_from(length - elapsed).unwrap_or(0);
        let span = u64::try_from(length).unwrap_or(1);
        let used = current + previous.saturating_mul(weight) / span;
        let limit = u64::from(window.limit);
        let allowed = used < limit;
        let left = limit
            .saturating_sub(used)
            .saturating_sub(u64::from(allowed));
        let wait = (end - now_millis + 999) / 1000;
        Self {
            allowed,
            limit: window.limit,
            remaining: u32::try_from(left).unwrap_or(u32::MAX),
            reset_at: (end + 999) / 1000,
            retry_after: u32::try_from(wait).unwrap_or(u32::MAX).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(limit: u32) -> Window {
        Window {
            key: "k".to_owned(),
            limit,
            length: Duration::from_secs(60),
        }
    }

    #[test]
    fn the_limit_itself_is_allowed_and_no_more() {
        let w = window(3);
        assert!(Reading::evaluate(&w, 0, 2, 0).allowed);
        assert_eq!(Reading::evaluate(&w, 0, 2, 0).remaining, 0);
        assert!(!Reading::evaluate(&w, 0, 3, 0).allowed);
    }

    #[test]
    fn the_previous_window_fades_out() {
        let w = window(100);
        assert!(!Reading::evaluate(&w, 60_000, 0, 100).allowed);
        let half = Reading::evaluate(&w, 90_000, 0, 100);
        assert!(half.allowed);
        assert_eq!(half.remaining, 49);
    }

    #[test]
    fn reset_is_the_end_of_the_window_and_waiting_is_at_least_a_second() {
        let reading = Reading::evaluate(&window(1), 119_900, 1, 0);
        assert_eq!(reading.reset_at, 120);
        assert_eq!(reading.retry_after, 1);
    }
}
