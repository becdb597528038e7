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
        let mut work = self.ports.write(Scope::System).await?;
        work.locks().lock(LOCK).await?;
        let mut stored = work.delegations().keys().await?;
        if stored.is_empty() {
            let key = self.generate();
            work.delegations().insert_key(&key).await?;
            stored.push(key);
        }
        work.commit().await?;
        let keys = stored.iter().map(decode).collect::<Result<_, _>>()?;
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

    fn generate(&self) -> DelegationKey {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        self.ports.random.fill(bytes.as_mut());
        DelegationKey {
            key_id: DelegationKeyId::new(self.ports.random.uuid()),
            secret: SecretString::from(hex::encode(*bytes)),
            created_at: self.ports.now(),
        }
    }
}

fn decode(key: &DelegationKey) -> Result<Vec<u8>, WeakKey> {
    hex::decode(key.secret.expose_secret()).map_err(|_| WeakKey)
}
