//! Tokens in the compact serialization of RFC 7515 §7.1.

use std::fmt;

use agentidp_domain::token::{Algorithm, KeyError, NewKey, SignError, TokenType, VerifyError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::pkey::{PKey, PKeyRef, Private, Public};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};
use serde_json::json;

use crate::segments::Segments;
use crate::signature::{PrivateKey, PublicKey};

/// The key that signs, with the headers it writes.
pub(crate) struct Signer {
    key: PrivateKey,
    access_header: String,
    id_header: String,
}

impl Signer {
    /// Reads the private key, which must belong to `public`.
    pub(crate) fn new(key: &NewKey, public: &PKeyRef<Public>) -> Result<Self, KeyError> {
        let private = private_key(key.private_pem.expose_secret())?;
        if !private.public_eq(public) {
            return Err(KeyError(
                "private and public key do not belong together".to_owned(),
            ));
        }
        let header = |token_type: TokenType| {
            let header = json!({
                "alg": key.algorithm.as_str(),
                "typ": token_type.as_str(),
                "kid": key.kid,
            });
            URL_SAFE_NO_PAD.encode(header.to_string())
        };
        Ok(Self {
            key: PrivateKey::new(key.algorithm, &private)?,
            access_header: header(TokenType::AccessToken),
            id_header: header(TokenType::IdToken),
        })
    }

    pub(crate) fn sign(&self, token_type: TokenType, payload: &[u8]) -> Result<String, SignError> {
        let header = match token_type {
            TokenType::AccessToken => &self.access_header,
            TokenType::IdToken => &self.id_header,
        };
        let mut token = String::with_capacity(header.len() + payload.len() * 2 + 350);
        token.push_str(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// Reads a private key in any of the PEM forms that OpenSSL knows.
pub(crate) fn private_key(pem: &str) -> Result<PKey<Private>, KeyError> {
    // Without a callback OpenSSL would ask the terminal for the password of an
    // encrypted key.
    PKey::private_key_from_pem_callback(pem.as_bytes(), |_| Ok(0))
        .map_err(|_| KeyError("the private key is not an unencrypted PEM key".to_owned()))
}

/// A token taken apart, not verified yet.
pub(crate) struct Compact<'a> {
    header: Header,
    segments: Segments<'a>,
}

impl<'a> Compact<'a> {
    pub(crate) fn parse(token: &'a str) -> Result<Self, VerifyError> {
        let segments = Segments::parse(token).ok_or(VerifyError::Malformed)?;
        Ok(Self {
            header: Header::parse(&segments.header)?,
            segments,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.header.kid
    }

    /// The algorithm, if it is one that a ring can hold at all.
    pub(crate) fn algorithm(&self) -> Option<Algorithm> {
        self.header.alg.parse().ok()
    }

    /// Whether the token says that it is of this type.
    pub(crate) fn is(&self, token_type: TokenType) -> bool {
        match (token_type, self.header.typ.as_deref()) {
            (TokenType::AccessToken, Some(typ)) => {
                // RFC 9068 §4 admits both forms.
                typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
            }
            (TokenType::IdToken, Some(typ)) => typ.eq_ignore_ascii_case("JWT"),
            (TokenType::AccessToken, None) => false,
            (TokenType::IdToken, None) => true,
        }
    }

    /// Whether the private half of `key` made the signature.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.segments.is_signed_by(key)
    }

    /// The payload, to be believed only after the signature was verified.
    pub(crate) fn into_payload(self) -> Vec<u8> {
        self.segments.payload
    }
}

/// The protected header; a member that appears twice is refused.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    #[serde(default, deserialize_with = "text")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, VerifyError> {
        // serde would read an array as well.
        if json.trim_ascii_start().first() != Some(&b'{') {
            return Err(VerifyError::Malformed);
        }
        let header: Self = serde_json::from_slice(json).map_err(|_| VerifyError::Malformed)?;
        if header.crit {
            return Err(VerifyError::Malformed);
        }
        Ok(header)
    }
}

/// A text; unlike serde's own reading of options, `null` is refused.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// True for whatever is there, `null` included.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
