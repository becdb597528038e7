//! Ports that need neither database nor network: rate limits counted in the
//! process, a cache, sessions, and a bus between replicas of one process.

mod bus;
mod cache;
mod entries;
mod limiter;
mod sessions;
mod shard;

pub use bus::LocalBus;
pub use cache::MemoryCache;
pub use limiter::MemoryRateLimiter;
pub use sessions::MemorySessions;
