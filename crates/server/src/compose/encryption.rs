//! Loads the ring of encryption keys, or creates it at a first start.

use std::sync::Arc;

use agentidp_domain::encryption::{FieldCipher, InvalidKeyRing};
use agentidp_domain::error::StoreError;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::time::{Clock, SystemClock};
use agentidp_domain::unit_of_work::{Mode, Scope};

use crate::compose::database::OpenDatabase;
use crate::compose::key_ring_file::FileKeyRing;
use crate::compose::schema::Purpose;
use crate::config::EncryptionConfig;
use crate::failure::{Failure, Outcome};

/// A loaded ring.
pub(crate) struct Encryption {
    /// Encrypts with it.
    pub(crate) cipher: Arc<FieldCipher>,
    /// Where it lies.
    pub(crate) file: FileKeyRing,
    created: bool,
}

impl Encryption {
    /// Loads the ring.
    ///
    /// # Errors
    ///
    /// A ring that is missing and may not be created, or is not valid.
    pub(crate) fn load(config: &EncryptionConfig, purpose: Purpose) -> Outcome<Self> {
        let file = FileKeyRing::at(&config.ring_file);
        let mut created = false;
        if !file.exists() {
            if !(config.may_create && purpose.may_create()) {
                return Err(missing(config));
            }
            created = file.create(&SystemRandom)?;
        }
        let source = Arc::new(file.clone());
        let cipher = FieldCipher::load(source, Arc::new(SystemRandom))
            .map_err(|error| unusable(config, &error))?;
        Ok(Self {
            cipher: Arc::new(cipher),
            file,
            created,
        })
    }

    /// Makes sure that a ring created just now does not take the place of one
    /// that was lost: nothing in the database may be encrypted yet.
    ///
    /// # Errors
    ///
    /// When something is; the new ring is removed again.
    pub(crate) async fn confirm(&self, database: &dyn OpenDatabase) -> Outcome<()> {
        if !self.created {
            return Ok(());
        }
        match first_encrypted(database).await {
            Ok(()) => Ok(()),
            Err(StoreError::Corrupt { .. }) => {
                self.file.discard();
                Err(Failure::new(format!(
                    "the key ring file {} is missing, but the database holds values encrypted \
                     with it; restore the file from a backup",
                    self.file.path().display()
                )))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads the signing keys, which every installation has and which are
/// encrypted.
async fn first_encrypted(database: &dyn OpenDatabase) -> Result<(), StoreError> {
    let mut work = database.begin(Scope::System, Mode::Read).await?;
    work.signing_keys().live(SystemClock.now()).await?;
    work.commit().await
}

fn unusable(config: &EncryptionConfig, error: &InvalidKeyRing) -> Failure {
    Failure::new(match error {
        // Names the file already.
        InvalidKeyRing::Source(_) => error.to_string(),
        _ => format!("{}: {error}", config.ring_file.display()),
    })
}

fn missing(config: &EncryptionConfig) -> Failure {
    let path = config.ring_file.display();
    Failure::new(if config.may_create {
        format!("there is no key ring file {path} yet; `agentidp serve` creates it")
    } else {
        format!(
            "ENCRYPTION_KEY_FILE: {path} does not exist; write \
             {{\"current\":1,\"keys\":{{\"1\":\"<output of openssl rand -hex 32>\"}}}} to it"
        )
    })
}
