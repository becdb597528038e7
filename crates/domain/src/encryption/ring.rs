//! The ring of encryption keys:
//! `{"current": 2, "keys": {"1": "<64 hex>", "2": "<64 hex>"}}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::random::Random;

/// A ring that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyRing {
    /// Not the documented JSON object.
    #[error("Invalid encryption key ring: {0}")]
    Malformed(String),
    /// A key is not 32 bytes in hex.
    #[error("Invalid encryption key, version {0}: expected a 64-character hex string")]
    Key(u32),
    /// `current` names no key.
    #[error("Invalid encryption key ring: no key has the current version {0}")]
    NoCurrent(u32),
    /// The place where the ring lies cannot be read.
    #[error("encryption key ring: {0}")]
    Source(String),
    /// The place where the ring lies cannot be written.
    #[error("the encryption key ring cannot be written: {0}")]
    NotWritable(String),
    /// The ring to be replaced is no longer there.
    #[error("the encryption key ring was changed by somebody else meanwhile")]
    Changed,
}

/// Where the ring lies: a file, Vault, memory.
pub trait KeyRingSource: Send + Sync {
    /// Reads the ring.
    ///
    /// # Errors
    ///
    /// When it is missing, unreadable or invalid.
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing>;

    /// Puts `next` in the place of `present`, atomically and durably.
    ///
    /// # Errors
    ///
    /// [`InvalidKeyRing::Changed`] when another ring than `present` is there:
    /// a key that somebody else has added, and may encrypt with already, must
    /// not be lost. [`InvalidKeyRing::NotWritable`] when it cannot be written.
    fn replace(
        &self,
        present: &EncryptionKeyRing,
        next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing>;
}

/// Keys by version; the current one encrypts, all decrypt.
#[derive(Clone, PartialEq, Eq)]
pub struct EncryptionKeyRing {
    current: u32,
    keys: BTreeMap<u32, Arc<Zeroizing<[u8; 32]>>>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RingJson {
    current: u32,
    keys: BTreeMap<u32, String>,
}

impl Drop for RingJson {
    fn drop(&mut self) {
        self.keys.values_mut().for_each(Zeroize::zeroize);
    }
}

impl EncryptionKeyRing {
    /// A ring with one new key, version 1.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let empty = Self {
            current: 0,
            keys: BTreeMap::new(),
        };
        empty.with_new_key(random)
    }

    /// Version that the next key gets.
    #[must_use]
    pub fn next_version(&self) -> u32 {
        let last = self.keys.keys().next_back();
        last.map_or(1, |last| last.wrapping_add(1))
    }

    /// The same ring with a new current key.
    #[must_use]
    pub fn with_new_key(&self, random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0_u8; 32]);
        random.fill(key.as_mut_slice());
        let version = self.next_version();
        let mut keys = self.keys.clone();
        keys.insert(version, Arc::new(key));
        Self {
            current: version,
            keys,
        }
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    ///
    /// What is wrong with it; never any part of a key.
    pub fn from_json(text: &str) -> Result<Self, InvalidKeyRing> {
        let mut json: RingJson = serde_json::from_str(text)
            .map_err(|error| InvalidKeyRing::Malformed(format!("line {}", error.line())))?;
        let mut keys = BTreeMap::new();
        for (version, digits) in std::mem::take(&mut json.keys) {
            let digits = Zeroizing::new(digits);
            let mut key = Zeroizing::new([0_u8; 32]);
            hex::decode_to_slice(digits.as_bytes(), key.as_mut_slice())
                .map_err(|_| InvalidKeyRing::Key(version))?;
            keys.insert(version, Arc::new(key));
        }
        if !keys.contains_key(&json.current) {
            return Err(InvalidKeyRing::NoCurrent(json.current));
        }
        Ok(Self {
            current: json.current,
            keys,
        })
    }

    /// The JSON form.
    #[must_use]
    pub fn to_json(&self) -> Zeroizing<String> {
        let json = RingJson {
            current: self.current,
            keys: self
                .keys
                .iter()
                .map(|(version, key)| (*version, hex::encode(key.as_slice())))
                .collect(),
        };
        Zeroizing::new(serde_json::to_string_pretty(&json).unwrap_or_default())
    }

    /// Version of the key that encrypts.
    #[must_use]
    pub fn current_version(&self) -> u32 {
        self.current
    }

    pub(super) fn key(&self, version: u32) -> Option<&[u8; 32]> {
        self.keys.get(&version).map(|key| &***key)
    }
}

impl std::fmt::Debug for EncryptionKeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "EncryptionKeyRing(current {}, {} keys)",
            self.current,
            self.keys.len()
        )
    }
}
