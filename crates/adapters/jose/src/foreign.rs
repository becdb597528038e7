//! Tokens that others issued.

use agentidp_domain::foreign::{ForeignClaims, ForeignTokenError, ForeignTokens, UnverifiedToken};
use agentidp_domain::token::Algorithm;
use serde_json::{Map, Value};

use crate::key_set::{self, KeySet};
use crate::object;
use crate::segments::Segments;

/// Keys of the same `kid` that are tried.
const MAX_TRIES: usize = 4;

/// Verifies tokens of others with their key sets.
///
/// Keys come from the key set alone: keys and addresses of keys in the header
/// of a token (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForeignVerifier;

impl ForeignTokens for ForeignVerifier {
    fn parse(&self, token: &str) -> Result<UnverifiedToken, ForeignTokenError> {
        let segments = Segments::parse(token).ok_or(ForeignTokenError::Malformed)?;
        let header = Header::parse(&segments.header)?;
        Ok(UnverifiedToken {
            algorithm: header.algorithm,
            key_id: header.kid,
            claims: ForeignClaims::new(claims(&segments)?),
        })
    }

    fn verify(&self, token: &str, key_set: &Value) -> Result<(), ForeignTokenError> {
        let segments = Segments::parse(token).ok_or(ForeignTokenError::Malformed)?;
        let header = Header::parse(&segments.header)?;
        claims(&segments)?;
        // Ahead of the keys, so that junk never counts as an unknown key.
        let algorithm = header.algorithm.ok_or(ForeignTokenError::BadSignature)?;
        let keys = KeySet::new(key_set);
        let signed = match &header.kid {
            Some(kid) => signed_by_named(&segments, algorithm, keys, kid)?,
            None => signed_by_only(&segments, algorithm, keys)?,
        };
        if signed {
            Ok(())
        } else {
            Err(ForeignTokenError::BadSignature)
        }
    }

    fn is_usable(&self, key_set: &Value) -> bool {
        let keys = KeySet::new(key_set);
        Algorithm::ALL
            .iter()
            .any(|algorithm| keys.fitting(*algorithm).next().is_some())
    }
}

/// Whether a key of this name made the signature.
fn signed_by_named(
    segments: &Segments<'_>,
    algorithm: Algorithm,
    keys: KeySet<'_>,
    kid: &str,
) -> Result<bool, ForeignTokenError> {
    let mut named = keys.named(kid).peekable();
    if named.peek().is_none() {
        return Err(ForeignTokenError::UnknownKey);
    }
    Ok(named
        .filter_map(|jwk| key_set::usable(algorithm, jwk))
        .take(MAX_TRIES)
        .any(|key| segments.is_signed_by(&key)))
}

/// Whether the one key that fits the algorithm made the signature.
fn signed_by_only(
    segments: &Segments<'_>,
    algorithm: Algorithm,
    keys: KeySet<'_>,
) -> Result<bool, ForeignTokenError> {
    let mut fitting = keys.fitting(algorithm);
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(segments.is_signed_by(&key)),
        _ => Err(ForeignTokenError::UnknownKey),
    }
}

fn claims(segments: &Segments<'_>) -> Result<Map<String, Value>, ForeignTokenError> {
    object::read(&segments.payload).ok_or(ForeignTokenError::Malformed)
}

/// The protected header of a foreign token. Its `typ` may be anything: there
/// is one use for such tokens only.
struct Header {
    algorithm: Option<Algorithm>,
    kid: Option<String>,
}

impl Header {
    fn parse(json: &[u8]) -> Result<Self, ForeignTokenError> {
        let mut header = object::read(json).ok_or(ForeignTokenError::Malformed)?;
        // Extensions that have to be understood (RFC 7515 §4.1.11, RFC 7797).
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(ForeignTokenError::Malformed);
        }
        let Some(Value::String(alg)) = header.get("alg") else {
            return Err(ForeignTokenError::Malformed);
        };
        let algorithm = alg.parse().ok();
        let kid = match header.remove("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid),
            Some(_) => return Err(ForeignTokenError::Malformed),
        };
        Ok(Self { algorithm, kid })
    }
}
