//! Ports that need neither database nor network: rate limits counted in the
//! process, a cache, and a bus between replicas of one process.

mod bus;
mod cache;
mod entries;
mod limiter;
mod shard;

pub use bus::LocalBus;
pub use cache::MemoryCache;
pub use limiter::MemoryRateLimiter;
