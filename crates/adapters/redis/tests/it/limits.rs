//! Rate limits in Redis.

use std::sync::Arc;

use agentidp_domain::limit::RateLimiter;
use agentidp_redis::{Redis, RedisRateLimiter};
use deadpool_redis::redis::cmd;
use secrecy::SecretString;

use crate::limit_contract::{self, START, SteeredClock};
use crate::support::{Commands, FALLBACK_RESET, Fallback, open, raw, unique, url, window};

const NUMBER: i64 = START / 60_000;

fn limiter(url: &str, clock: &Arc<SteeredClock>) -> RedisRateLimiter {
    RedisRateLimiter::new(open(url), clock.clone(), Arc::new(Fallback))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let Some(url) = url() else { return };
    let clock = SteeredClock::new();
    let limiter = Arc::new(limiter(&url, &clock));
    limit_contract::run(limiter, clock, &unique("contract")).await;
}

#[tokio::test]
async fn replicas_share_their_counters() {
    let Some(url) = url() else { return };
    let clock = SteeredClock::new();
    let replicas = [limiter(&url, &clock), limiter(&url, &clock)];
    let window = window(unique("shared"), 3);
    assert!(replicas[0].hit(&window).await.allowed);
    assert!(replicas[1].hit(&window).await.allowed);
    assert!(replicas[0].hit(&window).await.allowed);
    assert!(!replicas[1].hit(&window).await.allowed);
    assert!(!replicas[0].peek(&window).await.allowed);
}

#[tokio::test]
async fn a_counter_has_its_documented_name_and_ends_after_two_windows() {
    let Some(url) = url() else { return };
    let window = window(unique("name"), 3);
    let mut server = raw(&url).await;
    let limiter = limiter(&url, &SteeredClock::new());
    limiter.hit(&window).await;
    limiter.hit(&window).await;
    let key = format!("{}:{NUMBER}", window.key);
    let count: u64 = cmd("GET").arg(&key).query_async(&mut server).await.unwrap();
    assert_eq!(count, 2);
    let left: i64 = cmd("PTTL")
        .arg(&key)
        .query_async(&mut server)
        .await
        .unwrap();
    assert!(left > 100_000 && left <= 120_000, "{left}");
}

#[tokio::test]
async fn the_script_counts_exactly_what_is_allowed() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let clock = SteeredClock::new();
    let limiter = limiter(&url, &clock);
    let mut seen = [0, 0];
    for second in [0, 1, 7, 20, 30, 59] {
        clock.set(second);
        for previous in [0_u64, 1, 3, 10, 999_999] {
            for limit in [1_u32, 3, 5, 9, 10, 983_332, 983_333, 983_334] {
                let window = window(unique("script"), limit);
                let key = |number: i64| format!("{}:{number}", window.key);
                let set = |key: String, value: u64| cmd("SET").arg(key).arg(value).clone();
                set(key(NUMBER), 2).exec_async(&mut server).await.unwrap();
                set(key(NUMBER - 1), previous)
                    .exec_async(&mut server)
                    .await
                    .unwrap();
                let allowed = limiter.hit(&window).await.allowed;
                let after: u64 = cmd("GET")
                    .arg(key(NUMBER))
                    .query_async(&mut server)
                    .await
                    .unwrap();
                assert_eq!(after, 2 + u64::from(allowed), "{second} {previous} {limit}");
                seen[usize::from(allowed)] += 1;
            }
        }
    }
    assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
}

#[tokio::test]
async fn a_script_that_the_server_forgot_is_loaded_again() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let limiter = limiter(&url, &SteeredClock::new());
    let window = window(unique("flush"), 5);
    for left in [4, 3, 2] {
        cmd("SCRIPT")
            .arg("FLUSH")
            .exec_async(&mut server)
            .await
            .unwrap();
        let reading = limiter.hit(&window).await;
        assert_ne!(reading.reset_at, FALLBACK_RESET);
        assert_eq!(reading.remaining, left);
    }
}

#[tokio::test]
async fn a_counter_that_is_no_number_falls_back() {
    let Some(url) = url() else { return };
    let mut server = raw(&url).await;
    let window = window(unique("garbage"), 5);
    let key = format!("{}:{NUMBER}", window.key);
    cmd("SET")
        .arg(key)
        .arg("garbage")
        .exec_async(&mut server)
        .await
        .unwrap();
    let reading = limiter(&url, &SteeredClock::new()).hit(&window).await;
    assert_eq!(reading.reset_at, FALLBACK_RESET);
}

#[tokio::test]
async fn commands_are_measured() {
    let Some(url) = url() else { return };
    let commands = Arc::new(Commands::default());
    let redis = Redis::new(SecretString::from(url), commands.clone()).unwrap();
    let limiter = RedisRateLimiter::new(redis, SteeredClock::new(), Arc::new(Fallback));
    let window = window(unique("measured"), 5);
    limiter.peek(&window).await;
    limiter.hit(&window).await;
    limiter.hit(&window).await;
    let names = commands.names();
    assert!(
        names.contains(&"MGET") && names.contains(&"EVALSHA"),
        "{names:?}"
    );
}
