//! What the tests of all crates share.
//!
//! | Module | What it gives |
//! |---|---|
//! | [`requirements`] | ask for something a suite needs, or skip it by name |
//! | [`services`] | throw-away PostgreSQL and Redis servers on free ports |
//!
//! Both need nothing but the standard library and `tempfile`, so that `xtask`
//! builds in seconds. Helpers that need the domain or an adapter belong behind a
//! feature of their own.

pub mod requirements;
pub mod services;
#[cfg(feature = "world")]
pub mod world;
