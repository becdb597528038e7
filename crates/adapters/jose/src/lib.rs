//! Signatures of tokens (JWS, RFC 7515), the keys that make them and the key
//! set that others verify them with (JWK, RFC 7517).
//!
//! [`Ring`] signs and verifies with keys that were parsed once; [`Factory`]
//! generates and imports keys; [`ForeignVerifier`] verifies what others
//! signed. OpenSSL and josekit read and make keys; AWS-LC signs and verifies.

mod factory;
mod foreign;
mod jwk;
mod jws;
mod key_set;
mod known;
mod object;
mod ring;
mod segments;
mod signature;

pub use factory::Factory;
pub use foreign::ForeignVerifier;
pub use ring::Ring;
