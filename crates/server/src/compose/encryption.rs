//! Loads the ring of encryption keys, or creates it at a first start.

use std::sync::Arc;

use agentidp_domain::encryption::{FieldCipher, InvalidKeyRing, KeyRingSource};
use agentidp_domain::error::StoreError;
use agentidp_domain::random::SystemRandom;
use agentidp_domain::time::{Clock, SystemClock};
use agentidp_domain::unit_of_work::{Mode, Scope};

use crate::compose::database::OpenDatabase;
use crate::compose::key_ring::{KeyRingPlace, key_ring_place};
use crate::compose::schema::Purpose;
use crate::config::Config;
use crate::failure::{Failure, Outcome};

/// A loaded ring.
pub(crate) struct Encryption {
    /// Encrypts with it.
    pub(crate) cipher: Arc<FieldCipher>,
    /// Where it lies.
    pub(crate) ring: Arc<dyn KeyRingPlace>,
    created: bool,
}

impl Encryption {
    /// Loads the ring.
    ///
    /// # Errors
    ///
    /// A ring that is missing and may not be created, or is not valid.
    pub(crate) fn load(config: &Config, purpose: Purpose) -> Outcome<Self> {
        let ring = key_ring_place(config)?;
        let may_create = config.encryption.may_create;
        let failed = |error: InvalidKeyRing| unusable(&*ring, &error);
        let mut created = false;
        if ring.find().map_err(failed)?.is_none() {
            if !(may_create && purpose.may_create()) {
                return Err(missing(&*ring, may_create));
            }
            created = ring.create(&SystemRandom).map_err(failed)?;
        }
        let source: Arc<dyn KeyRingSource> = ring.clone();
        let cipher = FieldCipher::load(source, Arc::new(SystemRandom)).map_err(failed)?;
        Ok(Self {
            cipher: Arc::new(cipher),
            ring,
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
                self.ring.discard();
                Err(Failure::new(format!(
                    "the key ring {} is missing, but the database holds values encrypted with \
                     it; {}",
                    self.ring.name(),
                    self.ring.how_to_restore()
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

fn unusable(ring: &dyn KeyRingPlace, error: &InvalidKeyRing) -> Failure {
    Failure::new(match error {
        // Name the place already.
        InvalidKeyRing::Source(_) | InvalidKeyRing::NotWritable(_) => error.to_string(),
        _ => format!("{}: {error}", ring.name()),
    })
}

fn missing(ring: &dyn KeyRingPlace, may_create: bool) -> Failure {
    let name = ring.name();
    Failure::new(if may_create {
        format!("there is no key ring {name} yet; `agentidp serve` creates it")
    } else {
        format!(
            "encryption key ring: {name} does not exist; {}",
            ring.how_to_create()
        )
    })
}
