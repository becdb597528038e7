//! Tokens (JWT, RFC 7519) that somebody else issued, and the key sets
//! (RFC 7517 §5) that verify them.

mod claims;
mod key_sets;
mod lately;
mod token;

pub use claims::{EXTERNAL_SKEW_SECONDS, ForeignClaims};
pub use key_sets::{KeySets, KeySource, KeysUnreachable};
pub use token::{ForeignTokenError, ForeignTokens, UnverifiedToken};
