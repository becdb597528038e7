//! Client secrets: `sk_live_` and 64 lower-case hex characters, 256 random
//! bits. The first 16 hex characters are the *selector* by which the one
//! candidate is found; the whole secret is hashed with bcrypt.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::random::Random;

const PREFIX: &str = "sk_live_";
const HEX_LENGTH: usize = 64;
const SELECTOR_LENGTH: usize = 16;

/// Public part of a secret, stored in clear and indexed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Selector(String);

impl Selector {
    /// Wraps a stored selector.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The 16 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Selector(…)")
    }
}

/// bcrypt hash of a secret in modular crypt format; never printed.
#[derive(Clone)]
pub struct SecretHash(SecretString);

impl SecretHash {
    /// Wraps a hash.
    #[must_use]
    pub fn new(hash: String) -> Self {
        Self(SecretString::from(hash))
    }

    /// The hash, to be stored (encrypted) or compared against.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// A client secret in clear: newly drawn or presented by a client.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

impl ClientSecret {
    /// Draws a new secret.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0_u8; HEX_LENGTH / 2]);
        random.fill(bytes.as_mut_slice());
        let digits = Zeroizing::new(hex::encode(bytes.as_slice()));
        Self(SecretString::from(format!("{PREFIX}{}", digits.as_str())))
    }

    /// A presented text, if it has the form of a secret.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let well_formed = digits.len() == HEX_LENGTH
            && digits
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        well_formed.then(|| Self(SecretString::from(text.to_owned())))
    }

    /// The part by which the credential is found.
    #[must_use]
    pub fn selector(&self) -> Selector {
        Selector(
            self.expose()
                .chars()
                .skip(PREFIX.len())
                .take(SELECTOR_LENGTH)
                .collect(),
        )
    }

    /// The secret in clear; only for the one answer that shows it and for
    /// hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The secret as a secret value.
    #[must_use]
    pub fn into_inner(self) -> SecretString {
        self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_drawn_secret_has_72_characters_and_parses() {
        let secret = ClientSecret::generate(&SystemRandom);
        assert_eq!(secret.expose().len(), 72);
        let again = ClientSecret::parse(secret.expose()).unwrap();
        assert_eq!(again.selector().as_str().len(), 16);
        assert!(
            secret
                .expose()
                .starts_with(&format!("sk_live_{}", again.selector().as_str()))
        );
    }

    #[test]
    fn other_texts_are_no_secrets() {
        let upper = format!("sk_live_{}", "A".repeat(64));
        let long = format!("sk_live_{}", "a".repeat(65));
        for text in ["", "sk_live_", &upper, &long] {
            assert!(ClientSecret::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_output_shows_nothing() {
        let secret = ClientSecret::generate(&SystemRandom);
        let printed = format!(
            "{secret:?} {:?} {:?}",
            secret.selector(),
            SecretHash::new("h".into())
        );
        assert!(!printed.contains(secret.selector().as_str()));
        assert!(!printed.contains('h') || printed.contains("Hash(…)"));
    }
}
