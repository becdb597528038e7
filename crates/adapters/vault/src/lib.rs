//! HashiCorp Vault: secrets in an engine of kind KV version 2, and what the
//! operator asks about server and token.
//!
//! | Module | What it gives |
//! |---|---|
//! | [`client`](Vault) | one connection pool to one server, with its token |
//! | [`VaultKv`] | the port of the domain for secrets |
//! | [`Entry`] | entries with fields of their own, replaced only if nobody else did |
//! | [`TokenState`], [`Access`] | what the token is and may do |
//!
//! Every call takes at most five seconds. No text of an error contains a token,
//! a secret or a path.

mod client;
mod entry;
mod fault;
mod kv;
mod plain;
mod status;

pub use client::{Vault, VaultSettings};
pub use entry::{Entry, WriteError};
pub use kv::VaultKv;
pub use status::{Access, TokenState};
