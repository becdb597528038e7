//! The port to the cryptography of foreign tokens.

use serde_json::Value;

use crate::foreign::ForeignClaims;
use crate::token::Algorithm;

/// Why a foreign token or key set is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForeignTokenError {
    /// Not a JWS in compact form with a JSON object as payload, or with
    /// critical headers.
    #[error("malformed token")]
    Malformed,
    /// The set has no key with the `kid` of the token; without `kid`, not
    /// exactly one key that fits.
    #[error("unknown key")]
    UnknownKey,
    /// The key is of another kind than the algorithm says, too weak, not for
    /// signatures, or the signature does not fit.
    #[error("invalid signature")]
    BadSignature,
}

/// A token whose signature nobody has looked at yet. Its claims may choose
/// the key set, nothing else.
#[derive(Clone, Debug)]
pub struct UnverifiedToken {
    /// `alg`, if it is one that is ever accepted: never `none`, never HMAC.
    pub algorithm: Option<Algorithm>,
    /// `kid`.
    pub key_id: Option<String>,
    /// The payload.
    pub claims: ForeignClaims,
}

/// Reads and verifies tokens that others issued.
pub trait ForeignTokens: Send + Sync {
    /// Takes a token apart.
    ///
    /// # Errors
    ///
    /// [`ForeignTokenError::Malformed`].
    fn parse(&self, token: &str) -> Result<UnverifiedToken, ForeignTokenError>;

    /// Verifies the signature with the key of `key_set` that the token names.
    ///
    /// A key fits when its type belongs to the algorithm (RSA of at least 2048
    /// bit for RS256, EC P-256 for ES256), its `use` is absent or `sig`, its
    /// `key_ops` absent or with `verify` and its `alg` absent or the same.
    ///
    /// # Errors
    ///
    /// [`ForeignTokenError`].
    fn verify(&self, token: &str, key_set: &Value) -> Result<(), ForeignTokenError>;

    /// Whether `key_set` is a JWK set with at least one key that could verify
    /// a token.
    fn is_usable(&self, key_set: &Value) -> bool;
}
