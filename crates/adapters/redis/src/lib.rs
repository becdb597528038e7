//! Redis: rate limits and a cache shared by all replicas, and the bus over
//! which they tell each other of changes. Losing Redis loses no fact and fails
//! no request.

mod breaker;
mod bus;
mod cache;
mod client;
mod error;
mod limiter;
mod message;
mod owed;

pub use bus::RedisBus;
pub use cache::RedisCache;
pub use client::Redis;
pub use error::RedisError;
pub use limiter::RedisRateLimiter;
