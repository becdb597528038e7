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
    /// When the value is malformed, altered, moved, or of an unknown key.
    pub fn decrypt(&self, field: FieldId<'_>, stored: &str) -> Result<SecretString, CipherError> {
        let clear = self.open(field, stored);
        if clear.is_err()
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
            if let Err(error) = self.reload() {
                tracing::warn!(%error, "the encryption key ring cannot be read again");
            }
            if self.ring.load().key(version).is_some() {
                return Ok(());
            }
            missed.note(version, Instant::now());
        }
        Err(CipherError::UnknownVersion(version))
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
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use secrecy::ExposeSecret;

    use super::*;
    use crate::random::SystemRandom;

    /// A ring, and how often it was read.
    struct InMemory(Mutex<EncryptionKeyRing>, AtomicUsize);

    impl InMemory {
        fn add_key(&self) {
            let mut ring = self.0.lock().unwrap();
            *ring = ring.with_new_key(&SystemRandom);
        }
    }

    impl KeyRingSource for InMemory {
        fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Ok(self.0.lock().unwrap().clone())
        }
        fn replace(
            &self,
            _: &EncryptionKeyRing,
            _: &EncryptionKeyRing,
        ) -> Result<(), InvalidKeyRing> {
            Err(InvalidKeyRing::NotWritable("read only".to_owned()))
        }
    }

    fn cipher() -> (FieldCipher, Arc<InMemory>) {
        let ring = EncryptionKeyRing::generate(&SystemRandom);
        let source = Arc::new(InMemory(Mutex::new(ring), AtomicUsize::new(0)));
        let cipher = FieldCipher::load(source.clone(), Arc::new(SystemRandom)).unwrap();
        (cipher, source)
    }

    const FIELD: FieldId<'_> = FieldId {
        table: "t",
        column: "c",
        row: "1",
    };

    #[test]
    fn round_trip_and_stored_form() {
        let (cipher, _) = cipher();
        let stored = cipher.encrypt(FIELD, "grüße").unwrap();
        assert!(stored.starts_with("v1:"));
        assert_eq!(
            cipher.decrypt(FIELD, &stored).unwrap().expose_secret(),
            "grüße"
        );
    }

    #[test]
    fn a_moved_value_is_refused() {
        let (cipher, _) = cipher();
        let stored = cipher.encrypt(FIELD, "x").unwrap();
        let elsewhere = FieldId { row: "2", ..FIELD };
        assert_eq!(
            cipher.decrypt(elsewhere, &stored).unwrap_err(),
            CipherError::Mismatch
        );
    }

    #[test]
    fn an_altered_value_is_refused() {
        let (cipher, _) = cipher();
        let stored = cipher.encrypt(FIELD, "x").unwrap();
        for broken in [
            "",
            "plain",
            "v1:a:b",
            &stored[..stored.len() - 4],
            &format!("{stored}:x"),
        ] {
            assert!(cipher.decrypt(FIELD, broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn every_value_that_does_not_decrypt_is_reported() {
        let (cipher, _) = cipher();
        let reports = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&reports);
        cipher.on_failure(move || *counter.lock().unwrap() += 1);
        cipher.self_test().unwrap();
        assert_eq!(*reports.lock().unwrap(), 0);
        for _ in 0..2 {
            assert!(cipher.decrypt(FIELD, "v1:a:b").is_err());
        }
        assert_eq!(*reports.lock().unwrap(), 2);
    }

    #[test]
    fn an_unknown_version_makes_the_ring_be_read_again() {
        let (reader, source) = cipher();
        source.add_key();
        let writer = FieldCipher::load(source.clone(), Arc::new(SystemRandom)).unwrap();
        let stored = writer.encrypt(FIELD, "new").unwrap();
        assert!(stored.starts_with("v2:"));
        assert_eq!(
            reader.decrypt(FIELD, &stored).unwrap().expose_secret(),
            "new"
        );
    }

    #[test]
    fn a_version_that_nobody_has_is_not_looked_for_again_and_again() {
        let (cipher, source) = cipher();
        let stored = cipher.encrypt(FIELD, "x").unwrap();
        let damaged = stored.replacen("v1:", "v9:", 1);
        let before = source.1.load(Ordering::SeqCst);
        for _ in 0..3 {
            let error = cipher.decrypt(FIELD, &damaged).unwrap_err();
            assert_eq!(error, CipherError::UnknownVersion(9));
        }
        assert_eq!(source.1.load(Ordering::SeqCst), before + 1);
        // That does not keep a new key from being found.
        source.add_key();
        let writer = FieldCipher::load(source, Arc::new(SystemRandom)).unwrap();
        let new = writer.encrypt(FIELD, "new").unwrap();
        assert!(cipher.decrypt(FIELD, &new).is_ok());
    }

    #[test]
    fn a_bad_ring_names_the_rule_and_no_key() {
        let error =
            EncryptionKeyRing::from_json(r#"{"current":1,"keys":{"1":"abc"}}"#).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("expected a 64-character hex string")
        );
        assert!(!error.to_string().contains("abc"));
    }
}
