//! Where the ring of encryption keys lies: in a file or in Vault.

use std::sync::Arc;

use agentidp_domain::encryption::{EncryptionKeyRing, InvalidKeyRing, KeyRingSource};
use agentidp_domain::random::Random;

use crate::compose::key_ring_file::FileKeyRing;
use crate::compose::key_ring_vault::VaultKeyRing;
use crate::config::{Config, RingPlace};
use crate::failure::{Failure, Outcome};

/// A place for one ring.
pub(crate) trait KeyRingPlace: KeyRingSource {
    /// What messages call it.
    fn name(&self) -> String;

    /// The ring, if there is one.
    ///
    /// # Errors
    ///
    /// When that is not certain, or it is not valid.
    fn find(&self) -> Result<Option<EncryptionKeyRing>, InvalidKeyRing>;

    /// Puts a ring with one new key there; `false` when another process was
    /// faster.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn create(&self, random: &dyn Random) -> Result<bool, InvalidKeyRing>;

    /// Removes a ring that this process created and that nothing was
    /// encrypted with.
    fn discard(&self);

    /// How an operator puts the first ring there.
    fn how_to_create(&self) -> String;

    /// How an operator gets a lost ring back.
    fn how_to_restore(&self) -> String;
}

/// The configured place.
///
/// # Errors
///
/// When a client of Vault cannot be made.
pub(crate) fn key_ring_place(config: &Config) -> Outcome<Arc<dyn KeyRingPlace>> {
    Ok(match (&config.encryption.place, &config.vault) {
        (RingPlace::File(path), _) => Arc::new(FileKeyRing::at(path)),
        (RingPlace::Vault(path), Some(vault)) => Arc::new(VaultKeyRing::open(vault, path.clone())?),
        (RingPlace::Vault(_), None) => {
            return Err(Failure::new("VAULT_ADDR environment variable is required"));
        }
    })
}
