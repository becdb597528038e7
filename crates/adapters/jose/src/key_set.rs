//! Keys of a set that somebody else publishes (RFC 7517 §5).

use agentidp_domain::token::Algorithm;
use openssl::pkey::{PKeyRef, Public};
use openssl::rsa::Rsa;
use serde_json::Value;

use crate::jwk;
use crate::signature::PublicKey;

/// Keys of a set that are looked at.
const MAX_KEYS: usize = 100;

/// Larger keys make every verification expensive.
const MAX_RSA_BITS: u32 = 8192;

/// The usual exponents are 3 and 65537; large ones make verifying as expensive
/// as signing.
const MAX_EXPONENT_BITS: i32 = 32;

/// Characters of a number as large as a modulus may be, and a few more.
const MAX_NUMBER_CHARS: usize = 1400;

/// Members that hold numbers of a public key.
const NUMBERS: [&str; 4] = ["n", "e", "x", "y"];

/// Members of private (RFC 7518 §6.2.2, §6.3.2) and symmetric (§6.4.1) keys.
/// A key that is published with them is nobody's own any more.
const SECRETS: [&str; 2] = ["d", "k"];

/// A key set as it was received.
#[derive(Clone, Copy)]
pub(crate) struct KeySet<'a>(&'a [Value]);

impl<'a> KeySet<'a> {
    /// The first hundred keys of `set`; none when it is no key set.
    pub(crate) fn new(set: &'a Value) -> Self {
        let keys = set.get("keys").and_then(Value::as_array);
        let keys = keys.map_or(&[][..], Vec::as_slice);
        Self(keys.get(..MAX_KEYS).unwrap_or(keys))
    }

    /// The keys with this `kid`, whether they can be used or not.
    pub(crate) fn named(self, kid: &str) -> impl Iterator<Item = &'a Value> {
        self.0
            .iter()
            .filter(move |jwk| jwk.get("kid").and_then(Value::as_str) == Some(kid))
    }

    /// The keys that can verify signatures of `algorithm`.
    pub(crate) fn fitting(self, algorithm: Algorithm) -> impl Iterator<Item = PublicKey> {
        self.0.iter().filter_map(move |jwk| usable(algorithm, jwk))
    }
}

/// The key in `jwk`, if it is one for signatures of `algorithm`.
pub(crate) fn usable(algorithm: Algorithm, jwk: &Value) -> Option<PublicKey> {
    let text = |name: &str| jwk.get(name).map(Value::as_str);
    let absent_or = |name: &str, wanted: &str| text(name).is_none_or(|is| is == Some(wanted));
    let verifies = jwk.get("key_ops").is_none_or(|operations| {
        let operations = operations.as_array();
        operations.is_some_and(|all| all.iter().any(|one| one == "verify"))
    });
    let secret = SECRETS.iter().any(|name| jwk.get(name).is_some());
    let bounded = NUMBERS.iter().all(|name| {
        text(name)
            .flatten()
            .is_none_or(|text| text.len() <= MAX_NUMBER_CHARS)
    });
    if !absent_or("use", "sig")
        || !absent_or("alg", algorithm.as_str())
        || !verifies
        || secret
        || !bounded
    {
        return None;
    }
    let key = jwk::public_key(algorithm, jwk).ok()?;
    let sound = match algorithm {
        Algorithm::Rs256 => key.rsa().is_ok_and(|rsa| is_sound(&key, &rsa)),
        // Reading the point has checked that it lies on the curve.
        Algorithm::Es256 => true,
    };
    if !sound {
        return None;
    }
    PublicKey::new(algorithm, &key).ok()
}

/// Whether the numbers are such as a key can have; their size is bounded
/// because verifying takes its time from it.
fn is_sound(key: &PKeyRef<Public>, rsa: &Rsa<Public>) -> bool {
    let (modulus, exponent) = (rsa.n(), rsa.e());
    key.bits() <= MAX_RSA_BITS
        && modulus.is_bit_set(0)
        && exponent.is_bit_set(0)
        && (2..=MAX_EXPONENT_BITS).contains(&exponent.num_bits())
}
