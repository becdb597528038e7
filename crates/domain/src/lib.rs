//! The core of AgentIdP: identities of AI agents, their credentials and
//! tokens, the audit log and the rules between them.
//!
//! The crate holds entities, value types, use cases and the *ports* behind
//! which storage, signing, policy and rate limits live. It knows no database,
//! no web framework and no file; `examples/embed.rs` shows it inside a plain
//! Rust program.
//!
//! One folder per capability, each with the same few files: `model.rs` (types
//! that cannot hold an invalid value), `store.rs` (the storage port),
//! `service.rs` (the use cases), `error.rs`.

pub mod agent;
pub mod analytics;
pub mod audit;
pub mod billing;
pub mod bootstrap;
pub mod cache;
pub mod caller;
pub mod change;
pub mod compliance;
pub mod credential;
pub mod delegation;
pub mod did;
pub mod encryption;
pub mod error;
pub mod federation;
pub mod foreign;
pub mod id;
pub mod limit;
pub mod marketplace;
pub mod metrics;
pub mod organization;
pub mod outbound;
pub mod outbox;
pub mod page;
pub mod policy;
pub mod ports;
pub mod random;
pub mod scaffold;
pub mod scope;
pub mod session;
pub mod text;
pub mod tier;
pub mod time;
pub mod token;
mod turns;
pub mod unit_of_work;
pub mod usage;
pub mod validation;
pub mod vault;
pub mod webhook;
pub mod workload;
