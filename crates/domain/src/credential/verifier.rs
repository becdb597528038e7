//! Keeping and verification of client secrets: bcrypt on threads of its own, or
//! Vault, and a memory of verified secrets.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use moka::sync::Cache;
use secrecy::ExposeSecret;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::credential::hashers::Hashers;
use crate::credential::{ClientSecret, Credential, SecretHash};
use crate::id::AgentId;
use crate::random::Random;
use crate::vault::{Kept, SecretKeeper, SecretPlace, VaultError, VaultPath};

/// How many versions of a secret in Vault are looked at: as many as it keeps by
/// default. More than one was written when the row of a rotation did not follow.
const VERSIONS: usize = 10;

/// How secrets are hashed and remembered.
#[derive(Clone, Copy, Debug)]
pub struct VerifierSettings {
    /// bcrypt cost of new hashes, 4–31.
    pub cost: u32,
    /// bcrypt computations at once.
    pub parallel: usize,
    /// Requests that may wait for a computation; more are refused.
    pub waiting: usize,
    /// Verified secrets remembered at most.
    pub remembered: u64,
}

impl VerifierSettings {
    /// How long a verified secret is remembered.
    pub const MEMORY: Duration = Duration::from_secs(15 * 60);
}

impl Default for VerifierSettings {
    fn default() -> Self {
        let parallel = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            cost: 10,
            parallel,
            waiting: parallel * 16,
            remembered: 100_000,
        }
    }
}

/// All hashing threads are busy and enough requests are waiting already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many secrets are being verified")]
pub struct VerifierBusy;

/// A new secret was not kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeepError {
    /// All hashing threads are busy.
    #[error(transparent)]
    Busy(#[from] VerifierBusy),
    /// Vault did not take it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

type Digest = [u8; 32];

/// Keeps new secrets, and verifies presented ones against stored credentials.
pub struct SecretVerifier {
    settings: VerifierSettings,
    keeper: SecretKeeper,
    hashers: Hashers,
    /// Apart from the others: a Vault that hangs holds up nobody who does not
    /// need it.
    asking: Arc<Semaphore>,
    /// Keyed digest of client id and secret → digest of the record it matched. A
    /// rotated credential has another one, so that its entry is dead at once.
    memory: Cache<Digest, Digest>,
    key: Zeroizing<Digest>,
}

impl SecretVerifier {
    /// A verifier with a memory key of its own. New secrets go to the Vault of
    /// `keeper`, if it has one.
    #[must_use]
    pub fn new(settings: VerifierSettings, keeper: SecretKeeper, random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(key.as_mut_slice());
        Self {
            settings,
            keeper,
            hashers: Hashers::start(settings.parallel, settings.waiting),
            asking: Arc::new(Semaphore::new(settings.waiting)),
            memory: Cache::builder()
                .max_capacity(settings.remembered)
                .time_to_live(VerifierSettings::MEMORY)
                .build(),
            key,
        }
    }

    /// Keeps a new secret; returns what its row has to hold. Not to be called
    /// within a transaction.
    ///
    /// # Errors
    ///
    /// [`KeepError`] under too much load, or when Vault did not take it.
    pub async fn keep(
        &self,
        place: SecretPlace<'_>,
        secret: &ClientSecret,
    ) -> Result<Kept<SecretHash>, KeepError> {
        let Some(vault) = self.keeper.vault() else {
            return Ok(Kept::Here(self.hash(secret).await?));
        };
        let path = vault.path(&place);
        vault.write(&path, &secret.clone().into_inner()).await?;
        Ok(Kept::InVault(path))
    }

    async fn hash(&self, secret: &ClientSecret) -> Result<SecretHash, VerifierBusy> {
        let secret = secret.clone();
        let cost = self.settings.cost;
        // Fails only for a cost out of range, impossible by construction.
        let hash = move || {
            bcrypt::hash(secret.expose(), cost)
                .map(SecretHash::new)
                .ok()
        };
        self.hashers.run(hash).await?.ok_or(VerifierBusy)
    }

    /// Whether `secret` was verified against this credential recently. Costs
    /// microseconds.
    #[must_use]
    pub fn remembers(&self, secret: &ClientSecret, credential: &Credential) -> bool {
        let key = self.digest(credential.agent_id, secret);
        is_known(&self.memory, &key, &self.record_digest(credential))
    }

    /// Whether `secret` belongs to `credential`: by memory, else by one bcrypt
    /// or by Vault. A failing Vault has no matching secret.
    ///
    /// # Errors
    ///
    /// [`VerifierBusy`] under too much load.
    pub async fn verify(
        &self,
        secret: &ClientSecret,
        credential: &Credential,
    ) -> Result<bool, VerifierBusy> {
        let key = self.digest(credential.agent_id, secret);
        let record = self.record_digest(credential);
        if is_known(&self.memory, &key, &record) {
            return Ok(true);
        }
        match &credential.secret {
            Kept::Here(hash) => {
                let (presented, hash) = (secret.clone(), hash.clone());
                let memory = self.memory.clone();
                let verify = move || {
                    // Of requests with the same new secret that came at once the
                    // first one has done the work for all.
                    let matches = is_known(&memory, &key, &record)
                        || bcrypt::verify(presented.expose(), hash.expose()).unwrap_or(false);
                    if matches {
                        memory.insert(key, record);
                    }
                    matches
                };
                self.hashers.run(verify).await
            }
            Kept::InVault(path) => {
                let _place = enter(&self.asking)?;
                let matches = self.is_in_vault(secret, path).await;
                if matches {
                    self.memory.insert(key, record);
                }
                Ok(matches)
            }
        }
    }

    /// Whether Vault has this secret at `path`. A newer version with another
    /// selector belongs to a rotation whose row was not written.
    async fn is_in_vault(&self, secret: &ClientSecret, path: &VaultPath) -> bool {
        let Some(vault) = self.keeper.vault() else {
            return false;
        };
        let selector = secret.selector();
        let mut version = None;
        for _ in 0..VERSIONS {
            let found = match vault.read(path, version).await {
                Ok(Some(found)) => found,
                Ok(None) => return false,
                Err(error) => {
                    tracing::warn!(%error, "a client secret cannot be compared");
                    return false;
                }
            };
            // Whoever has put something else there has ended the secret.
            let Some(stored) = ClientSecret::parse(found.value.expose_secret()) else {
                return false;
            };
            if stored.selector() == selector {
                let stored = self.keyed(&[stored.expose().as_bytes()]);
                let presented = self.keyed(&[secret.expose().as_bytes()]);
                return stored[..].ct_eq(&presented[..]).into();
            }
            if found.version <= 1 {
                return false;
            }
            version = Some(found.version - 1);
        }
        false
    }

    fn digest(&self, agent: AgentId, secret: &ClientSecret) -> Digest {
        self.keyed(&[agent.uuid().as_bytes(), secret.expose().as_bytes()])
    }

    /// What changes with every rotation.
    fn record_digest(&self, credential: &Credential) -> Digest {
        match &credential.secret {
            Kept::Here(hash) => self.keyed(&[hash.expose().as_bytes()]),
            Kept::InVault(path) => {
                let selector = credential.selector.as_str();
                self.keyed(&[path.as_str().as_bytes(), b":", selector.as_bytes()])
            }
        }
    }

    fn keyed(&self, parts: &[&[u8]]) -> Digest {
        let mut mac =
            Hmac::<Sha256>::new(&hmac::digest::Key::<Hmac<Sha256>>::from(block(&self.key)));
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// A place among those who wait, unless there are too many.
fn enter(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, VerifierBusy> {
    let place = Arc::clone(places).try_acquire_owned();
    place.map_err(|_| VerifierBusy)
}

/// Whether the memory has this record under the key.
fn is_known(memory: &Cache<Digest, Digest>, key: &Digest, record: &Digest) -> bool {
    let known = memory.get(key);
    known.is_some_and(|known| bool::from(known[..].ct_eq(&record[..])))
}

/// The key padded to one block of SHA-256, which gives the same HMAC
/// (RFC 2104 §2).
fn block(key: &Digest) -> [u8; 64] {
    let mut block = [0; 64];
    for (target, byte) in block.iter_mut().zip(key) {
        *target = *byte;
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn verifier() -> SecretVerifier {
        let settings = VerifierSettings {
            cost: 4,
            parallel: 1,
            waiting: 2,
            remembered: 1,
        };
        SecretVerifier::new(settings, SecretKeeper::in_rows(), &SystemRandom)
    }

    #[tokio::test]
    async fn a_hash_is_bcrypt_of_the_cost_of_the_settings() {
        assert_eq!(VerifierSettings::default().cost, 10);
        let secret = ClientSecret::generate(&SystemRandom);
        let hash = verifier().hash(&secret).await.unwrap();
        assert!(hash.expose().starts_with("$2b$04$"));
        assert!(!hash.expose().contains(secret.selector().as_str()));
    }
}
