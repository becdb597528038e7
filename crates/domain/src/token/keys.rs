//! The ring of signing keys over time: import, rotation, publication before
//! use, end after the grace period.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::change::Change;
use crate::error::StoreError;
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::token::{Algorithm, KeyError, KeyFactory, KeyRing, NewKey, SigningKey, StoredKey};
use crate::unit_of_work::{Scope, UnitOfWork};
use crate::vault::{self, SecretPlace, VaultError};

/// Name of the lock under which the ring is changed.
const LOCK: &str = "signing-keys";

/// A forced rotation at start is skipped while the current key is younger.
const FORCED_ROTATION_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// How keys are made and kept.
#[derive(Clone, Debug)]
pub struct KeySettings {
    /// Algorithm of newly generated keys.
    pub algorithm: Algorithm,
    /// How long a retiring key still verifies.
    pub grace: Duration,
    /// Private key to import (PEM), and its public key if given.
    pub import: Option<(SecretString, Option<String>)>,
}

/// How the current key is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationKind {
    /// The published next key signs; the old one verifies until its grace
    /// period ends.
    Normal,
    /// An exposed key: a new key signs at once, all older keys end now.
    Immediate,
    /// At start, by configuration: as normal, unless the current key is
    /// younger than 24 hours.
    Forced,
}

/// Failure of work on the ring.
#[derive(Debug, thiserror::Error)]
pub enum KeyServiceError {
    /// A key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Vault failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Looks after the ring.
#[derive(Clone)]
pub struct KeyService {
    ports: Ports,
    factory: Arc<dyn KeyFactory>,
    ring: Arc<dyn KeyRing>,
    settings: KeySettings,
}

impl KeyService {
    /// Looks after `ring`.
    #[must_use]
    pub fn new(
        ports: Ports,
        factory: Arc<dyn KeyFactory>,
        ring: Arc<dyn KeyRing>,
        settings: KeySettings,
    ) -> Self {
        Self {
            ports,
            factory,
            ring,
            settings,
        }
    }

    /// Imports the configured key, makes sure of a current and a next key,
    /// removes expired ones, and loads the ring. Run at start and hourly;
    /// several replicas may do so at once.
    ///
    /// # Errors
    ///
    /// A key that cannot be read, or a failing store.
    pub async fn maintain(&self) -> Result<(), KeyServiceError> {
        let imported = self.imported().await?;
        self.change(&Task::Maintain(imported)).await?;
        self.reload().await
    }

    /// Replaces the current key; `false` when a forced rotation was not due.
    ///
    /// # Errors
    ///
    /// A key that cannot be made, or a failing store.
    pub async fn rotate(&self, kind: RotationKind) -> Result<bool, KeyServiceError> {
        let done = self.change(&Task::Rotate(kind)).await?;
        if done {
            match self.reload().await {
                // Done all the same; servers go on trying, as for every change.
                Err(error @ (KeyServiceError::Store(_) | KeyServiceError::Vault(_))) => {
                    tracing::warn!(%error, "the rotated ring of signing keys cannot be loaded yet");
                }
                result => result?,
            }
        }
        Ok(done)
    }

    /// Changes the ring in one transaction. New keys are made before it begins,
    /// which takes long; when there are too few of them it begins again.
    async fn change(&self, task: &Task) -> Result<bool, KeyServiceError> {
        let mut made = Vec::new();
        loop {
            let mut supply = Supply(made.iter());
            let outcome = match task {
                Task::Maintain(imported) => self.complete_ring(imported, &mut supply).await,
                Task::Rotate(kind) => self.replace_current(*kind, &mut supply).await,
            };
            match outcome {
                Err(Stop::Short) => made.push(self.generate().await?),
                Err(Stop::Failed(error)) => return Err(error),
                Ok(done) => {
                    for unused in supply.0 {
                        let secrets = &self.ports.secrets;
                        secrets.take_back(&unused.key.private_pem, None).await;
                    }
                    return Ok(done);
                }
            }
        }
    }

    async fn complete_ring(
        &self,
        imported: &Option<StoredKey>,
        supply: &mut Supply<'_>,
    ) -> Result<bool, Stop> {
        let mut work = self.locked().await?;
        let now = self.ports.now();
        let mut changed = false;
        if let Some(key) = imported {
            changed = self.adopt(work.as_mut(), key, now).await?;
        }
        changed |= self.complete(work.as_mut(), supply, now).await?;
        let gone = work.signing_keys().prune(now).await?;
        let places = gone.iter().map(|kid| SecretPlace::SigningKey { kid });
        vault::discard(&self.ports, work.as_mut(), places).await?;
        self.commit(work, changed).await?;
        Ok(true)
    }

    async fn replace_current(
        &self,
        kind: RotationKind,
        supply: &mut Supply<'_>,
    ) -> Result<bool, Stop> {
        let mut work = self.locked().await?;
        let now = self.ports.now();
        self.complete(work.as_mut(), supply, now).await?;
        let keys = work.signing_keys().live(now).await?;
        let current = keys.iter().find(|key| key.is_current);
        let young = current.is_some_and(|key| key.created_at.plus(FORCED_ROTATION_PAUSE) > now);
        if kind == RotationKind::Forced && young {
            return Ok(false);
        }
        if kind == RotationKind::Immediate {
            let kid = add(work.as_mut(), supply, now).await?;
            work.signing_keys().promote(&kid, now).await?;
            for key in keys.iter().filter(|key| !key.is_current) {
                work.signing_keys().expire(&key.key.kid, now).await?;
            }
        } else if let Some(next) = next(&keys) {
            let end = now.plus(self.settings.grace);
            work.signing_keys().promote(&next.key.kid, end).await?;
        }
        self.complete(work.as_mut(), supply, now).await?;
        self.commit(work, true).await?;
        Ok(true)
    }

    /// Loads the ring from the store, and Vault, into memory.
    ///
    /// # Errors
    ///
    /// A ring that cannot be used, or a failing store.
    pub async fn reload(&self) -> Result<(), KeyServiceError> {
        load_ring(&self.ports, self.ring.as_ref()).await
    }

    async fn locked(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        Ok(work)
    }

    async fn commit(&self, work: Box<dyn UnitOfWork>, changed: bool) -> Result<(), StoreError> {
        let changes: &[Change] = if changed {
            &[Change::SigningKeysChanged]
        } else {
            &[]
        };
        self.ports.changes.commit(work, changes).await
    }

    /// The configured key, kept, unless the ring has seen it before: a restart
    /// after a rotation must not bring it back.
    async fn imported(&self) -> Result<Option<StoredKey>, KeyServiceError> {
        let Some((private, public)) = &self.settings.import else {
            return Ok(None);
        };
        let key = self.factory.import(private, public.as_deref())?;
        let mut work = self.ports.read(Scope::System).await?;
        let known = work.signing_keys().knows(&key.kid).await?;
        work.commit().await?;
        if known {
            return Ok(None);
        }
        Ok(Some(self.keep(key).await?))
    }

    /// Makes an imported key the current one. Another replica may have done so
    /// meanwhile.
    async fn adopt(
        &self,
        work: &mut dyn UnitOfWork,
        key: &StoredKey,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let kid = &key.key.kid;
        if work.signing_keys().knows(kid).await? {
            return Ok(false);
        }
        work.signing_keys().insert(key).await?;
        let end = now.plus(self.settings.grace);
        work.signing_keys().promote(kid, end).await?;
        Ok(true)
    }

    /// Makes sure that there is a current key and a next key of the
    /// configured algorithm.
    async fn complete(
        &self,
        work: &mut dyn UnitOfWork,
        supply: &mut Supply<'_>,
        now: Timestamp,
    ) -> Result<bool, Stop> {
        let mut changed = false;
        let mut keys = work.signing_keys().live(now).await?;
        if !keys.iter().any(|key| key.is_current) {
            let kid = match next(&keys) {
                Some(next) => next.key.kid.clone(),
                None => add(work, supply, now).await?,
            };
            work.signing_keys().promote(&kid, now).await?;
            changed = true;
            keys = work.signing_keys().live(now).await?;
        }
        match next(&keys) {
            Some(next) if next.key.algorithm == self.settings.algorithm => {}
            other => {
                if let Some(unused) = other {
                    work.signing_keys().expire(&unused.key.kid, now).await?;
                }
                add(work, supply, now).await?;
                changed = true;
            }
        }
        Ok(changed)
    }

    async fn generate(&self) -> Result<StoredKey, KeyServiceError> {
        let factory = Arc::clone(&self.factory);
        let algorithm = self.settings.algorithm;
        let key = tokio::task::spawn_blocking(move || factory.generate(algorithm))
            .await
            .map_err(|error| KeyError(error.to_string()))??;
        self.keep(key).await
    }

    async fn keep(&self, key: NewKey) -> Result<StoredKey, KeyServiceError> {
        let place = SecretPlace::SigningKey { kid: &key.kid };
        let private_pem = self.ports.secrets.put(place, key.private_pem.clone());
        let private_pem = private_pem.await?;
        let signing = SigningKey {
            key,
            is_current: false,
            created_at: self.ports.now(),
            expires_at: None,
        };
        Ok(signing.with_private(private_pem))
    }
}

/// Loads `ring` from the store, and Vault.
pub(super) async fn load_ring(ports: &Ports, ring: &dyn KeyRing) -> Result<(), KeyServiceError> {
    let mut work = ports.read(Scope::System).await?;
    let stored = work.signing_keys().live(ports.now()).await?;
    work.commit().await?;
    let mut keys = Vec::with_capacity(stored.len());
    for key in stored {
        let private_pem = ports.secrets.get(&key.key.private_pem).await?;
        keys.push(key.with_private(private_pem));
    }
    Ok(ring.replace(&keys)?)
}

/// A change of the ring.
enum Task {
    /// Completes it, perhaps with an imported key.
    Maintain(Option<StoredKey>),
    /// Replaces the current key.
    Rotate(RotationKind),
}

/// New keys that were made for a change.
struct Supply<'a>(std::slice::Iter<'a, StoredKey>);

/// Why a change was not made.
enum Stop {
    /// It takes more new keys than there are.
    Short,
    /// A failure.
    Failed(KeyServiceError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// The key that will sign next: not current, without end.
fn next(keys: &[StoredKey]) -> Option<&StoredKey> {
    keys.iter()
        .find(|key| !key.is_current && key.expires_at.is_none())
}

/// Adds a new key to the ring; returns its `kid`.
async fn add(
    work: &mut dyn UnitOfWork,
    supply: &mut Supply<'_>,
    now: Timestamp,
) -> Result<String, Stop> {
    let mut key = supply.0.next().ok_or(Stop::Short)?.clone();
    key.created_at = now;
    work.signing_keys().insert(&key).await?;
    Ok(key.key.kid)
}
