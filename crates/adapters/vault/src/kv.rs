//! The port of the domain: one secret per entry, in its field `value`.

use agentidp_domain::vault::{SecretPlace, SecretVault, VaultError, VaultPath, VersionedSecret};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use crate::client::Vault;

/// The field of an entry that holds the secret.
const FIELD: &str = "value";

/// Secrets in the engine mounted at one place of a server. Secrets that were
/// written at another mount stay readable: their path names it.
#[derive(Clone, Debug)]
pub struct VaultKv {
    vault: Vault,
    mount: String,
}

impl VaultKv {
    /// Keeps new secrets in the engine of kind KV version 2 that `vault` has at
    /// `mount`, a path without slashes around it.
    #[must_use]
    pub fn new(vault: Vault, mount: impl Into<String>) -> Self {
        Self {
            vault,
            mount: mount.into(),
        }
    }
}

#[async_trait]
impl SecretVault for VaultKv {
    fn path(&self, place: &SecretPlace<'_>) -> VaultPath {
        VaultPath::new(&self.mount, place)
    }

    async fn write(&self, path: &VaultPath, secret: &SecretString) -> Result<(), VaultError> {
        let value = Value::from(secret.expose_secret());
        let fields = Map::from_iter([(FIELD.to_owned(), value)]);
        self.vault.write_entry(path, &fields).await
    }

    async fn read(
        &self,
        path: &VaultPath,
        version: Option<u64>,
    ) -> Result<Option<VersionedSecret>, VaultError> {
        let Some(mut entry) = self.vault.read_entry(path, version).await? else {
            return Ok(None);
        };
        match entry.fields.remove(FIELD) {
            Some(Value::String(value)) => Ok(Some(VersionedSecret {
                value: SecretString::from(value),
                version: entry.version,
            })),
            _ => Err(VaultError::Failed(format!(
                "an entry without the field {FIELD}"
            ))),
        }
    }

    async fn remove(&self, path: &VaultPath) -> Result<(), VaultError> {
        self.vault.remove_entry(path).await
    }
}
