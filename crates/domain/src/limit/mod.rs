//! Rate limits: sliding windows over requests and failures.

mod service;
mod store;

pub use service::{LimitSettings, RateLimits};
pub use store::{RateLimiter, Reading, Window};
