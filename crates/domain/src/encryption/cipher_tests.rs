//! Tests of the cipher and of how it looks for keys.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
    fn replace(&self, _: &EncryptionKeyRing, _: &EncryptionKeyRing) -> Result<(), InvalidKeyRing> {
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
fn a_ring_that_cannot_be_read_says_nothing_of_the_value() {
    struct Away(EncryptionKeyRing, AtomicBool);

    impl KeyRingSource for Away {
        fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
            if self.1.load(Ordering::SeqCst) {
                return Err(InvalidKeyRing::Source("away".to_owned()));
            }
            Ok(self.0.clone())
        }
        fn replace(
            &self,
            _: &EncryptionKeyRing,
            _: &EncryptionKeyRing,
        ) -> Result<(), InvalidKeyRing> {
            Ok(())
        }
    }

    let source = Arc::new(Away(
        EncryptionKeyRing::generate(&SystemRandom),
        AtomicBool::new(false),
    ));
    let cipher = FieldCipher::load(source.clone(), Arc::new(SystemRandom)).unwrap();
    let alarms = Arc::new(AtomicBool::new(false));
    let alarm = Arc::clone(&alarms);
    cipher.on_failure(move || alarm.store(true, Ordering::SeqCst));
    source.1.store(true, Ordering::SeqCst);
    let newer = cipher
        .encrypt(FIELD, "x")
        .unwrap()
        .replacen("v1:", "v2:", 1);
    for _ in 0..2 {
        assert_eq!(
            cipher.decrypt(FIELD, &newer).unwrap_err(),
            CipherError::RingUnavailable(2)
        );
    }
    assert!(!alarms.load(Ordering::SeqCst));
}

#[test]
fn a_bad_ring_names_the_rule_and_no_key() {
    let error = EncryptionKeyRing::from_json(r#"{"current":1,"keys":{"1":"abc"}}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected a 64-character hex string")
    );
    assert!(!error.to_string().contains("abc"));
}
