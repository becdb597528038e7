//! Redis: rate limits, a cache and the sessions of browsers shared by all
//! replicas, and the bus over which they tell each other of changes. Losing
//! Redis loses no fact and fails no request of the API; only the pages need it.

mod breaker;
mod bus;
mod cache;
mod client;
mod error;
mod limiter;
mod message;
mod owed;
mod sessions;

pub use bus::RedisBus;
pub use cache::RedisCache;
pub use client::Redis;
pub use error::RedisError;
pub use limiter::RedisRateLimiter;
pub use sessions::RedisSessions;
