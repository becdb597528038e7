//! The port to the secret engine.

use async_trait::async_trait;
use secrecy::SecretString;

use crate::error::StoreError;
use crate::vault::{SecretPlace, VaultPath};

/// A secret and which of its versions it is, counted from one.
#[derive(Clone, Debug)]
pub struct VersionedSecret {
    /// The secret.
    pub value: SecretString,
    /// Its version.
    pub version: u64,
}

/// The engine did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not reachable, sealed, or too slow; try again later.
    #[error("Vault is not available: {0}")]
    Unavailable(String),
    /// The token may not do this.
    #[error("Vault refuses: {0}")]
    Forbidden(String),
    /// Any other failure, also a secret that should be there and is not.
    #[error("Vault failed: {0}")]
    Failed(String),
}

impl From<VaultError> for StoreError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Unavailable(_) => Self::Unavailable(error.to_string()),
            VaultError::Forbidden(_) | VaultError::Failed(_) => Self::Backend(error.to_string()),
        }
    }
}

/// A secret engine of kind KV version 2. Every call is bounded in time.
#[async_trait]
pub trait SecretVault: Send + Sync {
    /// The path at which the secret of `place` lies.
    fn path(&self, place: &SecretPlace<'_>) -> VaultPath;

    /// Writes a secret as a new version.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it is not certain that the secret was kept.
    async fn write(&self, path: &VaultPath, secret: &SecretString) -> Result<(), VaultError>;

    /// Reads a version of a secret, the newest one with `None`; `None` when
    /// there is no such version or it was deleted.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the engine did not answer.
    async fn read(
        &self,
        path: &VaultPath,
        version: Option<u64>,
    ) -> Result<Option<VersionedSecret>, VaultError>;

    /// Removes all versions of a secret for good. A secret that is not there is
    /// no error.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it is not certain that nothing is left.
    async fn remove(&self, path: &VaultPath) -> Result<(), VaultError>;
}
