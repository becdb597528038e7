//! A secret engine in memory that fails on demand.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use agentidp_domain::vault::{SecretPlace, SecretVault, VaultError, VaultPath, VersionedSecret};
use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

/// All versions of all secrets, by path.
#[derive(Default)]
pub struct MemoryVault {
    secrets: Mutex<BTreeMap<String, Vec<String>>>,
    down: AtomicBool,
}

impl MemoryVault {
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// All versions of the one secret whose path ends so, oldest first.
    pub fn versions(&self, end: &str) -> Vec<String> {
        let secrets = self.secrets.lock().unwrap();
        let mut found = secrets.iter().filter(|(path, _)| path.ends_with(end));
        found.next().map(|(_, all)| all.clone()).unwrap_or_default()
    }

    /// The paths of all secrets.
    pub fn paths(&self) -> Vec<String> {
        self.secrets.lock().unwrap().keys().cloned().collect()
    }

    /// Adds a version behind the back of the product.
    pub fn add_version(&self, end: &str, secret: &str) {
        let mut secrets = self.secrets.lock().unwrap();
        let mut found = secrets.iter_mut().filter(|(path, _)| path.ends_with(end));
        found.next().unwrap().1.push(secret.to_owned());
    }

    fn answer(&self) -> Result<(), VaultError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(VaultError::Unavailable("connection refused".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl SecretVault for MemoryVault {
    fn path(&self, place: &SecretPlace<'_>) -> VaultPath {
        VaultPath::new("kv", place)
    }

    async fn write(&self, path: &VaultPath, secret: &SecretString) -> Result<(), VaultError> {
        self.answer()?;
        let mut secrets = self.secrets.lock().unwrap();
        let versions = secrets.entry(path.as_str().to_owned()).or_default();
        versions.push(secret.expose_secret().to_owned());
        Ok(())
    }

    async fn read(
        &self,
        path: &VaultPath,
        version: Option<u64>,
    ) -> Result<Option<VersionedSecret>, VaultError> {
        self.answer()?;
        let secrets = self.secrets.lock().unwrap();
        let Some(versions) = secrets.get(path.as_str()) else {
            return Ok(None);
        };
        let version = version.unwrap_or(u64::try_from(versions.len()).unwrap());
        let value = versions.get(usize::try_from(version).unwrap() - 1);
        Ok(value.map(|value| VersionedSecret {
            value: SecretString::from(value.as_str()),
            version,
        }))
    }

    async fn remove(&self, path: &VaultPath) -> Result<(), VaultError> {
        self.answer()?;
        self.secrets.lock().unwrap().remove(path.as_str());
        Ok(())
    }
}
