//! Signing secrets and signatures.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::Random;

/// Key of the signatures of one subscription: `whsec_` and 64 hexadecimal
/// digits. Opaque for receivers; the whole text is the key.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretString);

impl SigningSecret {
    /// Draws 256 random bits.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut_slice());
        let text = Zeroizing::new(format!("whsec_{}", hex::encode(bytes.as_slice())));
        Self(SecretString::from(text.as_str()))
    }

    /// The secret as a secret value.
    #[must_use]
    pub fn into_inner(self) -> SecretString {
        self.0
    }

    /// The text, to show it once or to store it encrypted.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The header `X-SentryAgent-Signature` of a body sent at `at` (Unix
    /// seconds): `t=<at>,v1=<HMAC-SHA-256 over "<at>.<body>", hexadecimal>`.
    #[must_use]
    pub fn signature(&self, at: i64, body: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.expose().as_bytes()) else {
            // Keys of HMAC have any length.
            return String::new();
        };
        mac.update(format!("{at}.").as_bytes());
        mac.update(body);
        format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
    }
}

/// Takes over a stored secret.
impl From<SecretString> for SigningSecret {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn secrets_have_their_form_and_are_not_shown() {
        let secret = SigningSecret::generate(&SystemRandom);
        let digits = secret.expose().strip_prefix("whsec_").unwrap();
        assert_eq!(digits.len(), 64);
        assert!(
            digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert!(!format!("{secret:?}").contains(digits));
        assert_ne!(
            secret.expose(),
            SigningSecret::generate(&SystemRandom).expose()
        );
    }

    #[test]
    fn signatures_are_those_of_openssl() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_00
        let secret = SigningSecret::from(SecretString::from("whsec_00"));
        assert_eq!(
            secret.signature(1_700_000_000, br#"{"a":1}"#),
            "t=1700000000,v1=45cffce3b675935877c716288bfe48276b43036345fecebf62b30649bd0946a7"
        );
    }
}
