//! An encryption key ring that lives in memory.

use std::sync::{Mutex, PoisonError};

use agentidp_domain::encryption::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
use agentidp_domain::random::Random;

/// Holds the ring of one test.
pub struct KeysInMemory(Mutex<EncryptionKeyRing>);

impl KeysInMemory {
    /// A ring with one new key.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        Self(Mutex::new(EncryptionKeyRing::generate(random)))
    }
}

impl KeyRingSource for KeysInMemory {
    fn load(&self) -> Result<EncryptionKeyRing, InvalidKeyRing> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }

    fn replace(
        &self,
        present: &EncryptionKeyRing,
        next: &EncryptionKeyRing,
    ) -> Result<(), InvalidKeyRing> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *held != *present {
            return Err(InvalidKeyRing::Changed);
        }
        *held = next.clone();
        Ok(())
    }
}
