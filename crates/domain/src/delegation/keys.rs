//! Keys of delegation tokens: HMAC-SHA256 (RFC 2104), separate from the keys
//! that sign access tokens.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::delegation::DelegationKey;
use crate::error::StoreError;
use crate::id::DelegationKeyId;
use crate::ports::Ports;
use crate::unit_of_work::Scope;
use crate::vault::{SecretPlace, VaultError};

/// Bytes of the shortest key that is taken, and of generated ones.
const KEY_BYTES: usize = 32;

/// Name of the lock that keeps two first starts apart.
const LOCK: &str = "delegation-keys";

/// A key that is too short to be safe, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("each key must have at least {KEY_BYTES} random bytes")]
pub struct WeakKey;

/// The keys: the first signs, all verify.
pub struct DelegationKeys(Vec<Zeroizing<Vec<u8>>>);

impl DelegationKeys {
    /// Wraps keys.
    ///
    /// # Errors
    ///
    /// No key, or one of less than 32 bytes.
    pub fn new(keys: Vec<Vec<u8>>) -> Result<Self, WeakKey> {
        let keys: Vec<_> = keys.into_iter().map(Zeroizing::new).collect();
        if keys.is_empty() || keys.iter().any(|key| key.len() < KEY_BYTES) {
            return Err(WeakKey);
        }
        Ok(Self(keys))
    }

    /// Signature of `data`, lower-case hex.
    pub(super) fn sign(&self, data: &[u8]) -> String {
        self.0
            .first()
            .and_then(|key| mac(key, data))
            .map(|mac| hex::encode(mac.finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// Whether `signature` (hex) is that of `data` under one of the keys; the
    /// time does not tell how much of it is right.
    pub(super) fn verify(&self, data: &[u8], signature: &str) -> bool {
        // Upper-case digits would be a second form of the same token.
        let lower = !signature.bytes().any(|b| b.is_ascii_uppercase());
        let Ok(bytes) = hex::decode(signature) else {
            return false;
        };
        lower
            && self
                .0
                .iter()
                .filter_map(|key| mac(key, data))
                .fold(false, |found, mac| found | mac.verify_slice(&bytes).is_ok())
    }
}

fn mac(key: &[u8], data: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(data);
    Some(mac)
}

impl fmt::Debug for DelegationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DelegationKeys({})", self.0.len())
    }
}

/// The keys cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DelegationKeyServiceError {
    /// A stored key is not one.
    #[error(transparent)]
    Weak(#[from] WeakKey),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<VaultError> for DelegationKeyServiceError {
    fn from(error: VaultError) -> Self {
        Self::Store(error.into())
    }
}

/// Holds the keys: those of the configuration, or one that is generated at the
/// first start and shared through the store. Cheap to clone.
#[derive(Clone)]
pub struct DelegationKeyService {
    ports: Ports,
    configured: bool,
    keys: Arc<ArcSwapOption<DelegationKeys>>,
}

impl DelegationKeyService {
    /// The service over `ports` with the `configured` keys, if any.
    #[must_use]
    pub fn new(ports: Ports, configured: Option<Arc<DelegationKeys>>) -> Self {
        Self {
            ports,
            configured: configured.is_some(),
            keys: Arc::new(ArcSwapOption::new(configured)),
        }
    }

    /// Makes sure that there are keys in memory, generating the first one.
    /// Call it at start.
    ///
    /// # Errors
    ///
    /// An unusable stored key, or a failing store.
    pub async fn load(&self) -> Result<(), DelegationKeyServiceError> {
        if self.configured {
            return Ok(());
        }
        let mut stored = self.stored().await?;
        if stored.is_empty() {
            stored = self.create().await?;
        }
        let mut keys = Vec::with_capacity(stored.len());
        for key in &stored {
            let secret = self.ports.secrets.get(&key.secret).await?;
            keys.push(hex::decode(secret.expose_secret()).map_err(|_| WeakKey)?);
        }
        self.keys.store(Some(Arc::new(DelegationKeys::new(keys)?)));
        Ok(())
    }

    /// The keys in memory; loads them if that has not happened yet.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub async fn keys(&self) -> Result<Arc<DelegationKeys>, DelegationKeyServiceError> {
        if let Some(keys) = self.keys.load_full() {
            return Ok(keys);
        }
        self.load().await?;
        Ok(self.keys.load_full().ok_or(WeakKey)?)
    }

    async fn stored(&self) -> Result<Vec<DelegationKey>, StoreError> {
        let mut work = self.ports.read(Scope::System).await?;
        let stored = work.delegations().keys().await?;
        work.commit().await?;
        Ok(stored)
    }

    /// Stores a first key, unless another process was faster; returns what is
    /// stored.
    async fn create(&self) -> Result<Vec<DelegationKey>, DelegationKeyServiceError> {
        let key = self.generate().await?;
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        let stored = work.delegations().keys().await?;
        if stored.is_empty() {
            work.delegations().insert_key(&key).await?;
            work.commit().await?;
            return Ok(vec![key]);
        }
        work.commit().await?;
        self.ports.secrets.take_back(&key.secret, None).await;
        Ok(stored)
    }

    async fn generate(&self) -> Result<DelegationKey, VaultError> {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        self.ports.random.fill(bytes.as_mut());
        let key_id = DelegationKeyId::new(self.ports.random.uuid());
        let secret = SecretString::from(hex::encode(*bytes));
        let place = SecretPlace::DelegationKey { key: key_id };
        Ok(DelegationKey {
            key_id,
            secret: self.ports.secrets.put(place, secret).await?,
            created_at: self.ports.now(),
        })
    }
}
