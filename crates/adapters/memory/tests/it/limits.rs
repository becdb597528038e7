//! Rate limits in the process.

use std::sync::Arc;

use agentidp_memory::MemoryRateLimiter;

use crate::limit_contract::{self, SteeredClock};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract() {
    let clock = SteeredClock::new();
    let limiter = Arc::new(MemoryRateLimiter::new(clock.clone()));
    limit_contract::run(limiter, clock, "memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keeps_the_contract_with_little_room() {
    let clock = SteeredClock::new();
    let limiter = Arc::new(MemoryRateLimiter::with_capacity(clock.clone(), 1000));
    limit_contract::run(limiter, clock, "memory").await;
}
