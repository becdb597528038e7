//! Entries with fields of their own.

use agentidp_domain::vault::{VaultError, VaultPath};
use serde_json::{Map, Value};
use vaultrs::api;
use vaultrs::api::kv2::requests::{ReadSecretRequest, SetSecretRequestOptions};
use vaultrs::api::kv2::responses::ReadSecretResponse;
use vaultrs::kv2;

use crate::client::Vault;
use crate::fault::Fault;

/// The fields of an entry and which version of it they are.
#[derive(Clone)]
pub struct Entry {
    /// The fields.
    pub fields: Map<String, Value>,
    /// The version, counted from one.
    pub version: u64,
}

/// An entry was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The entry has another version than the one to be replaced.
    #[error("the entry was changed meanwhile")]
    Changed,
    /// The server did not take it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Vault {
    /// Reads a version of an entry, the newest one with `None`; `None` when
    /// there is none or it was deleted.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when the server does not answer or refuses.
    pub async fn read_entry(
        &self,
        path: &VaultPath,
        version: Option<u64>,
    ) -> Result<Option<Entry>, VaultError> {
        let (mount, name) = parts(path)?;
        let read = self.again(|| read(self, mount, name, version)).await;
        let answer = match read {
            Ok(answer) => answer,
            Err(Fault::Missing) => return Ok(None),
            Err(fault) => return Err(fault.into_error()),
        };
        match answer.data {
            Value::Object(fields) => Ok(Some(Entry {
                fields,
                version: answer.metadata.version,
            })),
            _ => Ok(None),
        }
    }

    /// Writes an entry if its newest version is still `replaces`; 0 stands for
    /// an entry that does not exist.
    ///
    /// # Errors
    ///
    /// [`WriteError::Changed`] when there is another version, also one that
    /// was deleted.
    pub async fn replace_entry(
        &self,
        path: &VaultPath,
        fields: &Map<String, Value>,
        replaces: u64,
    ) -> Result<(), WriteError> {
        let (mount, name) = parts(path)?;
        let cas = u32::try_from(replaces)
            .map_err(|_| VaultError::Failed("too many versions".to_owned()))?;
        let options = SetSecretRequestOptions { cas };
        let client = self.client();
        let write = kv2::set_with_options(client, mount, name, fields, options);
        match self.once(write).await {
            Ok(_) => Ok(()),
            Err(Fault::Changed) => Err(WriteError::Changed),
            Err(fault) => Err(fault.into_error().into()),
        }
    }

    /// Removes all versions of an entry for good; one that is not there is no
    /// error.
    ///
    /// # Errors
    ///
    /// [`VaultError`] when it is not certain that nothing is left.
    pub async fn remove_entry(&self, path: &VaultPath) -> Result<(), VaultError> {
        let (mount, name) = parts(path)?;
        let remove = kv2::delete_metadata(self.client(), mount, name);
        match self.once(remove).await {
            Ok(()) | Err(Fault::Missing) => Ok(()),
            Err(fault) => Err(fault.into_error()),
        }
    }

    /// Writes an entry, whatever was there.
    pub(crate) async fn write_entry(
        &self,
        path: &VaultPath,
        fields: &Map<String, Value>,
    ) -> Result<(), VaultError> {
        let (mount, name) = parts(path)?;
        let write = kv2::set(self.client(), mount, name, fields);
        self.once(write).await.map_err(Fault::into_error)?;
        Ok(())
    }
}

async fn read(
    vault: &Vault,
    mount: &str,
    name: &str,
    version: Option<u64>,
) -> Result<ReadSecretResponse, Fault> {
    let request = ReadSecretRequest::builder()
        .mount(mount)
        .path(name)
        .version(version)
        .build()
        .map_err(|_| VaultError::Failed("the request is not valid".to_owned()))
        .map_err(Fault::Vault)?;
    Ok(api::exec_with_result(vault.client(), request).await?)
}

fn parts(path: &VaultPath) -> Result<(&str, &str), VaultError> {
    path.split()
        .ok_or_else(|| VaultError::Failed("a stored path is none of Vault".to_owned()))
}
