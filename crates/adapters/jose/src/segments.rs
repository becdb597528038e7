//! The three segments of the compact serialization (RFC 7515 §7.1) and the
//! signature over two of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::signature::PublicKey;

const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// A token cut into its segments, not verified yet.
pub(crate) struct Segments<'a> {
    /// The protected header, decoded.
    pub(crate) header: Vec<u8>,
    /// The payload, decoded.
    pub(crate) payload: Vec<u8>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Segments<'a> {
    /// Cuts a token of at most 16 KiB; `None` when it is none.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        // The base64url alphabet has no dot, so more segments fail to decode.
        let (header, payload) = signed.split_once('.')?;
        let decode = |segment: &str| URL_SAFE_NO_PAD.decode(segment).ok();
        Some(Self {
            header: decode(header)?,
            payload: decode(payload)?,
            signed,
            signature: decode(signature)?,
        })
    }

    /// Whether the private half of `key` made the signature.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(self.signed.as_bytes(), &self.signature)
    }
}
