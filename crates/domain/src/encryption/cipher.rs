//! AES-256-GCM (NIST SP 800-38D) over single values, stored as
//! `v<version>:<base64 nonce>:<base64 ciphertext and tag>`.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use crate::encryption::missed::Missed;
use crate::encryption::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
use crate::random::Random;

/// Place of a value; bound to its ciphertext, so that a value moved to another
/// row or column does not decrypt.
#[derive(Clone, Copy, Debug)]
pub struct FieldId<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// Primary key of the row, as text.
    pub row: &'a str,
}

impl FieldId<'_> {
    fn additional_data(&self) -> Vec<u8> {
        format!("{}:{}:{}", self.table, self.column, self.row).into_bytes()
    }
}

/// A value could not be encrypted or decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CipherError {
    /// Wrong key, altered value, or value of another place.
    #[error("AES-256-GCM decryption failed — possible key mismatch")]
    Mismatch,
    /// Not the stored form.
    #[error("not an encrypted value")]
    Malformed,
    /// The ring has no key of this version, not even when read again.
    #[error("no encryption key of version {0}")]
    UnknownVersion(u32),
    /// The ring in memory has no key of this version, and it cannot be read
    /// again now.
    #[error("the encryption key ring cannot be read to find version {0}")]
    RingUnavailable(u32),
}

/// Encrypts and decrypts columns. Cheap to share; reads the ring again when it
/// meets a version it does not know, but not again and again for one that the
/// ring does not have.
pub struct FieldCipher {
    ring: ArcSwap<EncryptionKeyRing>,
    source: Arc<dyn KeyRingSource>,
    random: Arc<dyn Random>,
    /// Held while the ring is read because of an unknown version.
    missed: Mutex<Missed>,
    /// Told of every value that does not decrypt.
    alarm: OnceLock<Alarm>,
}

type Alarm = Box<dyn Fn() + Send + Sync>;

impl FieldCipher {
    /// Loads the ring and tests it with one round trip.
    ///
    /// # Errors
    ///
    /// When the ring cannot be read or does not work.
    pub fn load(
        source: Arc<dyn KeyRingSource>,
        random: Arc<dyn Random>,
    ) -> Result<Self, InvalidKeyRing> {
        let cipher = Self {
            ring: ArcSwap::from_pointee(source.load()?),
            source,
            random,
            missed: Mutex::default(),
            alarm: OnceLock::new(),
        };
        cipher.self_test()?;
        Ok(cipher)
    }

    /// Calls `alarm` whenever a value does not decrypt. The first call counts.
    pub fn on_failure(&self, alarm: impl Fn() + Send + Sync + 'static) {
        // A second one has nobody to report to.
        drop(self.alarm.set(Box::new(alarm)));
    }

    /// Encrypts and decrypts a value.
    ///
    /// # Errors
    ///
    /// When the ring does not work.
    pub fn self_test(&self) -> Result<(), InvalidKeyRing> {
        let field = FieldId {
            table: "self",
            column: "test",
            row: "0",
        };
        let failed = |error: CipherError| InvalidKeyRing::Malformed(error.to_string());
        let stored = self.encrypt(field, "probe").map_err(failed)?;
        self.decrypt(field, &stored).map_err(failed)?;
        Ok(())
    }

    /// Reads the ring again.
    ///
    /// # Errors
    ///
    /// When it cannot be read; the old ring stays.
    pub fn reload(&self) -> Result<(), InvalidKeyRing> {
        self.ring.store(Arc::new(self.source.load()?));
        Ok(())
    }

    /// Version of the key that encrypts now.
    #[must_use]
    pub fn current_version(&self) -> u32 {
        self.ring.load().current_version()
    }

    /// Prefix of values encrypted with the present key, `v<version>:`.
    #[must_use]
    pub fn current_prefix(&self) -> String {
        format!("v{}:", self.current_version())
    }

    /// Encrypts `value` for the place `field`.
    ///
    /// # Errors
    ///
    /// Only when the crypto library fails.
    pub fn encrypt(&self, field: FieldId<'_>, value: &str) -> Result<String, CipherError> {
        let ring = self.ring.load();
        let version = ring.current_version();
        let key = ring
            .key(version)
            .ok_or(CipherError::UnknownVersion(version))?;
        let mut nonce = [0_u8; 12];
        self.random.fill(&mut nonce);
        let ciphertext = Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: value.as_bytes(),
                    aad: &field.additional_data(),
                },
            )
            .map_err(|_| CipherError::Mismatch)?;
        Ok(format!(
            "v{version}:{}:{}",
            STANDARD.encode(nonce),
            STANDARD.encode(ciphertext)
        ))
    }

    /// Decrypts what [`encrypt`](Self::encrypt) made for the same place.
    ///
    /// # Errors
    ///
    /// When the value is malformed, altered, moved, or of an unknown key, or
    /// its key cannot be looked up now.
    pub fn decrypt(&self, field: FieldId<'_>, stored: &str) -> Result<SecretString, CipherError> {
        let clear = self.open(field, stored);
        // Of a value whose key cannot be looked up nothing is known.
        let is_wrong = |error: &CipherError| !matches!(error, CipherError::RingUnavailable(_));
        if clear.as_ref().is_err_and(is_wrong)
            && let Some(alarm) = self.alarm.get()
        {
            alarm();
        }
        clear
    }

    /// Reads the ring again for the sake of a version, once for all callers
    /// that wait.
    fn look_for(&self, version: u32) -> Result<(), CipherError> {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if self.ring.load().key(version).is_some() {
            return Ok(());
        }
        if missed.is_worth_a_look(version, Instant::now()) {
            let read = self.reload();
            if self.ring.load().key(version).is_some() {
                return Ok(());
            }
            if let Err(error) = &read {
                tracing::warn!(%error, "the encryption key ring cannot be read again");
            }
            missed.note(version, read.is_ok(), Instant::now());
        }
        Err(if missed.is_unread(version) {
            CipherError::RingUnavailable(version)
        } else {
            CipherError::UnknownVersion(version)
        })
    }

    fn open(&self, field: FieldId<'_>, stored: &str) -> Result<SecretString, CipherError> {
        let (version, nonce, ciphertext) = split(stored).ok_or(CipherError::Malformed)?;
        if self.ring.load().key(version).is_none() {
            self.look_for(version)?;
        }
        let ring = self.ring.load();
        let key = ring
            .key(version)
            .ok_or(CipherError::UnknownVersion(version))?;
        let clear = Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))
            .decrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: &ciphertext,
                    aad: &field.additional_data(),
                },
            )
            .map_err(|_| CipherError::Mismatch)?;
        String::from_utf8(clear)
            .map(SecretString::from)
            .map_err(|_| CipherError::Mismatch)
    }
}

fn split(stored: &str) -> Option<(u32, [u8; 12], Vec<u8>)> {
    let mut parts = stored.strip_prefix('v')?.split(':');
    let version = parts.next()?.parse().ok()?;
    let nonce = STANDARD.decode(parts.next()?).ok()?.try_into().ok()?;
    let ciphertext = STANDARD.decode(parts.next()?).ok()?;
    parts
        .next()
        .is_none()
        .then_some((version, nonce, ciphertext))
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
