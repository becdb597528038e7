//! What the tests of all crates share.
//!
//! | Module | What it gives |
//! |---|---|
//! | [`requirements`] | ask for something a suite needs, or skip it by name |
//! | [`services`] | throw-away PostgreSQL, Redis and Kafka servers on free ports |
//! | `issuer` | an issuer of foreign tokens with its own keys, a feature |
//! | `vault` | a server that speaks Vault's API of KV version 2, a feature |
//! | `world` | the whole domain over a fresh store, a feature |
//! | `api` | what the HTTP edge needs over such a domain, a feature |
//!
//! The first two need nothing but the standard library and `tempfile`, so that `xtask`
//! builds in seconds. Helpers that need the domain or an adapter belong behind a
//! feature of their own.

#[cfg(feature = "api")]
pub mod api;
#[cfg(feature = "issuer")]
pub mod issuer;
pub mod requirements;
pub mod services;
#[cfg(feature = "vault")]
pub mod vault;
#[cfg(feature = "world")]
pub mod world;
