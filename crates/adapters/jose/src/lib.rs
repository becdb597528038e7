//! Signatures of tokens (JWS, RFC 7515), the keys that make them and the key
//! set that others verify them with (JWK, RFC 7517).
//!
//! [`Ring`] signs and verifies with keys that were parsed once; [`Factory`]
//! generates and imports keys. Both use OpenSSL; josekit knows the key
//! formats.

mod factory;
mod jwk;
mod jws;
mod ring;

pub use factory::Factory;
pub use ring::Ring;
