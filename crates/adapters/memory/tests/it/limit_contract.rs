//! What every `RateLimiter` must do; run here and against Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use agentidp_domain::limit::{RateLimiter, Window};
use agentidp_domain::time::{Clock, Timestamp};

/// The start of a window of any length that divides an hour.
pub const START: i64 = 500_000 * 3_600_000;

/// A clock that stands still until it is set.
pub struct SteeredClock(AtomicI64);

impl SteeredClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(START)))
    }

    /// Goes to `seconds` after `START`.
    pub fn set(&self, seconds: i64) {
        self.0.store(START + seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for SteeredClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// Runs all cases; `prefix` keeps the counters of different runs apart.
pub async fn run(limiter: Arc<dyn RateLimiter>, clock: Arc<SteeredClock>, prefix: &str) {
    let window = |name: &str, limit| Window {
        key: format!("{prefix}:{name}"),
        limit,
        length: Duration::from_secs(60),
    };
    counts_to_the_limit(&*limiter, &clock, &window("limit", 3)).await;
    is_exact_under_concurrency(&limiter, &clock, &window("race", 20)).await;
    fades_out(&*limiter, &clock, &window("fade", 10)).await;
    does_not_count_a_refused_hit(&*limiter, &clock, &window("refused", 4)).await;
    does_not_count_a_peek(&*limiter, &clock, &window("peek", 2)).await;
    keeps_keys_apart(&*limiter, &clock, &window("one", 1), &window("two", 1)).await;
    allows_nothing_with_limit_zero(&*limiter, &clock, &window("zero", 0)).await;
}

async fn counts_to_the_limit(limiter: &dyn RateLimiter, clock: &SteeredClock, window: &Window) {
    clock.set(10);
    for left in [2, 1, 0] {
        let reading = limiter.hit(window).await;
        assert!(reading.allowed);
        assert_eq!(reading.limit, 3);
        assert_eq!(reading.remaining, left);
        assert_eq!(reading.reset_at, START / 1000 + 60);
    }
    let refused = limiter.hit(window).await;
    assert!(!refused.allowed);
    assert_eq!(refused.remaining, 0);
    assert_eq!(refused.retry_after, 50);
}

async fn is_exact_under_concurrency(
    limiter: &Arc<dyn RateLimiter>,
    clock: &SteeredClock,
    window: &Window,
) {
    clock.set(0);
    let mut hits = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (limiter, window) = (Arc::clone(limiter), window.clone());
        hits.spawn(async move { limiter.hit(&window).await.allowed });
    }
    let allowed = hits
        .join_all()
        .await
        .into_iter()
        .filter(|allowed| *allowed)
        .count();
    assert_eq!(allowed, 20);
}

async fn fades_out(limiter: &dyn RateLimiter, clock: &SteeredClock, window: &Window) {
    clock.set(30);
    for _ in 0..10 {
        assert!(limiter.hit(window).await.allowed);
    }
    // The whole previous window still counts at its end, half of it in the
    // middle of the next one, nothing of it after that.
    clock.set(60);
    assert!(!limiter.peek(window).await.allowed);
    clock.set(90);
    for left in [4, 3, 2, 1, 0] {
        assert_eq!(limiter.hit(window).await.remaining, left);
    }
    assert!(!limiter.hit(window).await.allowed);
    clock.set(120);
    assert_eq!(limiter.peek(window).await.remaining, 4);
    clock.set(240);
    assert_eq!(limiter.peek(window).await.remaining, 9);
}

async fn does_not_count_a_refused_hit(
    limiter: &dyn RateLimiter,
    clock: &SteeredClock,
    window: &Window,
) {
    clock.set(0);
    for attempt in 0..100 {
        assert_eq!(limiter.hit(window).await.allowed, attempt < 4);
    }
    // Were the refused ones counted, 50 would be left of them here.
    clock.set(90);
    assert_eq!(limiter.hit(window).await.remaining, 1);
}

async fn does_not_count_a_peek(limiter: &dyn RateLimiter, clock: &SteeredClock, window: &Window) {
    clock.set(0);
    for _ in 0..10 {
        assert!(limiter.peek(window).await.allowed);
    }
    assert!(limiter.hit(window).await.allowed);
    for _ in 0..10 {
        assert!(limiter.peek(window).await.allowed);
    }
    assert!(limiter.hit(window).await.allowed);
    assert!(!limiter.peek(window).await.allowed);
    assert!(!limiter.hit(window).await.allowed);
}

async fn keeps_keys_apart(
    limiter: &dyn RateLimiter,
    clock: &SteeredClock,
    one: &Window,
    two: &Window,
) {
    clock.set(0);
    assert!(limiter.hit(one).await.allowed);
    assert!(!limiter.hit(one).await.allowed);
    assert!(limiter.hit(two).await.allowed);
}

async fn allows_nothing_with_limit_zero(
    limiter: &dyn RateLimiter,
    clock: &SteeredClock,
    window: &Window,
) {
    clock.set(0);
    assert!(!limiter.hit(window).await.allowed);
    assert!(!limiter.peek(window).await.allowed);
}
