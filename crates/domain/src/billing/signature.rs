//! Stripe's signatures: header `Stripe-Signature`, scheme `v1`.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::time::Timestamp;

/// Seconds between signature and receipt, in either direction.
const TOLERANCE: u64 = 300;

/// Signatures in one header; Stripe sends one per secret that is valid.
const SIGNATURES: usize = 16;

/// Key of the signatures, `whsec_…`; the whole text is the key.
#[derive(Clone)]
pub struct WebhookSecret(SecretString);

impl WebhookSecret {
    /// Takes over the configured secret.
    #[must_use]
    pub fn new(secret: SecretString) -> Self {
        Self(secret)
    }

    /// Whether `header` holds a signature of `body` that is at most 300
    /// seconds old (or ahead) at `now`: HMAC-SHA256 over `<t>.<body>`. Other
    /// schemes than `v1` are not looked at.
    #[must_use]
    pub fn verifies(&self, header: &str, body: &[u8], now: Timestamp) -> bool {
        let Some(signed) = Signed::parse(header) else {
            return false;
        };
        if now.unix_seconds().abs_diff(signed.at) > TOLERANCE {
            return false;
        }
        let key = self.0.expose_secret().as_bytes();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            // Keys of HMAC have any length.
            return false;
        };
        mac.update(signed.timestamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        let wanted: [u8; 32] = mac.finalize().into_bytes().into();
        // All are compared, so that time tells nothing.
        let found = signed
            .digests
            .iter()
            .fold(Choice::from(0), |found, digest| {
                found | wanted.as_slice().ct_eq(digest.as_slice())
            });
        found.into()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebhookSecret").finish_non_exhaustive()
    }
}

/// The parts of a header.
struct Signed<'a> {
    /// As it was sent, since that is what was signed.
    timestamp: &'a str,
    /// The same as a number, Unix seconds.
    at: i64,
    digests: Vec<[u8; 32]>,
}

impl<'a> Signed<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let mut timestamp = None;
        let mut digests = Vec::new();
        let mut count = 0;
        for part in header.split(',') {
            match part.split_once('=')? {
                ("t", value) if timestamp.is_none() => timestamp = Some(value),
                ("t", _) => return None,
                ("v1", value) => {
                    count += 1;
                    let mut digest = [0_u8; 32];
                    if hex::decode_to_slice(value, &mut digest).is_ok() {
                        digests.push(digest);
                    }
                }
                _ => {}
            }
        }
        let timestamp = timestamp.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let at = timestamp.parse().ok()?;
        (count <= SIGNATURES).then_some(Self {
            timestamp,
            at,
            digests,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"evt_1"}"#;
    const AT: i64 = 1_700_000_000;

    fn secret() -> WebhookSecret {
        WebhookSecret::new(SecretString::from("whsec_00"))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000).unwrap()
    }

    /// Made by `openssl dgst -sha256 -hmac whsec_00` over `1700000000.` and
    /// the body.
    const V1: &str = "aa988a0cc9738b481b778760c02a7be1bcf0db59304f3bbcc733a318537732fa";

    fn verifies(header: &str) -> bool {
        secret().verifies(header, BODY, at(AT))
    }

    #[test]
    fn one_good_signature_among_others_will_do() {
        let bad = "0".repeat(64);
        for header in [
            format!("t={AT},v1={V1}"),
            format!("v1={V1},t={AT}"),
            format!("t={AT},v1={bad},v1={V1},v0={bad}"),
            format!("t={AT},v1=short,v2=x,v1={V1}"),
            format!("t={AT},v1={}", V1.to_uppercase()),
        ] {
            assert!(verifies(&header), "{header}");
        }
    }

    #[test]
    fn anything_else_will_not() {
        let bad = "0".repeat(64);
        for header in [
            String::new(),
            "garbage".to_owned(),
            format!("v1={V1}"),
            format!("t={AT}"),
            format!("t={AT},v0={V1}"),
            format!("t={AT},v1={bad}"),
            format!("t={AT},v1={}", &V1[..62]),
            format!("t={AT}0,v1={V1}"),
            format!("t=+{AT},v1={V1}"),
            format!("t=,v1={V1}"),
            format!("t={AT},t={AT},v1={V1}"),
            format!("t={AT},v1={V1},"),
            format!("t={AT},{}v1={V1}", format!("v1={bad},").repeat(SIGNATURES)),
        ] {
            assert!(!verifies(&header), "{header}");
        }
    }

    #[test]
    fn body_key_and_time_count() {
        let header = format!("t={AT},v1={V1}");
        let other = WebhookSecret::new(SecretString::from("whsec_01"));
        assert!(!other.verifies(&header, BODY, at(AT)));
        assert!(!secret().verifies(&header, br#"{"id":"evt_2"}"#, at(AT)));
        for (seconds, good) in [(-301, false), (-300, true), (300, true), (301, false)] {
            let now = at(AT + seconds);
            assert_eq!(secret().verifies(&header, BODY, now), good, "{seconds}");
        }
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert!(!format!("{:?}", secret()).contains("whsec"));
    }
}
