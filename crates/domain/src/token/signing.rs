//! The ports to signing and verification (JWS, RFC 7515; JWK, RFC 7517).

use secrecy::SecretString;
use serde_json::Value;

use crate::time::Timestamp;
use crate::vault::Kept;
use crate::wire_enum;

wire_enum! {
    /// Signature algorithm (RFC 7518 §3.1).
    Algorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bit keys.
        Rs256 = "RS256",
        /// ECDSA with P-256 and SHA-256.
        Es256 = "ES256",
    }
}

/// Key material.
#[derive(Clone, Debug)]
pub struct NewKey<P = SecretString> {
    /// RFC 7638 thumbprint of the public key (SHA-256, base64url).
    pub kid: String,
    /// Algorithm.
    pub algorithm: Algorithm,
    /// Public JWK with `kid`, `use` and `alg`.
    pub public_jwk: Value,
    /// Private key, PKCS#8 PEM.
    pub private_pem: P,
}

/// A key of the ring.
///
/// Exactly one is current; one more without end is the next; the others are
/// retiring until they expire.
#[derive(Clone, Debug)]
pub struct SigningKey<P = SecretString> {
    /// The key.
    pub key: NewKey<P>,
    /// Signs everything.
    pub is_current: bool,
    /// When it entered the ring.
    pub created_at: Timestamp,
    /// End of a retiring key.
    pub expires_at: Option<Timestamp>,
}

impl<P> SigningKey<P> {
    /// The same key with another form of its private part.
    #[must_use]
    pub fn with_private<Q>(self, private_pem: Q) -> SigningKey<Q> {
        SigningKey {
            key: NewKey {
                kid: self.key.kid,
                algorithm: self.key.algorithm,
                public_jwk: self.key.public_jwk,
                private_pem,
            },
            is_current: self.is_current,
            created_at: self.created_at,
            expires_at: self.expires_at,
        }
    }
}

/// A key of the ring as it is stored.
pub type StoredKey = SigningKey<Kept<SecretString>>;

/// Kind of a signed token: its JWS `typ` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1).
    AccessToken,
    /// `JWT`.
    IdToken,
}

impl TokenType {
    /// The header value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::IdToken => "JWT",
        }
    }
}

/// Signing failed.
#[derive(Debug, thiserror::Error)]
#[error("signing failed: {0}")]
pub struct SignError(pub String);

/// Key material could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(pub String);

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a JWS in compact form, wrong `typ`, or critical headers.
    #[error("malformed token")]
    Malformed,
    /// No key of the ring has this `kid`.
    #[error("unknown key")]
    UnknownKey,
    /// The algorithm is not that of the key, or the signature does not fit.
    #[error("invalid signature")]
    BadSignature,
}

/// A token whose signature was verified.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    /// The payload, JSON.
    pub payload: Vec<u8>,
}

/// The keys of this replica, in memory and ready to use. Shared; replaced as
/// a whole.
pub trait KeyRing: Send + Sync {
    /// Takes `keys` as the whole ring.
    ///
    /// # Errors
    ///
    /// When a key cannot be read or none is current; the old ring stays.
    fn replace(&self, keys: &[SigningKey]) -> Result<(), KeyError>;

    /// Signs `payload` (JSON) with the current key.
    ///
    /// # Errors
    ///
    /// When the ring is empty or the crypto library fails.
    fn sign(&self, token_type: TokenType, payload: &[u8]) -> Result<String, SignError>;

    /// Verifies form, `typ`, `kid`, `alg` and signature of a token; claims are
    /// not looked at, except that a key past its expiry at `now` is unknown.
    ///
    /// # Errors
    ///
    /// Why it is not accepted.
    fn verify(
        &self,
        token_type: TokenType,
        token: &str,
        now: Timestamp,
    ) -> Result<VerifiedToken, VerifyError>;

    /// The JWK set (RFC 7517 §5) of all keys that have not expired at `now`.
    fn jwks(&self, now: Timestamp) -> Value;
}

/// Makes keys.
pub trait KeyFactory: Send + Sync {
    /// Generates a key pair. Takes a while (RSA); call it off the request
    /// threads.
    ///
    /// # Errors
    ///
    /// When the crypto library fails.
    fn generate(&self, algorithm: Algorithm) -> Result<NewKey, KeyError>;

    /// Reads a private key (PKCS#8, PKCS#1 or SEC 1 PEM), RSA of at least
    /// 2048 bit or EC P-256. A public key (SPKI PEM), if given, must belong
    /// to it.
    ///
    /// # Errors
    ///
    /// What is wrong with the keys.
    fn import(
        &self,
        private_pem: &SecretString,
        public_pem: Option<&str>,
    ) -> Result<NewKey, KeyError>;
}
