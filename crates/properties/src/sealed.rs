//! Columns encrypted at rest.

use std::sync::Arc;

use agentidp_domain::encryption::{FieldCipher, FieldId};
use agentidp_domain::random::SystemRandom;
use agentidp_testkit::world::KeysInMemory;
use secrecy::ExposeSecret as _;

use crate::{Broken, Property, Seen, Verdict, holds};

const FIELD: FieldId<'static> = FieldId {
    table: "credentials",
    column: "secret_hash",
    row: "1",
};

const CLEAR: &str = "a value that nobody else may read";

/// A value decrypts to what was encrypted, in its own place only; altered, it
/// never decrypts to anything else.
///
/// Input: where to alter a sound value and how many bytes of it, one byte each
/// with `0` for nought, and what to put there. The input as a whole is also a
/// value, and a text.
pub struct SealedValues {
    cipher: FieldCipher,
    sealed: String,
}

impl Property for SealedValues {
    const NAME: &'static str = "sealed_values";

    fn new() -> Result<Self, Broken> {
        let keys = KeysInMemory::generate(&SystemRandom);
        let cipher = FieldCipher::load(Arc::new(keys), Arc::new(SystemRandom))?;
        let sealed = cipher.encrypt(FIELD, CLEAR)?;
        Ok(Self { cipher, sealed })
    }

    fn check(&self, input: &[u8]) -> Verdict {
        if let Ok(text) = std::str::from_utf8(input) {
            holds(self.opened(FIELD, text).is_none(), || {
                "a value that nobody encrypted".to_owned()
            })?;
            let sealed = self.cipher.encrypt(FIELD, text)?;
            holds(self.opened(FIELD, &sealed).as_deref() == Some(text), || {
                "another text".to_owned()
            })?;
            let elsewhere = FieldId { row: "2", ..FIELD };
            holds(self.opened(elsewhere, &sealed).is_none(), || {
                "a value of another row".to_owned()
            })?;
        }
        let Some(altered) = self.altered(input) else {
            return Ok(Seen::Refused);
        };
        let opened = self.opened(FIELD, &altered);
        holds(opened.as_deref().is_none_or(|text| text == CLEAR), || {
            format!("{altered} is another text")
        })?;
        holds(opened.is_some() || altered != self.sealed, || {
            "a sound value is refused".to_owned()
        })?;
        Ok(Seen::taken(opened.is_some()))
    }
}

impl SealedValues {
    fn opened(&self, field: FieldId<'_>, sealed: &str) -> Option<String> {
        let clear = self.cipher.decrypt(field, sealed).ok()?;
        Some(clear.expose_secret().to_owned())
    }

    /// The sound value with something else in it.
    fn altered(&self, input: &[u8]) -> Option<String> {
        let [at, count, new @ ..] = input else {
            return None;
        };
        let at = usize::from(at.wrapping_sub(b'0')).min(self.sealed.len());
        let count = usize::from(count.wrapping_sub(b'0'));
        let (head, rest) = self.sealed.split_at_checked(at)?;
        let rest = rest.get(count..).unwrap_or_default();
        Some(format!("{head}{}{rest}", std::str::from_utf8(new).ok()?))
    }
}
