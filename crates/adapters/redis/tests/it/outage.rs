//! What requests notice of a Redis that is away: nothing.

use std::sync::Arc;
use std::time::Duration;

use agentidp_domain::change::{Change, ChangeBus};
use agentidp_domain::limit::RateLimiter;
use agentidp_redis::{RedisBus, RedisRateLimiter};
use tokio::time::Instant;

use crate::limit_contract::SteeredClock;
use crate::support::{
    FALLBACK_RESET, Fallback, Way, mute_server, open, unique, url, waited_once, window,
};

fn limiter(url: &str) -> RedisRateLimiter {
    RedisRateLimiter::new(open(url), SteeredClock::new(), Arc::new(Fallback))
}

#[tokio::test]
async fn a_closed_port_falls_back() {
    let limiter = limiter("redis://127.0.0.1:1/");
    let window = window(unique("closed"), 5);
    assert_eq!(limiter.hit(&window).await.reset_at, FALLBACK_RESET);
    assert_eq!(limiter.peek(&window).await.reset_at, FALLBACK_RESET);
}

#[tokio::test(start_paused = true)]
async fn a_mute_server_costs_one_timeout_and_not_one_per_request() {
    let (_listener, url) = mute_server().await;
    let limiter = limiter(&url);
    let window = window(unique("mute"), 5);
    let started = Instant::now();
    for _ in 0..100 {
        assert_eq!(limiter.hit(&window).await.reset_at, FALLBACK_RESET);
    }
    waited_once(started);
}

#[tokio::test(start_paused = true)]
async fn publishing_to_a_mute_server_gives_up() {
    let (_listener, url) = mute_server().await;
    let started = Instant::now();
    RedisBus::new(open(&url))
        .publish(&[Change::SigningKeysChanged])
        .await;
    waited_once(started);
}

#[tokio::test]
async fn counting_returns_to_redis_after_an_outage() {
    let Some(url) = url() else { return };
    let mut way = Way::to(&url).await;
    let limiter = limiter(&way.url(&url));
    let window = window(unique("outage"), 1000);
    assert_eq!(limiter.hit(&window).await.remaining, 999);

    way.cut().await;
    assert_eq!(limiter.hit(&window).await.reset_at, FALLBACK_RESET);
    way.mend().await;

    let started = Instant::now();
    loop {
        let reading = limiter.hit(&window).await;
        if reading.reset_at != FALLBACK_RESET {
            // The hit before the outage still counts.
            assert_eq!(reading.remaining, 998);
            break;
        }
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "Redis is not tried again"
        );
        tokio::task::yield_now().await;
    }
    assert!(
        started.elapsed() >= Duration::from_millis(500),
        "no pause between tries"
    );
}
