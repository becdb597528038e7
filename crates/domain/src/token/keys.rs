//! The ring of signing keys over time: import, rotation, publication before
//! use, end after the grace period.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::change::Change;
use crate::error::StoreError;
use crate::ports::Ports;
use crate::time::Timestamp;
use crate::token::{Algorithm, KeyError, KeyFactory, KeyRing, NewKey, SigningKey};
use crate::unit_of_work::{Scope, UnitOfWork};

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
        let mut work = self.locked().await?;
        let now = self.ports.now();
        let mut changed = self.import(work.as_mut(), now).await?;
        changed |= self.complete(work.as_mut(), now).await?;
        work.signing_keys().prune(now).await?;
        self.commit(work, changed).await?;
        self.reload().await
    }

    /// Replaces the current key; `false` when a forced rotation was not due.
    ///
    /// # Errors
    ///
    /// A key that cannot be made, or a failing store.
    pub async fn rotate(&self, kind: RotationKind) -> Result<bool, KeyServiceError> {
        let mut work = self.locked().await?;
        let now = self.ports.now();
        self.complete(work.as_mut(), now).await?;
        let keys = work.signing_keys().live(now).await?;
        let current = keys.iter().find(|key| key.is_current);
        let young = current.is_some_and(|key| key.created_at.plus(FORCED_ROTATION_PAUSE) > now);
        if kind == RotationKind::Forced && young {
            return Ok(false);
        }
        if kind == RotationKind::Immediate {
            let fresh = self.generate().await?;
            let kid = fresh.kid.clone();
            insert(work.as_mut(), fresh, now).await?;
            work.signing_keys().promote(&kid, now).await?;
            for key in keys.iter().filter(|key| !key.is_current) {
                work.signing_keys().expire(&key.key.kid, now).await?;
            }
        } else if let Some(next) = next(&keys) {
            let end = now.plus(self.settings.grace);
            work.signing_keys().promote(&next.key.kid, end).await?;
        }
        self.complete(work.as_mut(), now).await?;
        self.commit(work, true).await?;
        self.reload().await?;
        Ok(true)
    }

    /// Loads the ring from the store into memory.
    ///
    /// # Errors
    ///
    /// A ring that cannot be used, or a failing store.
    pub async fn reload(&self) -> Result<(), KeyServiceError> {
        let mut work = self.ports.read(Scope::System).await?;
        let keys = work.signing_keys().live(self.ports.now()).await?;
        work.commit().await?;
        Ok(self.ring.replace(&keys)?)
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

    /// Makes the configured key the current one, unless the ring has seen it
    /// before: a restart after a rotation must not bring it back.
    async fn import(
        &self,
        work: &mut dyn UnitOfWork,
        now: Timestamp,
    ) -> Result<bool, KeyServiceError> {
        let Some((private, public)) = &self.settings.import else {
            return Ok(false);
        };
        let key = self.factory.import(private, public.as_deref())?;
        if work.signing_keys().knows(&key.kid).await? {
            return Ok(false);
        }
        let kid = key.kid.clone();
        insert(work, key, now).await?;
        let end = now.plus(self.settings.grace);
        work.signing_keys().promote(&kid, end).await?;
        Ok(true)
    }

    /// Makes sure that there is a current key and a next key of the
    /// configured algorithm.
    async fn complete(
        &self,
        work: &mut dyn UnitOfWork,
        now: Timestamp,
    ) -> Result<bool, KeyServiceError> {
        let mut changed = false;
        let mut keys = work.signing_keys().live(now).await?;
        if !keys.iter().any(|key| key.is_current) {
            let kid = match next(&keys) {
                Some(next) => next.key.kid.clone(),
                None => self.add(work, now).await?,
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
                self.add(work, now).await?;
                changed = true;
            }
        }
        Ok(changed)
    }

    async fn add(
        &self,
        work: &mut dyn UnitOfWork,
        now: Timestamp,
    ) -> Result<String, KeyServiceError> {
        let key = self.generate().await?;
        let kid = key.kid.clone();
        insert(work, key, now).await?;
        Ok(kid)
    }

    async fn generate(&self) -> Result<NewKey, KeyServiceError> {
        let factory = Arc::clone(&self.factory);
        let algorithm = self.settings.algorithm;
        tokio::task::spawn_blocking(move || factory.generate(algorithm))
            .await
            .map_err(|error| KeyError(error.to_string()))?
            .map_err(Into::into)
    }
}

/// The key that will sign next: not current, without end.
fn next(keys: &[SigningKey]) -> Option<&SigningKey> {
    keys.iter()
        .find(|key| !key.is_current && key.expires_at.is_none())
}

async fn insert(work: &mut dyn UnitOfWork, key: NewKey, now: Timestamp) -> Result<(), StoreError> {
    work.signing_keys()
        .insert(&SigningKey {
            key,
            is_current: false,
            created_at: now,
            expires_at: None,
        })
        .await
}
