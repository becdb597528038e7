//! Ports that need neither database nor network: rate limits counted in the
//! process, and a bus between replicas of one process.

mod bus;
mod limiter;
mod shard;

pub use bus::LocalBus;
pub use limiter::MemoryRateLimiter;
